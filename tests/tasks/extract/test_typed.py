"""Typing: what banks print, and the exact value or the finding that it earns."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.findings import Code
from schemas.statement import STATEMENT, STATEMENT_TEXT, Convention
from schemas.transactions import DETAIL_TEXT, RECORD, TYPED
from tasks.extract.source import frame
from tasks.extract.typed import Typed, type_details, type_records, type_statements, unread

BRAZIL = Convention(
    ("%d/%m/%Y",), decimal_mark=",", group_mark=".", currency_signs=("R$",), sign="signed"
)
PLAIN = Convention(("%Y-%m-%d",))
OFX = Convention(("%Y%m%d",), decimal_mark="either")


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
        ("columns", {"credit_text": ["5.00"], "debit_text": ["-"]}, "5"),
        ("columns", {"credit_text": ["5.00"], "debit_text": ["#REF!"]}, None),
        ("columns", {"credit_text": ["5.00"], "debit_text": [" =SUM(A:B)"]}, None),
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
        ("0341", "brl", "itau"),
        ("0341", "R$", "itau"),
        ("0341", None, "itau"),
        ("00260", "BRL", "nubank"),
        ("1", "USD", "1"),
        ("341", "USD", "341"),
        ("0341", "usd", "0341"),
        ("001", "EUR", "001"),
        ("00260", "EUR", "00260"),
        ("000000341", "CAD", "000000341"),
        ("000000341", None, "000000341"),
        ("026015079", "USD", "026015079"),
        ("026015079", None, "026015079"),
        ("322271627", "USD", "chase"),
    ],
)
def test_a_number_is_the_code_of_a_bank_in_brazil_there_alone(
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


@pytest.mark.parametrize(
    ("currency", "is_read"), [("EUR", True), ("KWD", True), ("HUF", False), ("JPY", False)]
)
def test_a_point_before_three_digits_may_group_what_has_no_cents(
    currency: str, is_read: bool
) -> None:
    cells: dict[str, list[object]] = {"booked_text": ["20250201"] * 3}
    result = typed(OFX, currency, **cells, amount_text=["-1.206", "1206.00", "1206"])
    assert result.records.height == (3 if is_read else 2)
    codes = [] if is_read else [Code.AMOUNT_AMBIGUOUS.value]
    assert result.findings["code"].to_list() == codes


@pytest.mark.parametrize(
    ("credit", "debit", "amount"),
    [
        ("0.00", "1.23,4", None),
        ("#VALUE!", "0.00", None),
        ("5.00", "1O.OO", None),
        ("", "1.23,4", None),
        ("-", "7.00", Decimal(-7)),
        ("n/a", "7.00", Decimal(-7)),
        ("-", "0.00", Decimal(0)),
        ("0.00", "7.00", Decimal(-7)),
    ],
)
def test_an_amount_that_cannot_be_read_is_not_nothing(
    credit: str, debit: str, amount: Decimal | None
) -> None:
    columns = Convention(("%Y%m%d",), sign="columns")
    cells: dict[str, list[object]] = {"credit_text": [credit], "debit_text": [debit]}
    result = typed(columns, booked_text=["20250201"], **cells)
    assert result.records["amount"].to_list() == ([] if amount is None else [amount])
    if amount is None:
        unread = debit if credit in {"", "0.00", "5.00"} else credit
        assert f'"{unread}"' in result.findings["message"].item()
