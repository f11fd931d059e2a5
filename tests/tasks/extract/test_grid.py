"""A grid becomes records, statements and findings, whatever format it was cut from."""

import polars as pl
import pytest

from schemas.bank import BankLayout
from schemas.errors import MalformedFile
from tasks.extract.grid import Sheet, grid_schema, interpret

HEADER = ("Day", "Text", "More", "In", "Out", "Account", "Currency")
LAYOUT = {
    "name": "xx_columns",
    "bank": "Columns",
    "title": "Columns",
    "country": "DE",
    "valid_from": "2020-01-01",
    "preamble": [
        r"^Period (?P<starts>\S+) (?P<ends>\S+)",
        "^No (?P<account>.*)",
        "^Was (?P<opening>.*)",
    ],
    "account": {"kind": "bank", "currency": "EUR"},
    "table": {"encodings": ["utf-8"], "delimiter": ";", "headers": [";".join(HEADER)]},
    "columns": {
        "booked_on": "Day",
        "credit": "In",
        "debit": "Out",
        "description": ["Text", "More"],
    },
    "conventions": {"date_formats": ["%Y"], "decimal_mark": ",", "sign": "columns"},
    "rows": {"footers": ["^Total"], "markers": [{"pattern": "^Closing", "states": "closing"}]},
}


def layout(**changes: object) -> BankLayout:
    return BankLayout.model_validate(LAYOUT | changes)


def grid(*rows: tuple[int, int, str] | tuple[int, int, None, str]) -> pl.DataFrame:
    """Rows of file, line and cells; no cells, but the text, in a broken row."""
    cut = []
    for file_no, line_no, cells, *raw in rows:
        broken = cells is None
        values = [None] * len(HEADER) if broken else cells.split(";")
        cut.append((file_no, line_no, raw[0] if broken else cells, broken, *values))
    return pl.DataFrame(cut, schema=grid_schema(len(HEADER)), orient="row")


SHEET = Sheet(0, "a.csv", "a.csv", ("No 12 ", "Period 1 2", "Period 3 4", "Was 5"))


def test_credit_and_debit_columns_and_a_description_of_two():
    rows = interpret(grid((0, 4, "d;a;b;1;;;"), (0, 5, "d;;b;;2;;")), HEADER, [SHEET], layout())
    wanted = rows.records.select("place", "credit_text", "debit_text", "amount_text", "description")
    assert wanted.rows() == [("line 4", "1", "", None, "a b"), ("line 5", "", "2", None, "b")]


@pytest.mark.parametrize("line_no", [1, 2, 131_071, 131_072, 500_000])
def test_place_is_the_line_however_far_down(line_no):
    rows = interpret(grid((0, line_no, "d;a;b;1;;;")), HEADER, [SHEET], layout())
    assert rows.records["place"].to_list() == [f"line {line_no}"]


def test_first_line_of_the_preamble_that_states_something_counts():
    (row,) = interpret(grid(), HEADER, [SHEET], layout()).statements.iter_rows(named=True)
    assert (row["account_text"], row["starts_text"], row["ends_text"]) == ("12", "1", "2")
    assert row["opening_text"] == "5"


def test_one_statement_an_account_and_currency():
    columns = LAYOUT["columns"] | {"currency": "Currency"}
    account = LAYOUT["account"] | {"column": "Account"}
    sheets = [SHEET, Sheet(1, "b.csv", "b.csv", ())]
    cut = grid(
        (0, 4, "d;a;;1;;A;EUR"),
        (0, 5, "d;a;;1;;A;USD"),
        (0, 6, "d;a;;1;;;"),
        (0, 7, "d;a;;1;; A ;EUR"),
        (1, 2, "d;a;;1;;A;EUR"),
    )
    rows = interpret(cut, HEADER, sheets, layout(columns=columns, account=account))
    assert rows.records["statement_no"].to_list() == [1, 2, 3, 1, 1]
    assert rows.records["record_no"].to_list() == [1, 2, 3, 4, 1]
    named = rows.statements.select("file_no", "statement_no", "account_text", "currency_text")
    assert named.rows() == [
        (0, 1, "A", "EUR"),
        (0, 2, "A", "USD"),
        (0, 3, "12", "EUR"),
        (1, 1, "A", "EUR"),
    ]
    assert rows.statements["opening_text"].to_list() == [None] * 4


def test_footers_and_markers_are_no_movements():
    cut = grid((0, 4, "d;a;;1;;;"), (0, 5, ";Closing;;9;;;"), (0, 6, None, "Total 1"))
    rows = interpret(cut, HEADER, [SHEET], layout())
    assert rows.records.height == 1
    assert rows.findings.is_empty()
    assert rows.markers == {0: 2}


@pytest.mark.parametrize(("whole", "is_refused"), [(0, True), (1, True), (2, True), (3, False)])
def test_file_is_refused_from_half_broken_rows_on(whole, is_refused):
    good = [(0, 10 + number, "d;a;;1;;;") for number in range(whole)]
    cut = grid((0, 5, None, "x"), (0, 6, None, "y"), *good)
    rows = interpret(cut, HEADER, [SHEET], layout())
    assert rows.findings.height == (0 if is_refused else 2)
    assert rows.records.height == (0 if is_refused else whole)
    assert isinstance(rows.errors.get(0), MalformedFile) == is_refused
