"""Whose a statement is: one account, however many ways its files have to name it.

in accounts.toml      the owner says that these references are one account
an IBAN               names one account in the world, whatever institution is printed beside it
a number              is one account of its institution; in an account's own folder it is taken
                      without its branch, which not all formats print
none                  the folder's account, else one account an owner and layout
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.accounts import ACCOUNT, FOLDER, JOINED, UNNAMED, KnownAccount, tail_of
from schemas.masking import masked_numbers
from schemas.money import NO_CURRENCY
from schemas.phrase import phrase
from schemas.statement import PROVED
from tasks.transform.identity import account_id

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_LETTERS = {letter: str(number) for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 10)}
_ANYWHERE = "iban"

UNKNOWN = "unknown"
"""The institution of an account of which nothing says whose it is."""


@dataclass(frozen=True)
class Owned:
    """Statements with the fields of their account.

    Attributes:
        rows: PROVED, the fields of ACCOUNT, account_id and is_ref_stable.
    """

    rows: pl.DataFrame

    @property
    def accounts(self) -> pl.DataFrame:
        """ACCOUNT; where files name one differently, their order decides nothing."""
        institution, name = pl.col("institution"), pl.col("account_name")
        return (
            self.rows.group_by("account_id")
            .agg(
                pl.col("owner", "account_ref", "account_kind", "currency").first(),
                pl.coalesce(
                    institution.filter(institution != UNKNOWN).min(), pl.lit(UNKNOWN)
                ).alias("institution"),
                pl.coalesce(name.filter("is_claimed").min(), name.min()).alias("account_name"),
                pl.col("is_claimed").any(),
            )
            .select(ACCOUNT.names())
            .sort("account_id")
        )

    @property
    def statements(self) -> pl.DataFrame:
        """PROVED with account_id."""
        return self.rows.select(*PROVED.names(), "account_id")


def owned(
    statements: pl.DataFrame, files: pl.DataFrame, accounts: Sequence[KnownAccount] = ()
) -> Owned:
    """Find the account of every statement.

    Args:
        statements: PROVED.
        files: FILE.
        accounts: what their owners say of accounts.
    """
    joined = statements.join(
        files.select("file_no", "owner", "account_name", "layout", "bank", "is_ref_stable"),
        on="file_no",
        how="left",
        maintain_order="left",
    ).with_columns(
        pl.coalesce("institution", "bank", pl.lit(UNKNOWN)).alias("institution"),
        pl.col("currency").fill_null(NO_CURRENCY),
        pl.coalesce(
            "account_ref",
            phrase(FOLDER + "{}", "account_name"),
            phrase(UNNAMED + "{}", "layout"),
        ).alias("account_ref"),
    )
    names = ["owner", "institution", "account_ref", "account_kind", "currency", "account_name"]
    said = _by_reference(accounts)
    rows = [_account(row, said) for row in joined.select(names).iter_rows(named=True)]
    fields = ["account_id", "institution", "account_ref", "account_name", "is_claimed"]
    schema = {name: ACCOUNT[name] for name in fields}
    return Owned(joined.with_columns(pl.DataFrame(rows, schema=schema).get_columns()))


def misplaced(
    stored: Iterable[Mapping[str, str]], accounts: Sequence[KnownAccount]
) -> list[Mapping[str, str]]:
    """Accounts of the ledger that would be others by what their owners say now.

    Args:
        stored: the fields of ACCOUNT, as the ledger has them.
        accounts: what their owners say of accounts.
    """
    said = _by_reference(accounts)
    names = {(one.owner, JOINED + one.name) for one in accounts}
    return [
        row
        for row in stored
        if (
            (row["owner"], row["account_ref"]) not in names
            if row["account_ref"].startswith(JOINED)
            else _account({**row, "account_name": None}, said)["account_id"] != row["account_id"]
        )
    ]


def shown(account: Mapping[str, str]) -> str:
    """An account of the ledger as a message may name it: its folder, or the tail of its number.

    Args:
        account: the fields of ACCOUNT.
    """
    ref, institution = account["account_ref"], account["institution"]
    if ref.startswith(FOLDER):
        said = f"{institution}, folder {masked_numbers(ref.removeprefix(FOLDER))}"
    elif ref.startswith(JOINED):
        said = f"{institution}, joined as {masked_numbers(ref.removeprefix(JOINED))}"
    elif ref.startswith(UNNAMED):
        said = f"{institution}, without number and folder"
    else:
        said = f"{institution} {tail_of(ref)}"
    return f"{said} of {account['owner']} ({account['account_kind']}, {account['currency']})"


def plain_ref(printed: str) -> str:
    """A reference as it is compared: no blanks, dashes, points; leading zeros of its parts fall.

    What stands behind an IBAN, such as a currency, falls as well.
    """
    parts = re.sub(r"[\s.\-]", "", printed).upper().split("/")
    ref = "/".join(part.lstrip("0") or part[-1:] for part in parts)
    found = _IBAN.match(ref)
    if found is None:
        return ref
    return next((ref[:end] for end in (len(ref), len(ref) - 3) if is_iban(ref[:end])), ref)


def is_iban(ref: str) -> bool:
    """An IBAN whose check digits are right (ISO 13616, ISO 7064 MOD 97-10)."""
    if not _IBAN.fullmatch(ref):
        return False
    digits = "".join(_LETTERS.get(sign, sign) for sign in ref[4:] + ref[:4])
    return int(digits) % 97 == 1


def _account(
    row: Mapping[str, str | None], said: dict[tuple[str, str], KnownAccount]
) -> dict[str, object]:
    """The fields of ACCOUNT that a statement's own words lead to."""
    owner, kind, currency = (str(row[name]) for name in ("owner", "account_kind", "currency"))
    institution, printed = str(row["institution"]), str(row["account_ref"])
    ref = printed if printed.startswith((FOLDER, UNNAMED)) else plain_ref(printed)
    number = ref.rpartition("/")[2]
    ways = (f"{institution}:{ref}", ref, f"{institution}:{number}", number)
    known = next((said[owner, way] for way in ways if (owner, way) in said), None)
    if known is not None:
        institution, ref = known.bank, JOINED + known.name
    elif row["account_name"] is not None and institution != UNKNOWN:
        ref = number
    name = known.name if known else row["account_name"]
    return {
        "account_id": account_id(
            owner=owner,
            institution=_ANYWHERE if is_iban(ref) else institution,
            account_ref=ref,
            account_kind=kind,
            currency=currency,
        ),
        "institution": institution,
        "account_ref": ref,
        "account_name": name or f"{institution} {tail_of(ref)}",
        "is_claimed": name is not None,
    }


def _by_reference(accounts: Sequence[KnownAccount]) -> dict[tuple[str, str], KnownAccount]:
    return {(one.owner, ref): one for one in accounts for ref in one.refs}
