"""Small batches for the ledger, as the stages before it would leave them."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from papers import NIGHT_AT, Paper, through_the_stages
from papers import batch_of as batch_of_papers

from schemas.receipts import FileReceipt
from warehouse.ledger import runs
from warehouse.ledger.connection import atomically
from warehouse.ledger.writer import LedgerBatch, write_batch

AT = datetime(2026, 1, 10, 6, tzinfo=UTC)
Movement = tuple[int, str, str]  # day of January, amount, text
Load = Callable[..., list[FileReceipt]]


def batch_of(run_id: str, files: Sequence[tuple[str, Sequence[Movement]]]) -> LedgerBatch:
    """Files given as (name, movements) of one account, through proof and identity."""
    file_rows, statements, rows = [], [], []
    for number, (name, movements) in enumerate(files):
        file_rows.append(
            {
                "file_no": number,
                "sha256": f"{name:x<64}",
                "name": name,
                "owner": "ana",
                "size_bytes": 1,
                "claimed_at": AT,
                "format": "csv",
                "layout": "x",
                "bank": "x",
                "encoding": "utf-8",
                "raw_count": len(movements),
                "marker_count": 0,
                "source_rank": 3,
                "is_ref_stable": False,
            }
        )
        statements.append(
            {
                "file_no": number,
                "statement_no": 1,
                "institution": "x",
                "account_ref": "12345",
                "account_kind": "bank",
                "currency": "BRL",
            }
        )
        rows += [
            {
                "file_no": number,
                "statement_no": 1,
                "record_no": record,
                "place": f"line {record}",
                "booked_on": date(2026, 1, day),
                "amount": Decimal(amount),
                "currency": "BRL",
                "description": text,
                "status": "booked",
                "raw_text": f"{day};{amount};{text}",
            }
            for record, (day, amount, text) in enumerate(movements, 1)
        ]
    return through_the_stages(run_id, AT, file_rows, statements, rows)


@pytest.fixture
def load(engine: sa.Engine) -> Load:
    """Load files as one batch of a run of its own; answers with their receipts."""
    numbers = iter(range(1, 1000))

    def load_files(*files: tuple[str, Sequence[Movement]]) -> list[FileReceipt]:
        run_id = f"00000000-0000-0000-0000-{next(numbers):012}"
        with atomically(engine) as connection:
            runs.open_run(
                connection, run_id=run_id, kind="night", started_at=AT, code_version="test"
            )
            return write_batch(connection, batch_of(run_id, files))

    return load_files


@pytest.fixture
def batch_maker() -> Callable[[str, Sequence[tuple[str, Sequence[Movement]]]], LedgerBatch]:
    """Make a batch without loading it."""
    return batch_of


@pytest.fixture
def nights(engine: sa.Engine) -> Callable[..., list[FileReceipt]]:
    """Load papers, a night a call; each night has its own run and its own instant."""
    numbers = iter(range(1, 100_000))

    def load_papers(*papers: Paper) -> list[FileReceipt]:
        number = next(numbers)
        run_id, at = f"00000000-0000-0000-0000-{number:012}", NIGHT_AT + timedelta(days=number)
        with atomically(engine) as connection:
            runs.open_run(
                connection, run_id=run_id, kind="night", started_at=at, code_version="test"
            )
            return write_batch(connection, batch_of_papers(run_id, at, papers))

    return load_papers
