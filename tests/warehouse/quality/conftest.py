"""A ledger with known content: two accounts, three chained statements, twins, a pending entry."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

import polars as pl
import pytest

from schemas.accounts import ACCOUNT
from schemas.files import FILE
from schemas.findings import no_findings
from schemas.statement import PROVED
from schemas.transactions import ENTRY
from warehouse.ledger import embedded
from warehouse.ledger.connection import connect
from warehouse.ledger.runs import open_run
from warehouse.ledger.writer import LedgerBatch, write_batch

RUN = "00000000-0000-0000-0000-00000000000a"
AT = datetime(2026, 4, 2, 3, 0, tzinfo=UTC)
SECRETS = ("CanaryCoffee", "BR7700001111", "CanaryPrinted", "CanaryOwner", "canary-file.csv")


def hexed(*parts: object) -> str:
    return sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Movement:
    """One entry of a statement; `twin` counts equal ones."""

    on: date
    amount: str
    text: str
    twin: int = 1
    status: str = "booked"


@dataclass(frozen=True)
class Paper:
    """One file with one statement."""

    name: str
    account: str
    opening: str
    opening_on: date
    closing_on: date
    movements: tuple[Movement, ...]

    @property
    def booked(self) -> list[Decimal]:
        return [Decimal(m.amount) for m in self.movements if m.status == "booked"]


MARCH = (
    Movement(date(2026, 3, 2), "-4.5000", "CanaryCoffee"),
    Movement(date(2026, 3, 2), "-4.5000", "CanaryCoffee", twin=2),
    Movement(date(2026, 3, 9), "1200.0000", "CanaryCoffee salary"),
    Movement(date(2026, 3, 30), "-9.0000", "CanaryCoffee announced", status="pending"),
)
PAPERS = (
    Paper("canary-file.csv", "one", "100.0000", date(2026, 2, 28), date(2026, 3, 15), MARCH),
    Paper(
        "late.csv",
        "one",
        "1291.0000",
        date(2026, 3, 15),
        date(2026, 3, 31),
        (Movement(date(2026, 3, 20), "-91.0000", "CanaryCoffee rent"),),
    ),
    Paper(
        "other.csv",
        "two",
        "0.0000",
        date(2026, 2, 28),
        date(2026, 3, 31),
        (Movement(date(2026, 3, 20), "91.0000", "CanaryCoffee refund"),),
    ),
)


def batch_of(papers: tuple[Paper, ...], *, run_id: str = RUN, at: datetime = AT) -> LedgerBatch:
    """The papers as the stages before the ledger would hand them over."""
    files, statements, entries, accounts = [], [], [], []
    for number, paper in enumerate(papers):
        count = len(paper.movements)
        files.append(_file(number, paper, count, at))
        statements.append(_statement(number, paper, count))
        accounts.append(_account(paper.account))
        entries.extend(
            _entry(number, record, paper.account, movement)
            for record, movement in enumerate(paper.movements, 1)
        )
    return LedgerBatch(
        run_id=run_id,
        batch_no=1,
        known_from=at,
        files=_frame(files, FILE),
        accounts=_frame(accounts, ACCOUNT).unique("account_id").sort("account_id"),
        statements=_frame(statements, pl.Schema({**PROVED, "account_id": pl.String()})),
        entries=_frame(entries, ENTRY),
        findings=no_findings(),
    )


@dataclass(frozen=True)
class Ledger:
    """A ledger that a test loads, breaks and audits."""

    url: str
    run: str = RUN
    at: datetime = AT
    papers: tuple[Paper, ...] = PAPERS
    secrets: tuple[str, ...] = SECRETS

    def load(self, papers: tuple[Paper, ...], *, run: str, at: datetime) -> None:
        """Open a run and write the papers in it as one batch."""
        engine = connect(self.url)
        with engine.begin() as connection:
            open_run(connection, run_id=run, kind="nightly", started_at=at, code_version="test")
            write_batch(connection, batch_of(papers, run_id=run, at=at))
        engine.dispose()

    def execute(self, *commands: str) -> None:
        """Change the ledger behind its back."""
        engine = connect(self.url)
        with engine.begin() as connection:
            for command in commands:
                connection.exec_driver_sql(command)
        engine.dispose()


@pytest.fixture(scope="session")
def loaded(postgres: embedded.Server, migrated: str) -> str:
    """The name of a database with PAPERS in it, all of one run, to copy from."""
    name = "audited"
    Ledger(embedded.create_database(postgres, name, template=migrated)).load(PAPERS, run=RUN, at=AT)
    return name


@pytest.fixture
def ledger(postgres: embedded.Server, loaded: str) -> Iterator[Ledger]:
    """A ledger of this test's own with PAPERS in it."""
    name = f"audited_{uuid.uuid4().hex[:12]}"
    yield Ledger(embedded.create_database(postgres, name, template=loaded))
    embedded.drop_database(postgres, name)


def _frame(rows: list[dict[str, object]], schema: pl.Schema) -> pl.DataFrame:
    known = pl.DataFrame(rows, schema={name: schema[name] for name in rows[0]})
    missing = [
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in known
    ]
    return known.with_columns(missing).select(schema.names())


def _file(number: int, paper: Paper, count: int, at: datetime) -> dict[str, object]:
    return {
        "file_no": number,
        "sha256": hexed(paper) * 2,
        "name": paper.name,
        "owner": "CanaryOwner",
        "size_bytes": 1000,
        "claimed_at": at,
        "format": "delimited",
        "layout": "test",
        "encoding": "utf-8",
        "raw_count": count,
        "marker_count": 0,
        "source_rank": 3,
        "is_ref_stable": False,
    }


def _statement(number: int, paper: Paper, count: int) -> dict[str, object]:
    opening = Decimal(paper.opening)
    return {
        "file_no": number,
        "statement_no": 1,
        "institution": "Test Bank",
        "account_ref": "BR7700001111",
        "account_kind": "bank",
        "currency": "BRL",
        "starts_on": paper.opening_on,
        "ends_on": paper.closing_on,
        "opening_balance": opening,
        "opening_on": paper.opening_on,
        "closing_balance": opening + sum(paper.booked, Decimal(0)),
        "closing_on": paper.closing_on,
        "record_count": count,
        "set_aside_count": 0,
        "credit_sum": sum((a for a in paper.booked if a > 0), Decimal(0)),
        "debit_sum": sum((a for a in paper.booked if a < 0), Decimal(0)),
        "difference": Decimal("0.0000"),
        "chain_breaks": 0,
        "proof": "proven",
        "is_quarantined": False,
        "account_id": hexed(paper.account),
    }


def _account(name: str) -> dict[str, object]:
    return {
        "account_id": hexed(name),
        "owner": "CanaryOwner",
        "institution": "Test Bank",
        "account_ref": "BR7700001111",
        "account_name": name,
        "account_kind": "bank",
        "currency": "BRL",
        "is_claimed": True,
    }


def _entry(number: int, record: int, account: str, movement: Movement) -> dict[str, object]:
    return {
        "file_no": number,
        "statement_no": 1,
        "record_no": record,
        "place": f"line {record}",
        "booked_on": movement.on,
        "amount": Decimal(movement.amount),
        "currency": "BRL",
        "description": movement.text,
        "status": movement.status,
        "raw_text": f"CanaryPrinted;{movement.text}",
        "account_id": hexed(account),
        "text_key": movement.text.lower(),
        "occurrence": movement.twin,
        "transaction_id": hexed(account, movement),
    }
