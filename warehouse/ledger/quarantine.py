"""The quarantine: files and records that are not in the ledger, with their reason and text."""

from collections.abc import Sequence

import sqlalchemy as sa

from schemas.errors import WrongUsage
from schemas.masking import masked_numbers
from warehouse.ledger.models import File, Finding

_HELD = ("refused", "quarantined", "partly")


def held_files(connection: sa.Connection) -> list[dict[str, object]]:
    """Files that are refused, quarantined or only partly loaded: one row each, newest first."""
    query = (
        sa.select(
            File.sha256,
            File.name,
            File.status,
            File.set_aside,
            File.attempts,
            File.received_at,
            sa.func.coalesce(File.error_problem, "").label("problem"),
            sa.func.coalesce(File.error_remedy, "").label("remedy"),
        )
        .where(File.status.in_(_HELD))
        .order_by(File.received_at.desc(), File.sha256)
    )
    return [
        dict(row) | {"name": masked_numbers(row["name"])}
        for row in connection.execute(query).mappings()
    ]


def findings_of(connection: sa.Connection, sha256: str) -> list[dict[str, object]]:
    """Open findings of one file: place, code, message, remedy and what the bank printed."""
    query = (
        sa.select(
            Finding.place,
            Finding.code,
            Finding.message,
            Finding.remedy,
            Finding.raw_text,
            Finding.is_set_aside,
        )
        .join(File, File.file_id == Finding.file_id)
        .where(File.sha256 == sha256, Finding.state == "open")
        .order_by(Finding.statement_no, Finding.record_no.nulls_first(), Finding.finding_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def find_file(connection: sa.Connection, word: str) -> str:
    """The sha256 of the one file that a person means by the start of its sha256 or by its name.

    Raises:
        WrongUsage: no file, or more than one, answers to the word.
    """
    found: Sequence[str] = connection.scalars(
        sa.select(File.sha256)
        .where(sa.or_(File.sha256.startswith(word, autoescape=True), File.name == word))
        .order_by(File.sha256)
    ).all()
    if len(found) == 1:
        return found[0]
    problem = "no file answers to it" if not found else f"{len(found)} files answer to it"
    raise WrongUsage(
        masked_numbers(word),
        problem,
        "buffet quarantine list shows the first digits of each sha256",
    )


def accept(connection: sa.Connection, sha256: str, reason: str) -> None:
    """Note that a person takes the file as it is, though its balances do not add up.

    Raises:
        WrongUsage: the file is not held for its balances.
    """
    held = sa.update(File).where(File.sha256 == sha256, File.status.in_(("quarantined", "partly")))
    if connection.execute(held.values(accepted_reason=reason)).rowcount == 0:
        raise WrongUsage(
            sha256[:12],
            "only a file whose balances do not add up can be accepted",
            "buffet quarantine show tells why it is held; a refused file needs a new export",
        )
