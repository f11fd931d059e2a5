"""Printing read back: what banks print, and the exact value, or none."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.statement import Convention
from tasks.extract import printed
from tasks.extract.printed import amount_of, balance_of, date_of

BRAZIL = Convention(
    ("%d/%m/%Y",), decimal_mark=",", group_mark=".", currency_signs=("R$",), sign="signed"
)
PLAIN = Convention(("%Y-%m-%d",))
OFX = Convention(("%Y%m%d",), decimal_mark="either")
COMMA = Convention((), group_mark=",", debit_marks=("Dr",), credit_marks=("Cr",))


def amount(text: str, rule: Convention) -> Decimal | None:
    return pl.DataFrame({"a": [text]}).select(amount_of("a", rule)).item()


def day(text: str, *formats: str) -> date | None:
    return pl.DataFrame({"a": [text]}).select(date_of("a", Convention(formats))).item()


def balance(text: str, rule: Convention) -> Decimal | None:
    return pl.DataFrame({"a": ["1.00", text]}).select(balance_of("a", rule))["a"][1]


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
    assert balance(text, COMMA) == (None if value is None else Decimal(value))
    assert amount(text, COMMA) == (Decimal(-5) if text == "-5.00" else None)


def test_on_the_bill_of_a_card_a_mark_turns_no_balance() -> None:
    bill = Convention((), group_mark=",", sign="inverted", debit_marks=("Dr",))
    assert balance("10.00 Dr", bill) is None
    assert balance("10.00", bill) == 10
