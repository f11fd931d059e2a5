"""Real series of one account, where the corpus is at hand: any order and batching, one chain."""

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from flows.house import open_ledger
from schemas.identity import digest
from schemas.night import NightReceipt
from schemas.settings import Settings
from warehouse.ledger import coverage, reader
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


def spans(settings: Settings) -> list[tuple[object, ...]]:
    """Per account the spans of its days: first, last, state, money that is missing, statements."""
    names = ("starts_on", "ends_on", "state", "difference", "statement_count")
    engine = open_ledger(settings)
    with engine.connect() as connection:
        rows = coverage.spans(connection)
    engine.dispose()
    return sorted(tuple(row[name] for name in names) for row in rows)


def stated() -> dict[str, list[tuple[date, Decimal, date, Decimal]]]:
    """By account, each day's opening and closing balance as the files state them, read anew."""
    found = defaultdict(list)
    for path in DAILY.rglob("*.xml"):
        for statement in ET.parse(path).iterfind(".//{*}Stmt"):  # noqa: S314
            balances = {}
            for one in statement.iterfind("{*}Bal"):
                amount = Decimal(one.findtext("{*}Amt", ""))
                is_debit = one.findtext("{*}CdtDbtInd") == "DBIT"
                day = date.fromisoformat(one.findtext("{*}Dt/{*}Dt", ""))
                code = one.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd", "")
                balances[code] = (day, -amount if is_debit else amount)
            number = statement.find("{*}Acct/{*}Id")
            assert number is not None
            found["".join(number.itertext()).strip()].append((*balances["OPBD"], *balances["CLBD"]))
    return {number: sorted(rows) for number, rows in found.items()}


def true_spans() -> list[tuple[object, ...]]:
    """What these files cover, worked out by hand: a new span where the money does not chain."""
    spans: list[tuple[object, ...]] = []
    for rows in stated().values():
        breaks = [b for b, a in pairwise(rows) if b[3] != a[1]]
        assert not breaks
        spans.append((rows[0][0], rows[-1][2], "proven", None, len(rows)))
    return sorted(spans)


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
    odd = ("no statement tells of", "different balances")
    assert not [one for one in last.audit.warned if any(word in one for word in odd)]
    assert spans(settings) == true_spans()
    assert [span[2:] for span in true_spans()] == [("proven", None, 79)] * 2
    months = "SELECT sum(missing_days), sum(bridged_days) FROM mart_statement_coverage"
    outside = 2 * (6 + 2)  # days of March and June before and after the series
    assert query(marts, months).rows() == [(outside, 2 * (114 - 79))]


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


def test_a_day_that_is_missing_is_the_only_gap_and_says_how_much(
    run: Callable[..., NightReceipt], settings: Settings
) -> None:
    lost = date(2024, 5, 13)
    drop(settings, [path for path in shuffled("gap") if path.stem != lost.isoformat()])
    receipt = run(batch_files=9)
    expected = []
    for rows in stated().values():
        (of_day,) = [row for row in rows if row[0] == lost]
        before, after = ([r for r in rows if r[0] < lost], [r for r in rows if r[0] > lost])
        if missing := of_day[3] - of_day[1]:
            expected += [
                (rows[0][0], before[-1][2], "proven", None, len(before)),
                (date(2024, 5, 11), lost, "missing", missing, 0),
                (lost.replace(day=14), rows[-1][2], "proven", None, len(after)),
            ]
        else:
            expected.append((rows[0][0], rows[-1][2], "proven", None, len(rows) - 1))
    assert spans(settings) == sorted(expected)
    assert [span[2] for span in spans(settings)].count("missing") == 1
    assert receipt.audit is not None
    assert any("no statement tells of" in one for one in receipt.audit.warned)


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
    days = sorted(date.fromisoformat(day) for day, _, _ in true)
    assert spans(settings) == [(days[0], days[-1], "proven", None, len(paths))]
