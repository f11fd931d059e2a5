"""What stands around the movements may say something else of them."""

import pytest

from tasks.extract.propose.dates import is_day
from tasks.extract.propose.proposal import Verdict, propose
from tasks.extract.source import Source

HEADER = "Day;Text;Amount;Balance"
ROWS = (
    "04/05/2026;Bakery;-20,00;480,00",
    "06/05/2026;Acme;300,50;780,50",
    "13/05/2026;Taxi;-9,90;770,60",
    "15/05/2026;Market;-70,00;700,60",
    "18/05/2026;Cinema;-11,00;689,60",
)


def problem(*lines: str, end: str = "\n") -> str:
    proposal = propose([Source(0, "a.csv", ("\n".join(lines) + end).encode())])
    return "" if proposal.verdict == Verdict.PROVEN else proposal.problem


@pytest.mark.parametrize(
    "line",
    [
        "03/05/2026;Kiosk;-5,00",
        "3 May 2026;Kiosk;;5.00 DR;",
        "2026-05-03,Kiosk,-5.00",
        '"03/05/2026";"Kiosk";"-5,00"',
        "20260503\tKiosk\t1.234,00\t",
    ],
)
def test_a_block_of_another_table_above_the_header_is_not_left_out(line: str) -> None:
    assert "line 2: it stands above the header" in problem(
        "Other movements", line, "", HEADER, *ROWS
    )


@pytest.mark.parametrize(
    "line",
    [
        *("From;01/05/2026;31/05/2026", "Balance on;03/05/2026;500,00", "Printed 03/05/2026;1;2"),
        "Branch;12;Account;3.456,00",
    ],
)
def test_other_lines_above_the_header_are_none(line: str) -> None:
    assert problem(line, HEADER, *ROWS) == ""


@pytest.mark.parametrize(
    ("opening", "closing"), [("500,01", "689,60"), ("500,00", "689,61"), ("-500,00", "689,60")]
)
def test_balances_that_lines_state_must_be_those_of_the_rows(opening: str, closing: str) -> None:
    assert problem("Opening balance;500,00", "Closing balance;689,60", HEADER, *ROWS) == ""
    lines = (f"Opening balance;{opening}", f"Closing balance;{closing}", HEADER, *ROWS)
    assert "balance than follows from the rows" in problem(*lines)
    assert problem(lines[0], HEADER, *ROWS, lines[1]) != ""


def test_the_number_of_movements_that_a_line_states_must_be_theirs() -> None:
    assert problem("Number of transactions;5", HEADER, *ROWS) == ""
    assert "and 5 are read" in problem("Number of transactions;6", HEADER, *ROWS)


def test_a_quote_may_have_swallowed_a_line() -> None:
    header = "Day;Amount;Balance;Text"
    rows = [f"{day};{rest};{text}" for day, text, rest in (row.split(";", 2) for row in ROWS)]
    assert problem(header, *rows) == ""
    opened = [*rows[:4], rows[4].replace("Cinema", '"Cinema'), '19/05/2026;-1,00;688,60;Kiosk"']
    assert "line 6: a quote may have swallowed" in problem(header, *opened)
    folded = [*rows[:4], rows[4].replace("Cinema", '"Cinema'), 'two; seats"']
    assert problem(header, *folded) == ""


def test_an_end_in_the_middle_of_a_line_is_open() -> None:
    header = "Text;Day;Amount;Balance"
    rows = [f"{text};{day};{rest}" for day, text, rest in (row.split(";", 2) for row in ROWS)]
    assert problem(header, *rows, end="") == ""
    assert problem(header, *rows, "End of the list") == ""
    assert "line 7: the file ends in the middle" in problem(header, *rows, "Kiosk at", end="")


def test_a_line_that_says_when_it_was_made_is_no_movement() -> None:
    assert problem(HEADER, *ROWS, "Generated on 19/05/2026 10:11") == ""
    assert problem(HEADER, *ROWS, "Generated on 19/05/2026: 5,00") != ""


def test_a_row_with_letters_in_every_cell_is_no_header() -> None:
    rows = [
        *("04-May-2026,Bakery,20.00 DR,480.00 CR", "06-May-2026,Acme,300.50 CR,780.50 CR"),
        *("13-May-2026,Taxi,9.90 DR,770.60 CR", "15-May-2026,Market,70.00 DR,700.60 CR"),
    ]
    assert problem("Day,Text,Amount,Balance", *rows) == ""
    assert problem(*rows) != ""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        *(("05-Jan-2026", True), ("2026-01-05 10:11", True), ("20260105", True), ("", False)),
        *(("5 de maio de 2026", True), ("260105", False), ("12.34", False), ("Shop 3", False)),
        ("31/02/2026", False),
    ],
)
def test_a_cell_that_is_wholly_a_day(cell: str, expected: bool) -> None:
    assert is_day(cell) == expected


def test_money_that_is_called_by_another_currency_is_open() -> None:
    lines = [
        f"{line};{cell}" for line, cell in zip((HEADER, *ROWS), ("Ccy", *["USD"] * 5), strict=True)
    ]
    assert problem(*lines) == ""
    lines[0] = "Day;Text;Amount (EUR);Balance (EUR);Ccy"
    assert "the currency may be EUR or USD" in problem(*lines)


def doubled(balance: str) -> list[str]:
    home = ("-18,00;432,00", "270,45;702,45", "-8,91;693,54", "-63,00;630,54", "-9,90;620,64")
    rows = [f"{row};{pair}" for row, pair in zip(ROWS, home, strict=True)]
    return [f"{HEADER};Home;Home balance", *(row.replace(";770,60", balance) for row in rows)]


def test_amounts_that_nearly_follow_leave_it_open() -> None:
    assert "nearly add up, to other amounts" in problem(*doubled(";770,61"))
    single = [line.rsplit(";", 2)[0] for line in doubled(";770,60")]
    assert problem(*single) == ""
