"""M11: which bill a movement of a card is on."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.enrichment import HOLDING
from tasks.enrich.bills import bills, cycle_of, named_bills

FILES = pl.DataFrame(
    {
        "file_sha256": ["f1", "f2", "f3", "f4", "f5"],
        "name": [
            "Nubank_2025-04-02.csv",
            "card.csv",
            None,
            "2025-04-02_to_2025-05-02.csv",
            "Nubank_2025-04-02.csv.gz/Nubank_2025-04-02.csv",
        ],
    }
)


def told(*rows: tuple[str, str, str], closing: int | None = None, due: int | None = None) -> list:
    movements = pl.DataFrame(
        [
            (f"t{n}", "c1", kind, date.fromisoformat(day), file)
            for n, (kind, day, file) in enumerate(rows)
        ],
        schema=["transaction_id", "account_id", "account_kind", "booked_on", "file_sha256"],
        orient="row",
    )
    holdings = pl.DataFrame(
        [{"account_id": "c1", "closing_day": closing, "due_day": due}],
        schema_overrides={"closing_day": pl.Int32, "due_day": pl.Int32},
    ).with_columns(pl.lit(None, HOLDING["credit_limit"]).alias("credit_limit"))
    found = bills(movements, holdings, FILES)
    return found.select("transaction_id", "starts_on", "closes_on", "due_on").rows()


def test_the_owner_said_when_bills_close() -> None:
    rows = (
        ("card", "2025-02-26", "f2"),
        ("card", "2025-03-25", "f2"),
        ("card", "2025-03-28", "f2"),
    )
    march = (date(2025, 2, 26), date(2025, 3, 25), date(2025, 4, 2))
    april = (date(2025, 3, 26), date(2025, 4, 25), date(2025, 5, 2))
    assert told(*rows, closing=25, due=2) == [("t0", *march), ("t1", *march), ("t2", *april)]


def test_else_the_name_of_the_file_tells_when_it_is_due() -> None:
    rows = (
        ("card", "2025-03-02", "f1"),
        ("card", "2025-03-02", "f2"),
        ("bank", "2025-03-02", "f1"),
    )
    assert told(*rows) == [("t0", None, None, date(2025, 4, 2))]


def test_a_gzip_is_called_like_the_file_in_it() -> None:
    assert told(("card", "2025-03-02", "f5")) == [("t0", None, None, date(2025, 4, 2))]


def test_a_name_with_two_days_or_none_tells_nothing() -> None:
    assert told(("card", "2025-03-02", "f3"), ("card", "2025-03-02", "f4")) == []


def test_two_cards_due_on_one_day_have_two_bills() -> None:
    movements = pl.DataFrame(
        {
            "transaction_id": ["t1", "t2"],
            "account_id": ["c1", "c2"],
            "account_kind": ["card", "card"],
            "booked_on": [date(2025, 3, 2)] * 2,
            "file_sha256": ["f1", "f1"],
        }
    )
    holdings = pl.DataFrame(schema=HOLDING)
    assert bills(movements, holdings, FILES)["bill_key"].n_unique() == 2


@pytest.mark.parametrize(
    ("day", "closing", "due", "found"),
    [
        ("2025-02-28", 31, 10, ("2025-02-01", "2025-02-28", "2025-03-10")),
        ("2025-03-01", 31, 10, ("2025-03-01", "2025-03-31", "2025-04-10")),
        ("2025-12-30", 28, 5, ("2025-12-29", "2026-01-28", "2026-02-05")),
        ("2025-03-05", 3, 10, ("2025-03-04", "2025-04-03", "2025-04-10")),
    ],
)
def test_cycles_in_short_months_and_over_the_year(
    day: str, closing: int, due: int, found: tuple[str, ...]
) -> None:
    assert tuple(map(str, cycle_of(date.fromisoformat(day), closing, due))) == found


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 31), st.integers(1, 31))
def test_cycles_follow_each_other_without_a_gap(day: date, closing: int, due: int) -> None:
    starts_on, closes_on, due_on = cycle_of(day, closing, due)
    assert starts_on <= day <= closes_on < due_on
    after, _, _ = cycle_of(closes_on + timedelta(days=1), closing, due)
    assert after == closes_on + timedelta(days=1)


@pytest.mark.parametrize(
    ("closing", "due", "told_by_name"),
    [
        (25, 2, [("f1", "2025-04-02", "2025-04-02", "2025-04-02")]),
        (25, 5, [("f1", "2025-04-02", "2025-04-05", "2025-04-05")]),  # another due day
        (20, 2, [("f1", "2025-04-02", "2025-04-02", "2025-05-02")]),  # closed before the last one
        (31, 31, [("f1", "2025-04-02", "2025-04-30", "2025-04-30")]),  # the last day of the month
        (25, None, []),
    ],
)
def test_a_name_beside_the_registered_days(
    closing: int, due: int | None, told_by_name: list[tuple[str, ...]]
) -> None:
    movements = pl.DataFrame(
        [
            ("t1", "c1", "card", date(2025, 3, 2), "f1"),
            ("t2", "c1", "card", date(2025, 3, 25), "f1"),
            ("t3", "c1", "card", date(2025, 3, 26), "f2"),
            ("t4", "a1", "bank", date(2025, 3, 26), "f1"),
        ],
        schema=["transaction_id", "account_id", "account_kind", "booked_on", "file_sha256"],
        orient="row",
    )
    holdings = pl.DataFrame(
        {"account_id": ["c1", "a1"], "closing_day": [closing] * 2, "due_day": [due] * 2},
        schema_overrides={"closing_day": pl.Int32, "due_day": pl.Int32},
    )
    billed = bills(movements, holdings, FILES)
    found = named_bills(movements, holdings, FILES, billed)
    wanted = [
        (file, "c1", *(date.fromisoformat(day) for day in days)) for file, *days in told_by_name
    ]
    assert found.rows() == wanted
