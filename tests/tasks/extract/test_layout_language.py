"""What a layout can say about a bank's table, and what comes of its rows when it says so."""

import polars as pl
import pytest

from schemas.bank import BankLayout
from schemas.errors import MalformedFile
from tasks.extract import profiles
from tasks.extract.grid import Rows, Sheet, grid_schema, interpret
from tasks.extract.typed import type_records, type_statements

COLUMNS = {"booked_on": "Day", "amount": "Sum", "description": ["Text"]}
RULE = {"date_formats": ["%d/%m/%Y"], "decimal_mark": "."}


def layout(header: str, **parts: dict[str, object]) -> BankLayout:
    table = {"encodings": ["utf-8"], "delimiter": ";", "headers": [header]}
    return BankLayout.model_validate(
        {
            "name": "xx_language",
            "bank": "Language",
            "title": "Language",
            "country": "DE",
            "valid_from": "2020-01-01",
            "account": {"kind": "bank", "currency": "EUR"} | parts.get("account", {}),
            "table": table | parts.get("table", {}),
            "columns": COLUMNS | parts.get("columns", {}),
            "conventions": RULE | parts.get("conventions", {}),
            "rows": parts.get("rows", {}),
            "preamble": parts.get("preamble", ()),
        }
    )


def read(known: BankLayout, *lines: str, above: tuple[str, ...] = ()) -> Rows:
    header = known.headers[0]
    cut = [(0, no, line, False, *line.split(";")) for no, line in enumerate(lines, start=2)]
    grid = pl.DataFrame(cut, schema=grid_schema(len(header)), orient="row")
    return interpret(grid, header, [Sheet(0, "a.csv", "a.csv", above)], known)


STATES = {"booked": "^done", "pending": "^wait", "void": "^refused"}


def test_status_tells_pending_rows_and_rows_that_never_moved_money():
    known = layout("Day;Sum;Text;State", columns={"status": "State"}, rows=STATES)
    rows = read(known, "d;1;a;done", "d;2;b;wait", "d;3;c;refused")
    assert rows.records.select("description", "is_pending").rows() == [("a", False), ("b", True)]
    assert rows.markers == {0: 1}
    assert rows.findings.is_empty()


def test_a_row_with_a_status_that_the_layout_does_not_know_is_set_aside():
    columns = {"status": "State", "currency": "Cur"}
    known = layout("Day;Sum;Text;Cur;State", columns=columns, rows=STATES)
    rows = read(known, "d;1;a;EUR;done", "d;2;b;USD;in review", "d;3;c;EUR;")
    assert rows.records["description"].to_list() == ["a"]
    found = rows.findings.select("statement_no", "record_no", "place", "code", "is_set_aside")
    assert found.rows() == [
        (2, 2, "line 3", "status_unknown", True),
        (1, 3, "line 4", "status_unknown", True),
    ]


def test_a_header_without_the_status_has_booked_rows_alone():
    table = {"headers": ["Day;Sum;Text", "Day;Sum;Text;State"]}
    known = layout("", table=table, columns={"status": "State"}, rows=STATES)
    rows = read(known, "d;1;a")
    assert rows.records.select("description", "is_pending").rows() == [("a", False)]


def test_day_of_a_pending_row_comes_from_another_column():
    known = layout("Day;Else;Sum;Text", columns={"booked_else": "Else"})
    rows = read(known, "1;8;5;a", " ;9;5;b")
    assert rows.records["booked_text"].to_list() == ["1", "9"]


def test_credits_may_have_a_minus_that_says_nothing():
    columns = {"credit": "In", "debit": "Out", "amount": None}
    rule = {"sign": "columns", "has_negative_credits": True}
    known = layout("Day;In;Out;Text", columns=columns, conventions=rule)
    reading, rule = read(known, "01/03/2026;-5.00;;a", "02/03/2026;6.00;;b"), known.convention
    typed = type_records(reading.records, type_statements(reading.statements, rule), rule)
    assert typed.records["amount"].to_list() == [5, 6]


@pytest.mark.parametrize(
    ("amount", "fee", "moved"),
    [("-10.00", "0.50", "-10.5"), ("10.00", "0.50", "9.5"), ("10.00", "0.00", "10.00")],
)
def test_fee_is_taken_beside_the_amount(amount, fee, moved):
    known = layout("Day;Sum;Fee;Text", columns={"fee": "Fee"})
    assert read(known, f"1;{amount};{fee};a").records["amount_text"].to_list() == [moved]


@pytest.mark.parametrize(
    ("amount", "fee", "moved"),
    [
        ("-10.00", "-0.50", "-10.5"),
        ("10.00", "-0.50", "9.5"),
        ("", "-0.50", "-0.5"),
        ("10.00", "", "10.00"),
        ("x", "-0.50", "x"),
        ("10.00", "n/a", "10.00 with fee n/a"),
    ],
)
def test_fee_may_have_the_sign_of_a_movement(amount, fee, moved):
    known = layout("Day;Sum;Fee;Text", columns={"fee": "Fee"}, conventions={"is_fee_signed": True})
    assert read(known, f"1;{amount};{fee};a").records["amount_text"].to_list() == [moved]


@pytest.mark.parametrize(
    ("line", "credit", "debit"),
    [
        ("10.00;;0.50", "9.5", None),
        (";10.00;0.50", None, "10.5"),
        (";-10.00;0.50", None, "10.5"),
        (";;0.50", None, "0.5"),
        (";;-0.50", "0.5", None),
        ("0.20;0.00;0.50", None, "0.3"),
        ("10.00;;0.00", "10.00", ""),
        ("10.00;2.00;0.50", "10.00", "2.00"),
        ("x;;0.50", "x", ""),
        ("10.00;;n/a", "10.00 with fee n/a", " with fee n/a"),
    ],
)
def test_fee_beside_two_columns(line, credit, debit):
    known = layout(
        "Day;In;Out;Fee;Text",
        columns={"amount": None, "credit": "In", "debit": "Out", "fee": "Fee"},
        conventions={"sign": "columns"},
    )
    records = read(known, f"1;{line};a").records
    assert records.select("credit_text", "debit_text").row(0) == (credit, debit)


@pytest.mark.parametrize("sign", ["marked", "suffixed"])
def test_fee_needs_amounts_with_a_sign(sign):
    mark = {"mark": "Mark"} if sign == "marked" else {}
    with pytest.raises(ValueError, match="has no fee"):
        layout("Day;Sum;Mark;Fee;Text", columns={"fee": "Fee"} | mark, conventions={"sign": sign})


def test_balance_before_the_row_becomes_that_after_it():
    known = layout(
        "Day;Sum;Was;Text", columns={"balance_before": "Was"}, conventions={"decimal_mark": ","}
    )
    assert read(known, "1;-2,20;154,21;a").records["balance_text"].to_list() == ["152,01"]


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (["13/02/2025", "01/02/2025"], ["2025-02-13", "2025-02-01"]),
        (["02/13/2025", "02/01/2025"], ["2025-02-13", "2025-02-01"]),
        (["01/12/2025", "02/10/2025", "03/11/2025"], ["2025-01-12", "2025-02-10", "2025-03-11"]),
        (["05/05/2025"], ["2025-05-05"]),
        (["13/02/2025", "soon"], ["2025-02-13", "soon"]),
        (["01/02/2025", "03/02/2025"], None),
        (["10/02/2018"], None),
    ],
)
def test_each_file_proves_whether_day_or_month_stands_first(days, found):
    known = layout(
        "Day;Sum;Text",
        conventions={"date_formats": ["%m/%d/%Y", "%d/%m/%Y"], "has_one_date_format": True},
    )
    rows = read(known, *(f"{day};1;a" for day in days))
    if found is None:
        assert isinstance(rows.errors[0], MalformedFile)
        assert rows.records.is_empty()
    else:
        assert rows.records["booked_text"].to_list() == found
        assert known.convention.date_formats[0] == "%Y-%m-%d"


def test_day_of_a_balance_row_helps_to_prove_the_order():
    known = layout(
        "Day;Sum;Text",
        conventions={"date_formats": ["%m/%d/%Y", "%d/%m/%Y"], "has_one_date_format": True},
        rows={"markers": [{"pattern": "^Closing", "states": "closing"}]},
    )
    rows = read(known, "01/02/2025;1;a", "03/02/2025;1;b", "28/02/2025;9;Closing")
    assert rows.records["booked_text"].to_list() == ["2025-02-01", "2025-02-03"]


@pytest.mark.parametrize(
    ("lines", "is_proven"),
    [
        (["1/2/2025;5;a;15", "2/2/2025;-5;b;10"], True),
        (["2/2/2025;-5;b;10", "1/2/2025;5;a;15"], True),
        (["1/2/2025;5;a;15", "2/2/2025;5;b;10"], False),
        (["1/2/2025;5;a;15", "2/2/2025;-5;b;"], False),
        (["1/2/2025;5;a;15", "1/2/2025;5;b;10"], False),
        (["1/2/2025;5;a;15"], False),
        ([], True),
    ],
)
def test_header_that_anybody_uses_needs_balances_that_prove_it(lines, is_proven):
    known = layout(
        "Day;Sum;Text;Balance", columns={"balance": "Balance"}, table={"needs_proof": True}
    )
    rows = read(known, *lines)
    assert (0 not in rows.errors) == is_proven
    assert rows.records.height == (len(lines) if is_proven else 0)


@pytest.mark.parametrize(
    ("name", "text", "is_proven"),
    [
        ("a.csv", "Bakery", True),
        ("a.csv", "Purchase", False),
        ("a.csv", "Payment - thank you", True),
        ("visa card.csv", "Bakery", False),
        ("visa card.csv", "Refund", True),
    ],
)
def test_words_may_object_to_balances_that_prove_it(name, text, is_proven):
    known = layout(
        "Day;Sum;Text;Balance", columns={"balance": "Balance"}, table={"needs_proof": True}
    )
    cut = [
        (0, 2, "x", False, "1/2/2025", "5", text, "15"),
        (0, 3, "x", False, "2/2/2025", "-3", "b", "12"),
    ]
    grid = pl.DataFrame(cut, schema=grid_schema(4), orient="row")
    rows = interpret(grid, known.headers[0], [Sheet(0, name, name, ())], known)
    assert (0 not in rows.errors) == is_proven


def test_row_without_day_and_money_continues_the_text_above():
    known = layout("Day;Sum;Text", rows={"has_continuations": True})
    rows = read(known, ";;lost", "1;5;a", ";; more ", ";;and more", "2;6;b")
    assert rows.records["description"].to_list() == ["lost", "a more and more", "b"]
    assert rows.records["raw_text"][1] == "1;5;a\n;; more \n;;and more"
    assert rows.markers == {0: 2}


@pytest.mark.parametrize(
    ("lines", "opening", "closing"),
    [
        (["1/3/2025;5;a;15", "2/3/2025;-5;b;9", "2/3/2025;-1;c;9"], "10", "9"),
        (["2/3/2025;-5;b;9", "1/3/2025;5;a;15", "2/3/2025;-1;c;9"], "10", "9"),
        (["1/3/2025;5;a;15", "1/3/2025;-5;b;15"], None, "15"),
        (["1/3/2025;5;a;15", "2/3/2025;x;b;9"], None, None),
        ([], None, None),
    ],
)
def test_balance_of_the_day_opens_and_closes_the_statement(lines, opening, closing):
    known = layout("Day;Sum;Text;End", columns={"day_balance": "End"})
    rows = read(known, *lines)
    assert rows.statements.select("opening_text", "closing_text").rows() == [(opening, closing)]
    assert rows.records["balance_text"].null_count() == len(lines)


@pytest.mark.parametrize(
    ("printed", "found"),
    [("09/06", "9/6/2026"), ("10/06", "10/6/2025"), ("28/12", "28/12/2025"), ("x", "x")],
)
def test_day_without_year_is_the_last_one_before_the_export(printed, found):
    known = layout(
        "Day;Sum;Text",
        conventions={"has_no_year": True},
        preamble=["^Made (?P<stated>.*)"],
    )
    rows = read(known, f"{printed};1;a", above=("Made 09/06/2026",))
    assert rows.records["booked_text"].to_list() == [found]
    assert read(known, f"{printed};1;a").records["booked_text"].to_list() == [printed]


def test_month_as_a_word_and_time_behind_the_day():
    months = ["jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"]
    known = layout(
        "Day;Sum;Text", conventions={"month_names": months, "date_part": r"^(\S+) \d+:\d+$"}
    )
    rows = read(known, "12-Dez-2025 10:30;1;a", "3-abr-2025;1;b", "Pendente;1;c")
    assert rows.records["booked_text"].to_list() == ["12-12-2025", "3-04-2025", "Pendente"]


def test_mark_behind_the_amount():
    known = layout(
        "Day;Sum;Text",
        conventions={"sign": "suffixed", "debit_marks": ["", "DR"], "credit_marks": ["CR"]},
    )
    rows = read(known, "1;5.00CR;a", "1;6.00 DR;b", "1;7.00;c")
    assert rows.records["amount_text"].to_list() == ["5.00", "6.00", "7.00"]
    assert rows.records["mark_text"].to_list() == ["CR", "DR", ""]
    assert known.convention.sign == "marked"


def test_mark_before_the_amount():
    known = layout(
        "Day;Sum;Text",
        conventions={"sign": "suffixed", "debit_marks": ["DR"], "credit_marks": ["CR"]},
    )
    cells = ["Cr 5.00", "DR.6.00", "7.00 dr.", "USD 8.00", "CR$ 9.00", "DR $ 1.00"]
    records = read(known, *(f"1;{cell};a" for cell in cells)).records
    found = zip(records["mark_text"], records["amount_text"].str.strip_chars(), strict=True)
    assert list(found) == [
        ("Cr", "5.00"),
        ("DR", "6.00"),
        ("dr", "7.00"),
        ("", "USD 8.00"),
        ("", "CR$ 9.00"),
        ("DR", "$ 1.00"),
    ]


def test_debt_of_a_card_is_a_negative_balance():
    known = layout(
        "Day;Sum;Text",
        conventions={"sign": "inverted"},
        rows={
            "markers": [
                {"pattern": "^Before", "states": "opening"},
                {"line": "^Total", "states": "closing"},
            ]
        },
    )
    rows = read(known, "1;10.00;Before", "2;5.00;a", "Total;-15.00;")
    assert rows.statements.select("opening_text", "closing_text").rows() == [("-10.00", "15.00")]


def test_balance_row_is_signed_by_its_mark():
    known = layout(
        "Day;Sum;Mark;Text",
        columns={"mark": "Mark"},
        conventions={"sign": "marked"},
        rows={"markers": [{"pattern": "^Before", "states": "opening"}]},
    )
    rows = read(known, "1;10.00;D;Before", "2;5.00;C;a")
    assert rows.statements["opening_text"].to_list() == ["-10.00"]


def test_row_without_account_belongs_to_the_only_one_of_its_file():
    known = layout("Day;Sum;Text;No", account={"column": "No"})
    rows = read(known, "1;1;a;77", "1;2;b;")
    assert rows.statements["account_text"].to_list() == ["77"]
    several = read(known, "1;1;a;77", "1;2;b;", "1;3;c;78")
    assert several.statements["account_text"].to_list() == ["77", None, "78"]


def test_code_of_a_currency_is_translated():
    known = layout(
        "Day;Sum;Text;Cur",
        columns={"currency": "Cur"},
        conventions={"currency_names": {"RUR": "RUB"}},
    )
    rows = read(known, "1;1;a;RUR")
    assert rows.records["currency_text"].to_list() == ["RUB"]
    assert rows.statements["currency_text"].to_list() == ["RUB"]


def test_an_export_below_the_end_of_another_is_not_lost():
    known = layout(
        "Day;Sum;Text", rows={"stop": "^the end"}, preamble=[r"^account (?P<account>\d+)"]
    )
    again = ("d;1;a", "the end;;", "account 7;;", "Day;Sum;Text", "d;2;b")
    error = read(known, *again, above=("account 7;;",)).errors[0]
    assert error.where == "a.csv: line 4"
    assert "another export begins" in error.problem
    assert read(known, "d;1;a", "the end;;", "d;2;b", above=("account 7;;",)).errors == {}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"rows": {"pending": "x"}}, "need each other"),
        ({"rows": {"pending": "x"}, "columns": {"status": "Sum"}}, "need each other"),
        ({"rows": {"booked": "x"}}, "need each other"),
        ({"conventions": {"month_names": ["jan"]}}, "twelve names"),
        ({"conventions": {"date_part": "x"}}, "exactly one group"),
        ({"rows": {"markers": [{"states": "opening"}]}}, "either pattern or line"),
        ({"table": {"headers": []}}, "needs a header"),
        ({"table": {"headers": ["Day;Sum;Text", "Day;Sum;Text;"]}}, "two headers are the same"),
    ],
)
def test_layout_that_contradicts_itself_is_refused(parts, message):
    with pytest.raises(ValueError, match=message):
        layout("Day;Sum;Text", **parts)


def test_rows_of_a_table_without_header_belong_to_one_layout():
    assert profiles.with_rows(["01/03/2025;PIX;-1,00", "", "02/03/2025;TED;1.000,00"]) == [
        "br_itau_conta_txt"
    ]
    assert profiles.with_rows(["01/03/2025;PIX;-1,00", "a total"]) == []
    assert profiles.with_rows([]) == []
