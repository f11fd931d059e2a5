"""Which column is the day of the booking: names tell columns apart, order only tells their ways."""

import pytest

from tasks.extract.propose.proposal import Proposal, Verdict, propose, reading_of
from tasks.extract.source import Source

REST = (
    *("Bakery;-20,00;480,00", "Acme;300,50;780,50", "Taxi;-9,90;770,60"),
    *("Market;-70,00;700,60", "Cinema;-11,00;689,60", "Books;-2,25;687,35"),
)
DAYS = ("2026-05-04", "2026-05-06", "2026-05-13", "2026-05-15", "2026-05-18", "2026-05-20")
SOONER = ("2026-05-03", "2026-05-04", "2026-05-11", "2026-05-14", "2026-05-15", "2026-05-19")


def table(**columns: tuple[str, ...]) -> str:
    """A table with these columns before its text, amount and balance."""
    names = [name.replace("_", " ") for name in columns]
    lines = [";".join([*names, "Text", "Amount", "Balance"])]
    lines += [
        ";".join([*cells, rest]) for *cells, rest in zip(*columns.values(), REST, strict=True)
    ]
    return "".join(f"{line}\n" for line in lines)


def proposed(text: str) -> Proposal:
    return propose([Source(0, "a.csv", text.encode())])


def problem(text: str) -> str:
    proposal = proposed(text)
    return "" if proposal.verdict == Verdict.PROVEN else proposal.problem


def mixed(days: tuple[str, ...]) -> tuple[str, ...]:
    return (days[1], days[0], *days[2:])


def test_one_column_of_days_is_proven() -> None:
    assert problem(table(Day=DAYS)) == ""


@pytest.mark.parametrize("name", ["Entered", "Ref", "Statement", "When"])
def test_order_does_not_choose_between_columns(name: str) -> None:
    for days, other in ((DAYS, SOONER), (mixed(DAYS), SOONER), (DAYS, mixed(SOONER))):
        assert "the day may be" in problem(table(**{"Day": days, name: other}))
    assert problem(table(**{"Day": DAYS, name: DAYS})) == ""


@pytest.mark.parametrize("name", ["Posting_date", "Buchungstag", "Bogført", "Data_contabile"])
def test_the_one_column_that_is_called_the_day_of_the_booking_wins(name: str) -> None:
    for days in (DAYS, mixed(DAYS)):
        layout = reading_of(proposed(table(**{"Transaction_date": SOONER, name: days})))
        assert layout.columns.booked_on == name.replace("_", " ")


@pytest.mark.parametrize("bad", ["", "1G/05/2026", "2026-05-32"])
def test_days_that_a_row_lacks_are_still_days(bad: str) -> None:
    days = (*DAYS[:2], bad, *DAYS[3:])
    assert "'Day' has other days" in problem(table(Day=days, Entered=SOONER))
    assert "called the day of the booking" in problem(table(Booked=days, Entered=SOONER))


def test_a_value_date_needs_another_day_by_its_name() -> None:
    assert problem(table(Date=DAYS, Value_date=SOONER)) == ""
    numbers = ("450101", "450102", "450103", "450104", "450105", "450106")
    assert "is not called a day" in problem(table(Ref=numbers, Created=SOONER))


@pytest.mark.parametrize(
    "cells",
    [
        ("Mon 04 May 2026", "Wed 06 May 2026", "Wed 13 May 2026") * 2,
        ("20260504101500", "20260506101500", "20260513101500") * 2,
        ("46146", "46148", "46155", "46157", "46160", "46162"),
        ("4 quux", "6 quux", "13 quux", "15 quux", "18 quux", "20 quux"),
    ],
)
def test_a_day_of_the_booking_that_is_not_read_is_open(cells: tuple[str, ...]) -> None:
    assert "'Posting date'" in problem(table(Posting_date=cells, Seen=SOONER))
    assert problem(table(Posting_text=("a", "b", "c", "d", "e", "7"), Date=SOONER)) == ""


def test_days_without_a_name_are_days() -> None:
    text = table(X=DAYS, Seen=SOONER)
    assert "looks like days" in problem(text.replace("X;", ";", 1))


@pytest.mark.parametrize("year", ["2061", "2071"])
def test_a_year_that_no_statement_has_is_open(year: str) -> None:
    days = tuple(day.replace("2026", year) for day in DAYS)
    assert "is an unlikely day" in problem(table(Day=days))


@pytest.mark.parametrize("typo", ["2026-09-13", "2042-05-13"])
def test_a_day_far_from_its_neighbours_is_open(typo: str) -> None:
    days = (*DAYS[:2], typo, *DAYS[3:])
    assert "against the order" in problem(table(Day=days))
    lines = table(Day=days).splitlines()
    assert problem("\n".join([lines[0], *lines[:0:-1]]) + "\n") != ""
    near = (*DAYS[:2], "2026-05-31", *DAYS[3:])
    assert problem(table(Day=near)) == ""


def test_one_row_does_not_tell_how_days_are_written() -> None:
    days = ("01/02/2026", "02/03/2026", "03/13/2026", "04/05/2026", "05/06/2026", "06/07/2026")
    assert "only line 4 tells" in problem(table(Day=days))
    days = ("01/14/2026", "02/03/2026", "03/13/2026", "04/05/2026", "05/06/2026", "06/07/2026")
    assert problem(table(Day=days)) == ""


def test_few_days_fall_into_order_by_chance() -> None:
    rows = [rest.rpartition(";")[0] for rest in REST]
    head = "Opening balance;500,00\nClosing balance;{}\nDay;Text;Amount\n"
    days = ("05/03/2026", "06/02/2026", "07/01/2026", "08/04/2026", "09/05/2026", "10/06/2026")
    few = [f"{day};{row}\n" for day, row in zip(days[:4], rows[:4], strict=True)]
    assert "the day may be" in problem(head.format("700,60") + "".join(few))
    more = [f"{day};{row}\n" for day, row in zip(days, rows, strict=True)]
    assert problem(head.format("687,35") + "".join(more)) == ""


def test_months_have_polish_names() -> None:
    days = tuple(f"{number} maja 2026" for number in (4, 6, 13, 15, 18, 20))
    assert reading_of(proposed(table(Dnia=days))).conventions.date_formats == ("%d %m %Y",)
