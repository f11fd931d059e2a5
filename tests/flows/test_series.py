"""Real series of one account, where the corpus is at hand: any order and batching, one chain."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.house import open_ledger
from schemas.identity import digest
from schemas.night import NightReceipt
from schemas.settings import Settings
from warehouse.ledger import reader
from warehouse.marts.reader import query

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
DAILY = CORPUS / "camt053" / "series-Subite-eu__camt-to-coda-LT625883379695428516"
OVERLAPPING = CORPUS / "csv" / "beancount__beangulp"

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the project")


def digests(settings: Settings) -> dict[str, str]:
    engine = open_ledger(settings)
    with reader.snapshot(engine) as connection:
        found = reader.digests(connection)
    engine.dispose()
    return found


def shuffled(order: str) -> list[Path]:
    """The daily files in an order that has nothing to do with their days."""
    paths = (path for path in DAILY.rglob("*") if path.is_file())
    return sorted(paths, key=lambda path: digest(order + path.name))


def drop(settings: Settings, paths: list[Path]) -> None:
    settings.inbox.mkdir(parents=True, exist_ok=True)
    for path in paths:
        (settings.inbox / path.name).write_bytes(path.read_bytes())


def test_daily_statements_in_random_order_are_one_proven_chain_an_account(
    run: Callable[..., NightReceipt], settings: Settings
) -> None:
    paths = shuffled("one")
    for night in range(3):
        drop(settings, paths[night::3])
        last = run(batch_files=7)
    marts = settings.marts / "buffet.duckdb"
    proofs = "SELECT proof, count(*) AS n FROM mart_reconciliation GROUP BY ALL"
    assert query(marts, proofs).rows() == [("proven", 158)]
    days = "SELECT DISTINCT account_id, timeline_status, has_anchor_conflict FROM fct_daily_balance"
    assert [row[1:] for row in query(marts, days).rows()] == [("anchored", False)] * 2
    assert last.audit is not None
    assert not [warning for warning in last.audit.warned if "opens with the balance" in warning]


def test_daily_statements_in_any_order_make_the_same_ledger(
    run: Callable[..., NightReceipt], settings: Settings
) -> None:
    receipt = run(DAILY)
    whole = digests(settings)
    assert (receipt.receipt.inserted, len(receipt.files)) == (654, 79)
    engine = open_ledger(settings)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            """TRUNCATE entry, detail, transaction, transaction_version, finding, statement,
                        certificate, file_receipt, file, account, run CASCADE"""
        )
    engine.dispose()
    paths = shuffled("another")
    for first in range(0, len(paths), 20):
        drop(settings, paths[first : first + 20])
        run(batch_files=3)
    assert digests(settings) == whole


def test_overlapping_exports_merge_exactly(
    run: Callable[..., NightReceipt], settings: Settings
) -> None:
    paths = sorted(OVERLAPPING.glob("UTrade*.csv"))
    true: set[tuple[str, str, str]] = set()
    read = 0
    for path in paths:
        with path.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        read += sum(bool(row["AMOUNT"]) for row in rows)
        true |= {(row["DATE"], row["REF #"], row["AMOUNT"]) for row in rows}
    drop(settings, paths[::-1])
    receipt = run(batch_files=1).receipt
    assert len(true) < read
    assert (receipt.read, receipt.inserted, receipt.already_known) == (
        read,
        len(true),
        read - len(true),
    )
