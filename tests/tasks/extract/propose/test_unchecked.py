"""What a row may use that no balance checks: only what checked rows show."""

import pytest

from tasks.extract.propose.proposal import Verdict, propose
from tasks.extract.source import Source

HEADER = "Day;Text;Amount;Balance"
ROWS = (
    "2026-05-04;Bakery;-20,00;480,00",
    "2026-05-06;Acme;300,50;780,50",
    "2026-05-13;Taxi;-9,90;770,60",
    "2026-05-15;Market;-70,00;700,60",
    "2026-05-18;Cinema;-11,00;689,60",
)


def problem(*lines: str) -> str:
    proposal = propose([Source(0, "a.csv", "".join(f"{line}\n" for line in lines).encode())])
    return "" if proposal.verdict == Verdict.PROVEN else proposal.problem


def beside(name: str, *cells: str) -> list[str]:
    """The table with one more column."""
    return [f"{line};{cell}" for line, cell in zip((HEADER, *ROWS), (name, *cells), strict=True)]


def test_a_plain_table_is_proven() -> None:
    assert problem(HEADER, *ROWS) == ""
    assert problem(HEADER, *ROWS[::-1]) == ""


@pytest.mark.parametrize(
    ("first", "says"),
    [
        ("2026-05-04;Bakery;-20;480,00", "letters and decimals"),
        ("2026-05-04;Bakery;-20,0;480,00", "letters and decimals"),
        ("2026-05-04;Bakery;-20,00 EUR;480,00", "letters and decimals"),
        ("2026-05-04;Bakery;-20,00;480,00 EUR", "letters and decimals"),
        ("2026-05-04;Balance b/f;-20,00;480,00", "is it a movement?"),
        ("2026-05-04;Vortrag;-20,00;480,00", "is it a movement?"),
        ("2026-05-04;Payment declined;-20,00;480,00", "is it a movement?"),
        ("2026-05-04;Bounced: rent;-20,00;480,00", "is it booked?"),
        ("2026-05-04;Bounced rent;-20,00;480,00", "is it a movement?"),
        ("2026-05-04;B/F;0,00;480,00", "a movement of nothing, or a balance?"),
        ("2026-05-04;Bakery;480,00;480,00", "the first movement of a new account"),
    ],
)
def test_the_first_row_is_like_others_or_it_is_not_believed(first: str, says: str) -> None:
    for lines in ((first, *ROWS[1:]), (*ROWS[:0:-1], first)):
        assert says in problem(HEADER, *lines)


def test_decimals_and_letters_that_checked_rows_have_are_believed() -> None:
    rows = [line.replace("300,50", "300,5").replace("-70,00", "-70") for line in ROWS]
    assert problem(HEADER, rows[0].replace("-20,00", "-20"), *rows[1:]) == ""
    marked = [line.replace("-9,90", "-9,90 EUR") for line in ROWS]
    assert problem(HEADER, marked[0].replace("-20,00", "-20,00 EUR"), *marked[1:]) == ""


@pytest.mark.parametrize("text", ["Odd", "Something left over", "Opening", "Rent part"])
def test_a_row_without_a_balance_needs_others_of_its_kind(text: str) -> None:
    blank = f"2026-05-04;{text};-5,00;"
    assert "no checked row lacks a balance" in problem(HEADER, blank, *ROWS)
    assert "no checked row lacks a balance" in problem(HEADER, *ROWS[::-1], blank)
    later = ROWS[2].rpartition(";")[0] + ";"
    assert problem(HEADER, blank, *ROWS[:2], later, *ROWS[3:]) == ""


def test_a_first_row_before_the_day_of_the_first_balance_stays_open() -> None:
    assert "no balance checks the row" in problem(HEADER, "2026-05-03;Odd;-5,00;", *ROWS)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("State", ("odd", "ok", "ok", "ok", "ok")),
        ("State", ("", "ok", "ok", "ok", "ok")),
        ("Money", ("US Dollar", "Euro", "Euro", "Euro", "Euro")),
    ],
)
def test_a_state_that_only_the_first_row_has_is_not_known(
    name: str, cells: tuple[str, ...]
) -> None:
    assert f"says the same in column {name!r}" in problem(*beside(name, *cells))
    assert problem(*beside(name, *cells[1:], cells[0])) == ""


def test_a_number_that_only_the_first_row_has_may_be_a_part_of_it() -> None:
    levy = beside("Levy", "0,75", "0,00", "", "0,00", "")
    assert "no balance checks whether 'Levy' is in it" in problem(*levy)
    assert problem(*beside("Levy", "0,00", "0,75", "", "0,00", "")) == ""
    assert problem(*beside("Serial", "1", "2", "3", "4", "5")) == ""


def test_an_opening_balance_that_a_line_states_checks_the_first_row() -> None:
    cut = "2026-05-04;Bakery;-20;480,00"
    assert "decimals" in problem(HEADER, cut, *ROWS[1:])
    assert problem("Opening balance;500,00", HEADER, cut, *ROWS[1:]) == ""
    assert problem(HEADER, ";Carried over;;500,00", cut, *ROWS[1:]) == ""


def test_the_first_day_of_daily_balances_is_checked_by_none() -> None:
    rows = [
        "2026-05-04;Bakery;-20,00;480,00;ok",
        "2026-05-04;Kiosk;-5,00;480,00;{}",
        "2026-05-06;Acme;300,50;780,50;ok",
        "2026-05-13;Taxi;-9,90;700,60;ok",
        "2026-05-13;Market;-70,00;700,60;ok",
        "2026-05-15;Books;-1,00;699,60;ok",
    ]
    text = "\n".join(rows)
    assert problem(f"{HEADER};State", text.format("ok")) == ""
    assert "says the same in column 'State'" in problem(f"{HEADER};State", text.format("odd"))
    fresh = text.format("ok").replace("-20,00", "485,00")
    assert "the first movement of a new account" in problem(f"{HEADER};State", fresh)


def marked(*words: str, name: str = "Kind") -> list[str]:
    rows = zip(ROWS, words, strict=True)
    return [f"{HEADER};{name}", *(f"{row.replace(';-', ';')};{word}" for row, word in rows)]


def test_marks_that_no_word_tells_prove_nothing_of_the_first_row() -> None:
    """A channel, or a text that happens to part what comes from what goes, is no mark."""
    assert "no word tells what" in problem(*marked("Web", "App", "Web", "Web", "Web"))
    assert problem(*marked("Dr", "Cr", "Dr", "Dr", "Dr")) == ""
    assert problem(*marked("Dr", "X", "Dr", "Dr", "Dr")) == ""
    assert problem(*marked("X", "Cr", "X", "X", "X")) != ""
    assert problem("Opening balance;500,00", *marked("Web", "App", "Web", "Web", "Web")) == ""


def test_a_mark_that_only_the_first_row_has_may_mean_either() -> None:
    assert problem(*marked("Debit 2", "Cr", "Debit", "Debit", "Debit")) != ""
    assert problem(*marked("Debit", "Cr", "Debit 2", "Debit", "Debit")) == ""


def test_a_side_that_only_the_first_row_fills_is_not_known() -> None:
    rows = [
        "2026-05-04;Bakery;20,00;;480,00",
        "2026-05-06;Acme;;300,50;780,50",
        "2026-05-13;Taxi;9,90;;770,60",
        "2026-05-15;Market;70,00;;700,60",
        "2026-05-18;Cinema;11,00;;689,60",
    ]
    header = "Day;Text;Debit;Credit;Balance"
    assert problem(header, *rows) == ""
    minus = [rows[0].replace("20,00;;", "-20,00;;"), *rows[1:]]
    credit = [rows[1], *rows[2:]]
    for lines in (minus, credit):
        proposal = propose([Source(0, "a.csv", "\n".join([header, *lines, ""]).encode())])
        assert proposal.verdict != Verdict.PROVEN
        doubts = [doubt for reading in proposal.readings for doubt in reading.doubts]
        assert any("fills 'Credit' and 'Debit' in its way" in doubt for doubt in doubts)


@pytest.mark.parametrize(
    ("marks", "is_proven"),
    [
        (("Dr", "Cr", "Dr", "Dr", "Dr"), True),
        (("Web", "App", "Web", "Web", "Web"), False),
        (("Dr", "App", "Dr", "Dr", "Dr"), True),
        (("Dr", "Cr", "Fee", "Dr", "Dr"), False),
    ],
)
def test_one_sum_proves_no_marks_that_no_word_tells(
    marks: tuple[str, ...], is_proven: bool
) -> None:
    rows = [";".join(row.replace(";-", ";").split(";")[:3]) for row in ROWS]
    lines = [f"{row};{mark}" for row, mark in zip(rows, marks, strict=True)]
    around = ("Opening balance;500,00", "Closing balance;689,60", "Day;Text;Amount;Kind")
    assert (problem(*around, *lines) == "") == is_proven


def test_one_sum_proves_no_columns_that_no_word_tells() -> None:
    rows = [
        "2026-05-04;Bakery;20,00;",
        "2026-05-06;Acme;;300,50",
        "2026-05-13;Taxi;9,90;",
        "2026-05-15;Market;81,00;",
    ]
    around = ("Opening balance;500,00", "Closing balance;689,60")
    assert problem(*around, "Day;Text;Debit;Credit", *rows) == ""
    assert "which of the columns" in problem(*around, "Day;Text;K1;K2", *rows)


@pytest.mark.parametrize("text", ["Salary", "Acme"])
def test_one_sum_turns_no_signs_without_a_word(text: str) -> None:
    rows = [
        *("2026-05-04;Bakery;20,00", f"2026-05-06;{text};-300,50", "2026-05-13;Taxi;9,90"),
        *("2026-05-15;Market;70,00", "2026-05-18;Cinema;11,00"),
    ]
    lines = ("Opening balance;500,00", "Closing balance;689,60", "Day;Text;Amount", *rows)
    assert (problem(*lines) == "") == (text == "Salary")
