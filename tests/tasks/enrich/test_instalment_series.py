"""M10: instalments of one purchase have one id, and two purchases have two."""

from datetime import date
from decimal import Decimal

import polars as pl

from schemas.money import MONEY
from tasks.enrich.instalment_series import purchases


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def ids(*rows: tuple[str, str, str, int, int], due: tuple[str | None, ...] = ()) -> list[str]:
    """A letter a purchase, in the order given; `due` are the days of their bills."""
    movements = pl.DataFrame(
        [
            (f"t{n:02}", "c1", store, date.fromisoformat(day), Decimal(amount), number, count)
            for n, (store, day, amount, number, count) in enumerate(rows)
        ],
        schema={
            "transaction_id": pl.String,
            "account_id": pl.String,
            "store": pl.String,
            "booked_on": pl.Date,
            "amount": MONEY,
            "instalment_no": pl.Int32,
            "instalment_count": pl.Int32,
        },
        orient="row",
    ).with_columns(pl.Series("due_on", [_day(one) for one in due or [None] * len(rows)], pl.Date))
    found = purchases(movements)
    assert found.sort("transaction_id").equals(found)
    shuffled = purchases(movements.sample(fraction=1, shuffle=True, seed=7))
    assert shuffled.equals(found)
    names: dict[str, str] = {}
    return [names.setdefault(one, "abcdef"[len(names)]) for one in found["purchase_id"]]


def test_months_that_follow_each_other_are_one_purchase() -> None:
    rows = [("MAGALU", f"2025-{2 + k:02}-08", "-120.00", k, 10) for k in (1, 2, 3, 5)]
    assert ids(*rows) == ["a", "a", "a", "a"]


def test_the_day_of_the_purchase_on_each_bill_is_one_purchase() -> None:
    assert ids(*[("XPTO", "2025-01-21", "-50.00", k, 3) for k in (1, 2, 3)]) == ["a", "a", "a"]


def test_a_cent_more_in_the_last_is_the_same_purchase() -> None:
    rows = [("X", "2025-01-31", "-333.33", 1, 3), ("X", "2025-02-28", "-333.33", 2, 3)]
    assert ids(*rows, ("X", "2025-03-31", "-333.34", 3, 3)) == ["a", "a", "a"]


def test_other_amounts_counts_months_and_twins_are_other_purchases() -> None:
    assert ids(("X", "2025-01-08", "-50.00", 1, 3), ("X", "2025-01-08", "-80.00", 1, 3)) == [
        "a",
        "b",
    ]
    assert ids(("X", "2025-01-08", "-50.00", 1, 3), ("X", "2025-02-08", "-50.00", 2, 4)) == [
        "a",
        "b",
    ]
    assert ids(("X", "2025-01-08", "-50.00", 1, 3), ("X", "2025-02-08", "-50.00", 1, 3)) == [
        "a",
        "b",
    ]
    twins = [("X", "2025-01-08", "-50.00", 1, 3)] * 2 + [("X", "2025-02-08", "-50.00", 2, 3)] * 2
    assert sorted(ids(*twins)) == ["a", "a", "b", "b"]


def test_a_day_that_slips_into_the_next_month_is_the_same_purchase() -> None:
    rows = [("X", "2025-01-31", "-70.00", 1, 3), ("X", "2025-03-03", "-70.00", 2, 3)]
    assert ids(*rows, ("X", "2025-03-31", "-70.00", 3, 3)) == ["a", "a", "a"]


def test_purchases_that_share_the_days_of_their_bills_stay_two() -> None:
    first = [("X", f"2025-{k:02}-01", "-50.00", k, 4) for k in (1, 2, 3)]
    second = [("X", f"2025-{k:02}-01", "-80.00", k - 1, 4) for k in (2, 3, 4)]
    assert ids(*first, *second) == ["a", "a", "a", "b", "b", "b"]


def test_the_bill_counts_where_the_first_is_dated_by_the_purchase_and_the_others_by_the_cycle() -> (
    None
):
    days, due = (
        ("2025-03-09", "2025-03-26", "2025-04-26"),
        ("2025-04-02", "2025-05-02", "2025-06-02"),
    )
    rows = [("X", day, "-50.00", k, 3) for k, day in enumerate(days, 1)]
    assert ids(*rows, due=due) == ["a", "a", "a"]


def test_two_equal_purchases_of_which_one_began_a_bill_later_are_two() -> None:
    first = [("X", day, "-50.00", k, 3) for k, day in ((1, "2025-03-09"), (2, "2025-03-26"))]
    then = [("X", day, "-50.00", k, 3) for k, day in ((1, "2025-04-09"), (2, "2025-04-26"))]
    due = ("2025-04-02", "2025-05-02", "2025-05-02", "2025-06-02")
    assert ids(*first, *then, due=due) == ["a", "a", "b", "b"]
    third = ("X", "2025-04-26", "-50.00", 3, 3)  # it shares its day and bill with one of the other
    assert ids(*first, *then, third, due=(*due, "2025-06-02")) == ["a", "a", "b", "b", "a"]


def test_equal_purchases_on_one_bill_keep_apart_by_their_days() -> None:
    days = ("2025-03-03", "2025-03-10")
    rows = [("X", day, "-50.00", k, 2) for k in (1, 2) for day in days]
    due = ("2025-04-08", "2025-04-08", "2025-05-08", "2025-05-08")
    assert ids(*rows, due=due) == ["a", "b", "a", "b"]
