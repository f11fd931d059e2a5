"""March 2025 of domain.md §2.4, written as OFX and as CSV files: the numbers people can check."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from schemas.settings import Settings
from tasks.sample.march import march_2025
from warehouse.marts.reader import query


def marts(settings: Settings, sql: str) -> pl.DataFrame:
    return query(settings.marts / "buffet.duckdb", sql)


@pytest.mark.parametrize(("a1", "a2"), [("ofx", "csv"), ("csv", "ofx")])
def test_the_numbers_of_march(a1: str, a2: str, run, settings: Settings, tmp_path: Path) -> None:
    march = tmp_path / "statements"
    march_2025(march, a1=a1, a2=a2)
    receipt = run(march)
    assert receipt.status == "published"
    assert receipt.is_clean

    # M1 (a): rows by source
    counts = marts(settings, "SELECT account_name, count(*) FROM fct_transactions GROUP BY 1")
    by_account = dict(counts.iter_rows())
    main = next(name for name in by_account if "ita" in name.lower())
    assert sorted(by_account.values()) == [1, 2, 7, 7]
    assert by_account[main] == 7

    # M5 (c): the balance of A1 and A2 on 31 March
    closing = marts(
        settings,
        "SELECT account_name, closing, timeline_status FROM fct_daily_balance "
        "WHERE day = DATE '2025-03-31'",
    )
    last = {name: amount for name, amount, _ in closing.iter_rows()}
    assert last[main] == Decimal("3315.44")
    if a2 == "ofx":  # the CSV of this bank prints no balance
        assert Decimal("1141.10") in last.values()
    mean = marts(
        settings,
        "SELECT round(sum(closing) / 31, 2) AS mean FROM fct_daily_balance "
        f"WHERE account_name = '{main}' AND day BETWEEN DATE '2025-03-01' AND DATE '2025-03-31'",
    ).item()
    assert round(Decimal(str(mean)), 2) == Decimal("3706.67")

    # M16: every statement with balances closes
    rows = marts(
        settings, "SELECT difference FROM mart_reconciliation WHERE difference IS NOT NULL"
    )
    assert set(rows.get_column("difference")) <= {Decimal(0)}

    # M15: the months that A1 covers
    covered = marts(
        settings,
        "SELECT coverage_percent, missing_days FROM mart_statement_coverage "
        f"WHERE account_name = '{main}' AND month = DATE '2025-03-01'",
    )
    assert covered.row(0) == (Decimal(100), 0)

    # credits, debits and net of A1
    flow = marts(
        settings,
        "SELECT month, credits, debits, net FROM mart_monthly_cashflow "
        f"WHERE account_name = '{main}'",
    )
    assert flow.row(0) == (
        date(2025, 3, 1),
        Decimal("8520.40"),
        Decimal("6204.96"),
        Decimal("2315.44"),
    )

    # M1 (b): the same files again
    digests = dict(receipt.generation.digests)
    again = run(march)
    assert (again.receipt.inserted, again.receipt.already_known) == (0, 17)
    changed = {mart for mart in digests if again.generation.digests[mart] != digests[mart]}
    assert changed == {"mart_pipeline_runs"}


def test_two_equal_tolls_on_one_day_are_two(run, settings: Settings, tmp_path: Path) -> None:
    """M1 (c)."""
    folder = tmp_path / "statements" / "ana" / "nubank"
    folder.mkdir(parents=True)
    toll = "12/03/2025,-12.50,{},Pedágio"
    rows = [toll.format("11111111-0000-4000-8000-00000000000" + n) for n in "12"]
    text = "\n".join(["Data,Valor,Identificador,Descrição", *rows, ""])
    (folder / "a.csv").write_text(text, encoding="utf-8")
    (folder.parent / "itau").mkdir()
    plain = "date,title,amount\n2025-03-12,Pedagio,12.50\n2025-03-12,Pedagio,12.50\n"
    (folder.parent / "itau" / "card.csv").write_text(plain, encoding="utf-8")
    assert run(tmp_path / "statements").receipt.inserted == 4
    seen = marts(
        settings,
        "SELECT account_kind, list(occurrence ORDER BY occurrence) AS n FROM fct_transactions "
        "GROUP BY 1 ORDER BY 1",
    )
    assert seen.to_dicts() == [
        {"account_kind": "bank", "n": [1, 1]},  # each has a reference of its own
        {"account_kind": "card", "n": [1, 2]},
    ]
