"""The ledger: nothing lost, nothing doubled, in any order, or nothing at all."""

from dataclasses import replace

import polars as pl
import pytest
import sqlalchemy as sa
from papers import batchings, empty

from schemas.errors import LedgerUnavailable
from schemas.receipts import Receipt
from schemas.transactions import DETAIL
from warehouse.ledger import reader, runs
from warehouse.ledger.connection import atomically, connect
from warehouse.ledger.writer import acknowledge, write_batch

TWINS = [(11, "-5.10", "Café"), (11, "-5.10", "CAFE"), (12, "-30.00", "Uber")]
OVERLAP = [
    (11, "-5.10", "café"),
    (11, "-5.10", "cafe"),
    (12, "-30.00", "UBER"),
    (12, "-30.00", "UBER"),
    (13, "9.99", "Pix"),
]
LATE = [(2, "-1.00", "Tarifa"), (11, "-5.10", "CAFÉ")]


def digests(engine: sa.Engine) -> dict[str, str]:
    with reader.snapshot(engine) as connection:
        return reader.digests(connection)


def count(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0


def test_overlapping_files_merge_to_the_largest_number_of_twins(load, engine) -> None:
    first, second = load(("a", TWINS), ("b", OVERLAP))
    assert first.receipt.inserted + second.receipt.inserted == 5
    assert first.receipt.already_known + second.receipt.already_known == 3
    assert count(engine, "transaction") == 5
    assert count(engine, "entry") == 8


def test_any_order_and_any_batching_make_the_same_ledger(load, engine) -> None:
    files = [("a", TWINS), ("b", OVERLAP), ("c", LATE)]
    seen = set()
    for batches in batchings(files):
        for batch in batches:
            load(*batch)
        seen.add(tuple(sorted(digests(engine).items())))
        assert len(seen) == 1
        empty(engine)


def test_loading_again_changes_nothing(load, engine) -> None:
    load(("a", TWINS))
    before = digests(engine)
    (again,) = load(("a", TWINS))
    assert again.receipt == Receipt(read=3, already_known=3)
    assert digests(engine) == before


def test_a_known_file_is_acknowledged_by_its_hash(load, engine) -> None:
    load(("a", TWINS))
    run_id = "00000000-0000-0000-0000-00000000ffff"
    sha256 = f"{'a':x<64}"
    with atomically(engine) as connection:
        assert runs.known_files(connection, [sha256, "0" * 64]) == {sha256}
        start(connection, run_id)
        (known,) = acknowledge(connection, run_id, [sha256])
    assert (known.outcome, known.receipt) == ("known", Receipt(read=3, already_known=3))


def test_a_batch_that_fails_leaves_nothing(load, engine) -> None:
    before = digests(engine)
    engine_that_stops = ("a", [(11, "-5.10", "x")])
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE finding DROP COLUMN remedy")
    with pytest.raises(sa.exc.ProgrammingError):
        load(engine_that_stops)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE finding ADD COLUMN remedy text NOT NULL DEFAULT ''")
    assert digests(engine) == before
    assert count(engine, "file") == 0


def test_the_database_refuses_a_receipt_that_does_not_add_up(load, engine) -> None:
    load(("a", TWINS))
    with pytest.raises(sa.exc.IntegrityError, match="conserves"), engine.begin() as connection:
        connection.exec_driver_sql("UPDATE file_receipt SET inserted = inserted + 1")


def test_text_reaches_the_ledger_exactly(load, engine) -> None:
    nasty = "a\"b'c\\N\n\t;,|$1 %s {} '); DROP TABLE entry; -- \u202e \U0001f600 é"
    load(("a", [(11, "-5.10", nasty), (12, "-5.10", "")]))
    with engine.connect() as connection:
        texts = connection.scalars(sa.text("SELECT description FROM entry ORDER BY record_no"))
        assert texts.all() == [nasty, ""]


def test_details_stand_with_their_entry_once_and_without_it_not(batch_maker, engine) -> None:
    run_id = "00000000-0000-0000-0000-00000000aaaa"
    batch = batch_maker(run_id, [("a", TWINS)])
    cells = [(0, 1, 1, 1, "BRL"), (0, 1, 1, 2, "BRL"), (0, 1, 99, 1, "BRL")]
    names = ["file_no", "statement_no", "record_no", "detail_no", "currency"]
    known = pl.DataFrame(cells, schema=names, orient="row")
    details = known.with_columns(
        pl.lit(None, dtype=dtype).alias(name)
        if name not in ("description", "raw_text")
        else pl.lit("part").alias(name)
        for name, dtype in DETAIL.items()
        if name not in names
    ).select(pl.col(name).cast(dtype) for name, dtype in DETAIL.items())
    with atomically(engine) as connection:
        start(connection, run_id)
    for _ in range(2):
        with atomically(engine) as connection:
            write_batch(connection, replace(batch, details=details))
            connection.exec_driver_sql("DELETE FROM file_receipt")
    assert count(engine, "detail") == 2


def test_a_server_that_is_gone_is_a_ledger_error_without_the_password() -> None:
    engine = connect("postgresql+psycopg://u:s3cret@127.0.0.1:1/x")
    with pytest.raises(LedgerUnavailable) as caught, atomically(engine):
        pass
    assert "s3cret" not in str(caught.value)
    assert caught.value.remedy


def start(connection: sa.Connection, run_id: str) -> None:
    runs.open_run(
        connection,
        run_id=run_id,
        kind="night",
        started_at=sa.func.now(),
        code_version="test",
    )
