"""An account: one container of money, in one currency, at one institution, of one owner."""

from dataclasses import dataclass, field

import polars as pl

from schemas.masking import masked

ACCOUNT = pl.Schema(
    {
        "account_id": pl.String(),  # 32 hex digits, from the fields below
        "owner": pl.String(),
        "institution": pl.String(),
        "account_ref": pl.String(),  # as files name it, normalised, or FOLDER or UNNAMED and a name
        "account_name": pl.String(),  # the folder's name, else institution and masked reference
        "account_kind": pl.String(),  # bank, card, investment
        "currency": pl.String(),
        "is_claimed": pl.Boolean(),  # false: it registered itself from a file in no account folder
    }
)
"""One row an account."""

FOLDER = "folder "
"""Begins the reference of an account that no file names, but a folder of the inbox does."""

UNNAMED = "unnamed "
"""Begins the reference of an account that neither a file nor a folder names."""

JOINED = "account "
"""Begins the reference of an account that the owner named in accounts.toml."""


@dataclass(frozen=True)
class KnownAccount:
    """An account that files name in several ways, as its owner says in accounts.toml.

    Attributes:
        owner: whose it is, as the first folder of the inbox.
        name: the name of the account; it is also its identity.
        bank: the institution that is shown.
        refs: the ways in which files name it, normalised: "1234/56789", an IBAN, "folder conta",
            or any of these behind an institution and a colon.
    """

    owner: str
    name: str
    bank: str
    refs: tuple[str, ...] = field(repr=False)


def tail_of(account_ref: str) -> str:
    """What may be shown of a reference: the tail of a number, or that there is none."""
    if account_ref.startswith((FOLDER, UNNAMED)):
        return "unnamed"
    if account_ref.startswith(JOINED):
        return "joined"
    return masked(account_ref)
