"""Small papers that tests load into a ledger, through proof and identity."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from typing import TypeVar

import polars as pl
import sqlalchemy as sa

from schemas.files import FILE
from schemas.findings import FINDING
from schemas.statement import STATEMENT
from schemas.transactions import TYPED
from tasks.transform.entries import to_entries
from tasks.validate.balances import prove
from warehouse.ledger.writer import LedgerBatch

Rows = Sequence[Mapping[str, object]]

PENDING = "pending "
NIGHT_AT = datetime(2026, 2, 10, 6, tzinfo=UTC)
"""The instant from which the nights of tests are counted."""
MT940, CAMT, OFX, CSV = (1, "mt940"), (1, "camt053"), (2, "ofx1"), (3, "csv")


@dataclass(frozen=True)
class Paper:
    """A file with one statement of an account, in January 2026.

    Attributes:
        name: of the file; its sha256 begins with it.
        source: rank and format.
        movements: day, amount, text; a text that begins with "pending " is announced, not booked.
        opening: opening balance; without it the statement is unproven.
        period: first and last day; null: those of its movements.
        stated: the day of February on which the bank made it.
        folder: the account's folder in the inbox.
        kind: of the account.
        owner: whose account it is.
        closes: the closing balance it states; null: as its movements make it.
        dated: the day by which it dates its opening balance; null: the day before its period.
        number: of the account.
    """

    name: str
    source: tuple[int, str]
    movements: Sequence[tuple[int, str, str]]
    opening: str | None = None
    period: tuple[int, int] | None = None
    stated: int | None = None
    folder: str | None = None
    kind: str = "bank"
    owner: str = "ana"
    closes: str | None = None
    dated: int | None = None
    number: str = "12345"

    @property
    def closing(self) -> Decimal | None:
        if self.closes is not None:
            return Decimal(self.closes)
        if self.opening is None:
            return None
        booked = (Decimal(one) for _, one, text in self.movements if not text.startswith(PENDING))
        return sum(booked, Decimal(self.opening))


def batch_of(run_id: str, at: datetime, papers: Sequence[Paper]) -> LedgerBatch:
    """Papers as the stages before the ledger would leave them."""
    files, statements, rows = [], [], []
    for number, paper in enumerate(papers):
        rank, name = paper.source
        files.append(
            {
                "file_no": number,
                "sha256": f"{paper.name:x<64}",
                "name": paper.name,
                "owner": paper.owner,
                "account_name": paper.folder,
                "size_bytes": 1,
                "claimed_at": at,
                "format": name,
                "layout": "",
                "raw_count": len(paper.movements),
                "marker_count": 0,
                "source_rank": rank,
                "is_ref_stable": False,
            }
        )
        days = paper.period or (None, None)
        statements.append(
            {
                "file_no": number,
                "statement_no": 1,
                "account_ref": paper.number,
                "account_kind": paper.kind,
                "currency": "EUR",
                "opening_balance": paper.opening and Decimal(paper.opening),
                "closing_balance": paper.closing,
                "starts_on": days[0] and date(2026, 1, days[0]),
                "ends_on": days[1] and date(2026, 1, days[1]),
                "opening_on": paper.dated and date(2026, 1, paper.dated),
                "stated_on": paper.stated and date(2026, 2, paper.stated),
            }
        )
        rows += [
            {
                "file_no": number,
                "statement_no": 1,
                "record_no": record,
                "booked_on": date(2026, 1, day),
                "amount": Decimal(amount),
                "currency": "EUR",
                "description": text.removeprefix(PENDING),
                "status": "pending" if text.startswith(PENDING) else "booked",
                "raw_text": text,
            }
            for record, (day, amount, text) in enumerate(paper.movements, 1)
        ]
    return through_the_stages(run_id, at, files, statements, rows)


def through_the_stages(
    run_id: str, at: datetime, files: Rows, statements: Rows, rows: Rows
) -> LedgerBatch:
    """Rows of FILE, STATEMENT and TYPED, through proof and identity, as one batch."""
    typed = pl.DataFrame(rows, schema=TYPED)
    proved = prove(pl.DataFrame(statements, schema=STATEMENT), typed, FINDING.to_frame())
    known = pl.DataFrame(files, schema=FILE)
    shaped = to_entries(typed, proved.statements, known)
    return LedgerBatch(
        run_id=run_id,
        batch_no=1,
        known_from=at,
        files=known,
        accounts=shaped.accounts,
        statements=shaped.statements,
        entries=shaped.entries,
        findings=proved.findings,
    )


T = TypeVar("T")


def batchings(papers: Sequence[T]) -> Iterator[list[Sequence[T]]]:
    """Papers in all orders: at once, the first one before the others, and one by one."""
    for order in permutations(papers):
        ways = [[order], [order[:1], order[1:]], [(one,) for one in order]]
        yield from (way for number, way in enumerate(ways) if way not in ways[:number])


_TOLD = (
    *("entry", "detail", "transaction_version", "transaction", "finding", "file_receipt"),
    *("statement", "certificate", "publication", "file", "account", "run"),
)
"""The tables of a ledger, each before those that it refers to."""


def empty(engine: sa.Engine) -> None:
    """Take everything out of a small ledger; for a few rows that is quicker than TRUNCATE."""
    with engine.begin() as connection:
        for table in _TOLD:
            connection.exec_driver_sql(f"DELETE FROM {table}")
