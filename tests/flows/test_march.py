"""March 2025 of domain.md §2.4, written as OFX and as CSV files: the numbers people can check."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from flows.house import plan_of, run_night
from flows.night import plain_doors
from schemas.settings import Settings
from tasks.sample.march import march_2025
from warehouse.marts.catalog import of_runs
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
    assert changed == of_runs()


MARCH = "month = DATE '2025-03-01'"


def row(settings: Settings, sql: str) -> dict[str, object]:
    """The one row of an answer; decimals compare by value."""
    return marts(settings, sql).row(0, named=True)


def rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    return marts(settings, sql).rows()


@pytest.fixture
def lived(settings: Settings, tmp_path: Path) -> Settings:
    """March 2025, seen on its last day; both accounts state their balance, exported as OFX."""
    march_2025(tmp_path / "statements", a1="ofx", a2="ofx")
    plan = plan_of(settings, root=tmp_path / "statements")
    plan = replace(plan, today_on=date(2025, 3, 31))
    receipt, _ = run_night(settings, plan, plain_doors(), tell=lambda *_: None)
    assert receipt.is_clean
    return settings


def test_the_meaning_of_march(lived: Settings) -> None:
    """M5b and M6 to M8, M12, M13: every number that domain.md works out of the fixture."""
    # M6 (a), (b): as the platform counts, and as we do; one net, two rates
    flow = row(lived, f"SELECT * FROM mart_cashflow WHERE {MARCH}")
    assert (
        flow
        | {
            "income_app": Decimal("9500.86"),
            "expenses_app": Decimal("3981.26"),
            "savings_app": Decimal("5519.60"),
            "investments_app": Decimal("1500.00"),
            "savings_rate_app_percent": Decimal("58.10"),
            "income": Decimal("8500.00"),
            "refunds": Decimal("66.30"),
            "expense_gross": Decimal("3046.70"),
            "expense": Decimal("2980.40"),
            "net": Decimal("5519.60"),
            "savings_rate_percent": Decimal("64.94"),
            "investment_net": Decimal("1500.00"),
            "card_payments": Decimal("934.56"),
        }
        == flow
    )

    # M6 (c): of each account; nothing came into A2, which is no rate, and to the platform 0
    columns = "income_app, expenses_app, savings_app, savings_rate_app_percent"
    by_account = rows(
        lived,
        f"SELECT {columns}, savings_rate_percent FROM mart_monthly_cashflow "
        f"WHERE {MARCH} AND account_name NOT LIKE '%cart%' AND debit_count > 0 "
        "ORDER BY income_app DESC",
    )
    assert by_account == [
        (*map(Decimal, ("8520.40", "3704.96", "4815.44", "56.52", "67.65")),),
        (*map(Decimal, ("0", "58.90", "-58.90", "0")), None),
    ]

    # M7: leaves, tops, shares, and the change since February
    spent = rows(
        lived, f"SELECT category, net FROM mart_category_spend WHERE {MARCH} AND level = 2"
    )
    assert dict(spent) == {
        "Bills/Subscriptions": Decimal("55.90"),
        "Food/Delivery": Decimal("-45.90"),
        "Food/Groceries": Decimal("300.00"),
        "Food/Restaurants": Decimal("76.90"),
        "Housing/Rent": Decimal("2450.00"),
        "Shopping/Electronics": Decimal("120.00"),
        "Transportation/Public Transit": Decimal("23.50"),
    }
    tops = marts(
        lived,
        "SELECT category, net, share_percent FROM mart_category_spend "
        f"WHERE {MARCH} AND level = 1 ORDER BY category",
    )
    assert tops.rows() == [
        ("Bills", Decimal("55.90"), Decimal("1.88")),
        ("Food", Decimal("331.00"), Decimal("11.11")),
        ("Housing", Decimal("2450.00"), Decimal("82.20")),
        ("Shopping", Decimal("120.00"), Decimal("4.03")),
        ("Transportation", Decimal("23.50"), Decimal("0.79")),
    ]
    assert tops.get_column("net").sum() == Decimal("2980.40")
    assert tops.get_column("share_percent").sum() == Decimal("100.01")
    assert rows(
        lived,
        "SELECT previous_net, change FROM mart_category_spend "
        f"WHERE {MARCH} AND category = 'Food/Delivery'",
    ) == [(Decimal("45.90"), Decimal("-91.80"))]

    # M8: a refund is no second purchase; what was given back in another month comes to nothing
    columns = "vendor, gross, refunds, net, purchase_count, refund_count, average_ticket"
    assert rows(
        lived,
        f"SELECT {columns} FROM mart_vendor_spend WHERE {MARCH} AND vendor LIKE '%MERCADO%'",
    ) == [
        (
            "MERCADO GIRASSOL",
            *map(Decimal, ("320.40", "20.40", "300.00")),
            *(1, 1, Decimal("320.40")),
        )
    ]
    assert rows(
        lived, "SELECT month, net FROM mart_vendor_spend WHERE vendor = 'IFOOD' ORDER BY month"
    ) == [(date(2025, 2, 1), Decimal("45.90")), (date(2025, 3, 1), Decimal("-45.90"))]
    assert rows(
        lived, f"SELECT net, share_percent FROM mart_vendor_spend WHERE {MARCH} AND rank = 1"
    ) == [(Decimal("2450.00"), Decimal("82.20"))]

    # M12: three pairs, all on one day
    assert rows(
        lived, "SELECT kind, amount, lag_days, match_status FROM mart_transfers ORDER BY kind"
    ) == [
        ("card_payment", Decimal("934.56"), 0, "matched"),
        ("investment", Decimal("1500.00"), 0, "matched"),
        ("own_transfer", Decimal("1000.00"), 0, "matched"),
    ]


def test_the_wealth_of_march(lived: Settings) -> None:
    """M5 (c), M5b and M13."""
    # M5b: what each account began and ended with
    balances = rows(
        lived,
        "SELECT account_name, started_with, ended_with, movement, contributions, profit "
        f"FROM mart_monthly_balance WHERE {MARCH} AND has_data AND ended_with IS NOT NULL "
        "ORDER BY ended_with",
    )
    assert [line[1:] for line in balances] == [
        (Decimal("200.00"), Decimal("1141.10"), Decimal("941.10"), None, None),
        (Decimal("1000.00"), Decimal("3315.44"), Decimal("2315.44"), None, None),
        (*map(Decimal, ("25000.00", "26500.00", "1500.00", "1500.00", "0")),),
    ]

    # M13: 3 315.44 + 1 141.10 + 26 500.00 - (199.40 + 18.00); seven instalments are still to come
    columns = "cash, investment, assets, card_outstanding, net_worth, committed_instalments"
    assert rows(
        lived, f"SELECT {columns}, is_complete FROM mart_net_worth WHERE day = DATE '2025-03-31'"
    ) == [
        (
            *map(Decimal, ("4456.54", "26500.00", "30956.54", "217.40", "30739.14", "840.00")),
            True,
        )
    ]


def test_the_card_of_march(lived: Settings) -> None:
    """M10 (c), M11 (a): seven instalments to come, and a bill without the payment that it shows."""
    columns = "instalment_amount, seen_numbers, last_no, remaining_count, remaining_amount"
    assert rows(lived, f"SELECT {columns}, expected_end_on, status FROM mart_instalments") == [
        (Decimal("120.00"), "3", 3, 7, Decimal("840.00"), date(2025, 10, 8), "active")
    ]
    columns = "purchases, refunds, computed_total, instalment_part, payments_printed"
    assert rows(lived, f"SELECT due_on, {columns} FROM mart_card_bills ORDER BY due_on") == [
        (date(2025, 4, 2), *map(Decimal, ("245.30", "45.90", "199.40", "120.00", "934.56"))),
        (date(2025, 5, 2), *map(Decimal, ("18.00", "0", "18.00", "0", "0"))),
    ]


def test_late_on_the_last_day_is_still_march(run, settings: Settings, tmp_path: Path) -> None:
    """M6 (d), and M5b of a broker that earned something: 112.50 at 23:10 on 31 March."""
    folder = tmp_path / "statements"
    march_2025(folder, a1="ofx", a2="ofx")
    (broker,) = (folder / "ana" / "xp-conta").iterdir()
    head, *lines = broker.read_bytes().decode().splitlines()
    late = "31/03/25;23:10:00;Rendimento CDB BANCO GIRASSOL;R$ 112,50;R$ 26.612,50"
    broker.write_bytes("\r\n".join([head, late, *lines, ""]).encode())
    assert run(folder).is_clean

    assert rows(settings, f"SELECT income, net FROM mart_cashflow WHERE {MARCH}") == [
        (Decimal("8612.50"), Decimal("5632.10"))
    ]
    assert rows(
        settings,
        "SELECT started_with, ended_with, contributions, profit, profit_percentage "
        f"FROM mart_monthly_balance WHERE {MARCH} AND contributions IS NOT NULL",
    ) == [(*map(Decimal, ("25000.00", "26612.50", "1500.00", "112.50", "0.45")),)]


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
