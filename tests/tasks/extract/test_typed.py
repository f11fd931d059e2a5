"""Typing: what banks print, and the exact value or the finding that it earns."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.findings import Code
from schemas.statement import STATEMENT, STATEMENT_TEXT, Convention
from schemas.transactions import DETAIL_TEXT, RECORD, TYPED
from tasks.extract import printed
from tasks.extract.printed import amount_of, balance_of, date_of
from tasks.extract.source import frame
from tasks.extract.typed import Typed, type_details, type_records, type_statements, unread

BRAZIL = Convention(
    ("%d/%m/%Y",), decimal_mark=",", group_mark=".", currency_signs=("R$",), sign="signed"
)
PLAIN = Convention(("%Y-%m-%d",))
OFX = Convention(("%Y%m%d",), decimal_mark="either")


def amount(text: str, rule: Convention) -> Decimal | None:
    return pl.DataFrame({"a": [text]}).select(amount_of("a", rule)).item()


def day(text: str, *formats: str) -> date | None:
    return pl.DataFrame({"a": [text]}).select(date_of("a", Convention(formats))).item()


def typed(rule: Convention, currency: str | None = "BRL", **cells: list[object]) -> Typed:
    height = len(next(iter(cells.values())))
    columns = {
        "file_no": [0] * height,
        "statement_no": [1] * height,
        "record_no": list(range(1, height + 1)),
        "place": [f"line {n}" for n in range(1, height + 1)],
        "raw_text": ["raw"] * height,
    }
    statement = {"file_no": [0], "statement_no": [1], "currency": [currency]}
    return type_records(frame(columns | cells, RECORD), frame(statement, STATEMENT), rule)


@pytest.mark.parametrize(
    ("text", "rule", "value"),
    [
        ("1.234,56", BRAZIL, "1234.56"),
        ("R$ 0,04", BRAZIL, "0.04"),
        ("-R$ 2.710,53", BRAZIL, "-2710.53"),
        ("R$\u00a0-7,00", BRAZIL, "-7"),
        ("\u22127,00", BRAZIL, "-7"),
        ("(10,00)", BRAZIL, "-10"),
        ("1.234,56-", BRAZIL, "-1234.56"),
        ("+5,00", BRAZIL, "5"),
        ("-0,00", BRAZIL, "0"),
        ("1234,5", BRAZIL, "1234.5"),
        ("12.34,00", BRAZIL, None),
        ("1.234.56", BRAZIL, None),
        ("42.99", BRAZIL, None),
        ("1e3", BRAZIL, None),
        ("\u0661\u0662,\u0663\u0664", BRAZIL, None),
        ("\u0661\u0662", PLAIN, None),
        ("NaN", BRAZIL, None),
        ("0x10", BRAZIL, None),
        ("--5,00", BRAZIL, None),
        ("", BRAZIL, None),
        ("-110.7", PLAIN, "-110.7"),
        (".5", PLAIN, "0.5"),
        ("5.", PLAIN, "5"),
        ("1,234.00", PLAIN, None),
        ("2607.1664944585727", PLAIN, "2607.1664944585727"),
        ("9" * 22, PLAIN, "9" * 22),
        ("9" * 23, PLAIN, None),
        ("0.12345678901234567", PLAIN, None),
        ("            -12.80", OFX, "-12.80"),
        ("           -200,00", OFX, "-200"),
        ("1.234,56", OFX, "1234.56"),
        ("1,234.56", OFX, "1234.56"),
        ("1,234,567", OFX, "1234567"),
        ("1.234.567", OFX, "1234567"),
        ("12,34,56", OFX, None),
        ("            .  ", OFX, None),
    ],
)
def test_an_amount_is_exact_or_nothing(text: str, rule: Convention, value: str | None) -> None:
    assert amount(text, rule) == (Decimal(value) if value is not None else None)


@given(
    st.lists(st.one_of(st.none(), st.text("0123456789.,-+ ()R$", max_size=12)), max_size=8),
    st.sampled_from([BRAZIL, PLAIN, OFX]),
)
def test_the_quick_way_reads_what_the_close_look_reads(
    texts: list[str | None], rule: Convention
) -> None:
    cells = pl.Series(texts, dtype=pl.String)
    assert printed._amounts(cells, rule).to_list() == printed._closely(cells, rule).to_list()


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2))
def test_a_printed_amount_comes_back(value: Decimal) -> None:
    brazilian = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert amount(brazilian, BRAZIL) == value
    assert amount(f"{value:.2f}", OFX) == value


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("05/03/2025", ("%d/%m/%Y",), date(2025, 3, 5)),
        ("5/3/2025", ("%d/%m/%Y",), date(2025, 3, 5)),
        ("05/03/25", ("%d/%m/%Y",), None),
        ("05/03/25", ("%d/%m/%Y", "%d/%m/%y"), date(2025, 3, 5)),
        ("31/02/2025", ("%d/%m/%Y",), None),
        ("29/02/2024", ("%d/%m/%Y",), date(2024, 2, 29)),
        ("20250310", ("%Y%m%d",), date(2025, 3, 10)),
        ("2025310", ("%Y%m%d",), None),
        ("01/01/0001", ("%d/%m/%Y",), None),
        ("31/12/9999", ("%d/%m/%Y",), None),
        ("3/18/2016", ("%m/%d/%Y",), date(2016, 3, 18)),
    ],
)
def test_a_date_is_the_day_as_printed_or_nothing(
    text: str, formats: tuple[str, ...], expected: date | None
) -> None:
    assert day(text, *formats) == expected


@given(st.lists(st.sampled_from([None, "", "05/03/2025", "06/03/2025", "31/02/2025"])))
def test_a_day_is_the_same_whatever_stands_around_it(texts: list[str | None]) -> None:
    days = pl.DataFrame({"a": texts}, schema={"a": pl.String}).select(date_of("a", BRAZIL))
    alone = [None if text is None else day(text, "%d/%m/%Y") for text in texts]
    assert days["a"].to_list() == alone


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"amount_text": ["1.00"]}, Code.DATE_MISSING),
        ({"booked_text": ["00000000"], "amount_text": ["1.00"]}, Code.DATE_MISSING),
        ({"booked_text": ["20250231"], "amount_text": ["1.00"]}, Code.DATE_UNREADABLE),
        (
            {"booked_text": ["20250201"], "valued_text": ["2025"], "amount_text": ["1.00"]},
            Code.DATE_UNREADABLE,
        ),
        ({"booked_text": ["20250201"]}, Code.AMOUNT_MISSING),
        ({"booked_text": ["20250201"], "amount_text": ["  "]}, Code.AMOUNT_MISSING),
        ({"booked_text": ["20250201"], "amount_text": [". "]}, Code.AMOUNT_UNREADABLE),
        ({"booked_text": ["20250201"], "amount_text": ["1,234"]}, Code.AMOUNT_AMBIGUOUS),
        (
            {"booked_text": ["20250201"], "amount_text": ["1"], "currency_text": ["reais"]},
            Code.CURRENCY_UNREADABLE,
        ),
        (
            {"booked_text": ["20250201"], "amount_text": ["1"], "balance_text": ["?"]},
            Code.BALANCE_UNREADABLE,
        ),
    ],
)
def test_a_cell_with_text_but_no_value_is_a_finding(
    cells: dict[str, list[object]], code: Code
) -> None:
    outcome = typed(OFX, **cells)
    assert outcome.records.is_empty()
    finding = outcome.findings.row(0, named=True)
    assert (finding["code"], finding["place"], finding["is_set_aside"]) == (code, "line 1", True)
    assert finding["message"]
    assert finding["remedy"]


@pytest.mark.parametrize(
    ("sign", "cells", "value"),
    [
        ("signed", {"amount_text": ["-5.00"]}, "-5"),
        ("inverted", {"amount_text": ["5.00"]}, "-5"),
        ("columns", {"credit_text": [""], "debit_text": ["5.00"]}, "-5"),
        ("columns", {"credit_text": [""], "debit_text": ["-5.00"]}, "-5"),
        ("columns", {"credit_text": ["5.00"], "debit_text": ["0.00"]}, "5"),
        ("columns", {"credit_text": ["0.00"], "debit_text": [""]}, "0"),
        ("columns", {"credit_text": ["5.00"], "debit_text": ["5.00"]}, None),
        ("marked", {"amount_text": ["5.00"], "mark_text": ["d"]}, "-5"),
        ("marked", {"amount_text": ["5.00"], "mark_text": ["C"]}, "5"),
        ("marked", {"amount_text": ["5.00"], "mark_text": ["?"]}, None),
    ],
)
def test_plus_is_into_the_account_whatever_the_bank_says(
    sign: str, cells: dict[str, list[object]], value: str | None
) -> None:
    outcome = typed(Convention(("%Y%m%d",), sign=sign), booked_text=["20250201"], **cells)
    amounts = outcome.records.get_column("amount").to_list()
    assert amounts == ([Decimal(value)] if value else [])
    assert outcome.records.height + outcome.findings.height == 1


def test_a_currency_comes_from_the_record_the_statement_or_is_none() -> None:
    cells = {"booked_text": ["20250201"] * 2, "amount_text": ["1"] * 2}
    named = typed(OFX, currency_text=["usd", None], **cells).records
    assert named.get_column("currency").to_list() == ["USD", "BRL"]
    silent = typed(OFX, currency=None, **cells).records
    assert silent.get_column("currency").to_list() == ["XXX", "XXX"]


def test_rows_keep_their_order_and_shape() -> None:
    cells = {"booked_text": ["20250203", "x", "20250201"], "amount_text": ["3", "2", "1"]}
    outcome = typed(OFX, **cells)
    assert outcome.records.schema == TYPED
    assert outcome.records.get_column("record_no").to_list() == [1, 3]


@pytest.mark.parametrize(
    ("bank", "branch", "account", "institution", "ref"),
    [
        ("0341", None, "0001234-5", "itau", "12345"),
        ("341", None, "1234.5", "itau", "12345"),
        ("0260", "0001", "000987-6", "nubank", "1/9876"),
        ("NU PAGAMENTOS S.A.", None, "x", "nubank", "X"),
        ("Some Bank", None, None, "some bank", None),
        (None, None, "000", None, "0"),
    ],
)
def test_an_account_has_one_name_whatever_its_zeros_and_dashes(
    bank: str | None, branch: str | None, account: str | None, institution: str, ref: str
) -> None:
    text = frame(
        {
            "file_no": [0],
            "statement_no": [1],
            "institution_text": [bank],
            "branch_text": [branch],
            "account_text": [account],
        },
        STATEMENT_TEXT,
    )
    row = type_statements(text, OFX).row(0, named=True)
    assert (row["institution"], row["account_ref"]) == (institution, ref)


def test_an_original_amount_that_cannot_be_read_is_a_remark_and_the_record_stays() -> None:
    got = typed(
        BRAZIL,
        booked_text=["01/03/2025", "02/03/2025"],
        amount_text=["-5,00", "-6,00"],
        original_amount_text=["1,00", "one"],
        original_currency=["USD", "USD"],
        exchange_rate_text=["5,0001", None],
    )
    assert got.records["original_amount"].to_list() == [1, None]
    assert got.records["exchange_rate"].to_list() == [Decimal("5.0001"), None]
    assert got.findings.select("record_no", "code", "is_set_aside").rows() == [
        (2, Code.ORIGINAL_UNREADABLE, False)
    ]


def test_details_are_typed_and_those_of_no_record_fall_away() -> None:
    records = typed(BRAZIL, booked_text=["01/03/2025"], amount_text=["-5,00"]).records
    cells: dict[str, list[object]] = {
        "file_no": [0, 0, 0],
        "statement_no": [1, 1, 1],
        "record_no": [1, 1, 2],
        "detail_no": [1, 2, 1],
        "amount_text": ["-3,00", "x", "-1,00"],
        "description": [" Café ", None, "of a record set aside"],
        "currency_text": ["usd", None, None],
    }
    got = type_details(frame(cells, DETAIL_TEXT), records, BRAZIL)
    assert got.records.select("amount", "currency", "description").rows() == [
        (Decimal(-3), "USD", "Café"),
        (None, "BRL", ""),
    ]
    assert got.findings.select("record_no", "code", "is_set_aside").rows() == [
        (1, Code.DETAIL_UNREADABLE, False)
    ]


def test_a_balance_or_day_that_cannot_be_read_is_remarked_once_a_statement() -> None:
    printed = frame(
        {
            "file_no": [0, 0, 0],
            "statement_no": [1, 2, 3],
            "opening_text": ["1,00", "one", None],
            "closing_text": [None, "two", " "],
            "stated_on_text": ["00000000", "03/03/2025", None],
        },
        STATEMENT_TEXT,
    )
    (row,) = unread(printed, type_statements(printed, BRAZIL)).iter_rows(named=True)
    assert (row["statement_no"], row["code"]) == (2, Code.STATEMENT_UNREADABLE)
    assert row["message"] == '"one" is not a balance or a day as this file writes them'
    assert not row["is_set_aside"]


ODD = st.sampled_from(
    ["", " ", "0", "0,00", "1,234", "-5,00", "7.10", "x", "00/00/0000", "0000-00-00", "brl", "EURO"]
)
DAYS = st.sampled_from(["01/03/2025", "2025-03-01", "20250301", " 01/03/2025 ", "31/02/2025", ""])


@given(
    st.sampled_from([BRAZIL, PLAIN, OFX]),
    st.lists(
        st.fixed_dictionaries(
            {
                "booked_text": DAYS | ODD,
                "valued_text": st.none() | DAYS | ODD,
                "amount_text": st.sampled_from(["10", "-10,00", "10.00"]) | ODD,
                "balance_text": st.none() | ODD,
                "currency_text": st.none() | st.sampled_from(["EUR", "eur "]) | ODD,
            }
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_the_neighbours_of_a_record_decide_nothing_for_it(
    rule: Convention, rows: list[dict[str, object]]
) -> None:
    """A batch is typed as each of its records would be alone: kept or set aside, and why."""
    together = typed(rule, **{name: [row[name] for row in rows] for name in rows[0]})
    alone = [typed(rule, **{name: [cell] for name, cell in row.items()}) for row in rows]
    for of_all, parts in (
        (together.records, [one.records for one in alone]),
        (together.findings, [one.findings for one in alone]),
    ):
        at = ["record_no", "place"]
        assert of_all.drop(at).sort(pl.all()).equals(pl.concat(parts).drop(at).sort(pl.all()))


@pytest.mark.parametrize(
    ("bank", "currency", "institution"),
    [
        ("1", "BRL", "bb"),
        ("1", None, "bb"),
        ("1", "USD", "1"),
        ("341", "USD", "itau"),
        ("0341", "usd", "itau"),
    ],
)
def test_a_short_number_is_the_code_of_a_bank_in_brazil_alone(
    bank: str, currency: str | None, institution: str
) -> None:
    cells: dict[str, list[object]] = {
        "file_no": [0],
        "statement_no": [1],
        "institution_text": [bank],
        "currency_text": [currency],
    }
    row = type_statements(frame(cells, STATEMENT_TEXT), OFX).row(0, named=True)
    assert row["institution"] == institution


def test_a_finding_names_the_cell_that_is_wrong() -> None:
    days = {"booked_text": ["20250201"], "valued_text": ["20250230"], "amount_text": ["1"]}
    assert '"20250230"' in typed(OFX, **days).findings["message"].item()
    columns = Convention(("%Y%m%d",), decimal_mark="either", sign="columns")
    both = {"booked_text": ["20250201"], "credit_text": ["5.00"], "debit_text": ["6.00"]}
    message = typed(columns, **both).findings["message"].item()
    assert message == 'the row has a credit "5.00" and a debit "6.00"'
    odd = typed(columns, **{**both, "debit_text": ["?"], "credit_text": ["x"]})
    assert "is not written with" in odd.findings["message"].item()


COMMA = Convention((), group_mark=",", debit_marks=("Dr",), credit_marks=("Cr",))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,23,456.78", "123456.78"),
        ("-1,00,00,000", "-10000000"),
        ("(12,34,567.50)", "-1234567.50"),
        ("1,234,567.8", "1234567.8"),
        ("1,23", None),
        ("1,23,45", None),
        ("1,2,345", None),
        ("123,45,678", None),
        ("1,23,456,78", None),
    ],
)
def test_lakhs_and_crores(text: str, value: str | None) -> None:
    assert amount(text, COMMA) == (None if value is None else Decimal(value))
    point = Convention((), decimal_mark=",", group_mark=".")
    assert amount("1.23.456,78", point) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10.00 Cr", "10"),
        ("1,05,000.00DR.", "-105000"),
        ("0.00 Dr", "0"),
        ("-5.00", "-5"),
        ("-5.00 Dr", None),
        ("5.00 X", None),
        ("Dr", None),
        ("", None),
    ],
)
def test_a_mark_behind_a_balance_says_whether_it_is_a_debt(text: str, value: str | None) -> None:
    def balance(rule: Convention) -> Decimal | None:
        return pl.DataFrame({"a": ["1.00", text]}).select(balance_of("a", rule))["a"][1]

    assert balance(COMMA) == (None if value is None else Decimal(value))
    assert amount(text, COMMA) == (Decimal(-5) if text == "-5.00" else None)
    bill = Convention((), group_mark=",", sign="inverted", debit_marks=("Dr",))
    assert "r" not in text.lower() or balance(bill) is None
