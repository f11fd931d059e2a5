"""Identity: re-imports add nothing, twins stay two, strangers stay strangers."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.money import MONEY
from tasks.transform.identity import identified
from tasks.transform.text import text_key

DAY = date(2025, 1, 11)
SCHEMA = {
    "file_no": pl.UInt32(),
    "statement_no": pl.UInt32(),
    "account_id": pl.String(),
    "booked_on": pl.Date(),
    "amount": MONEY,
    "currency": pl.String(),
    "text_key": pl.String(),
    "ref_key": pl.String(),
}


def ids(*records: tuple[object, ...]) -> list[str]:
    """Ids of records given as (file, statement, text), on one day and of one amount."""
    rows = [
        (file, statement, "a", DAY, Decimal("-5.10"), "BRL", text, None)
        for file, statement, text in records
    ]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return identified(frame).get_column("transaction_id").to_list()


def test_equal_records_of_one_statement_are_two_transactions() -> None:
    assert len(set(ids((0, 1, "CAFE"), (0, 1, "CAFE"), (0, 1, "CAFE")))) == 3


def test_equal_records_of_two_statements_are_the_same_transaction() -> None:
    first, second, third = ids((0, 1, "CAFE"), (1, 1, "CAFE"), (0, 2, "CAFE"))
    assert first == second == third


def test_overlap_keeps_the_largest_number_of_twins() -> None:
    """domain.md §2.2: A has 2 and 1, B has 2, 2 and one new row: 5 rows kept, not 8 and not 3."""
    a = [(0, 1, "PIX X"), (0, 1, "PIX X"), (0, 1, "UBER")]
    b = [(1, 1, "PIX X"), (1, 1, "PIX X"), (1, 1, "UBER"), (1, 1, "UBER"), (1, 1, "NEW")]
    assert len(set(ids(*a, *b))) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": "b"},
        {"booked_on": date(2025, 1, 12)},
        {"amount": Decimal("-5.11")},
        {"currency": "USD"},
        {"text_key": "CHA"},
        {"ref_key": "1"},
    ],
)
def test_every_part_of_the_identity_counts(change: dict[str, object]) -> None:
    one = dict(zip(SCHEMA, (0, 1, "a", DAY, Decimal("-5.10"), "BRL", "CAFE", None), strict=True))
    other = one | {"file_no": 1} | change
    frame = pl.DataFrame([one, other], schema=SCHEMA)
    assert identified(frame).get_column("transaction_id").n_unique() == 2


def test_the_recipe_has_not_changed_unnoticed() -> None:
    assert ids((0, 1, "CAFE"), (0, 1, "CAFE")) == [
        "28196b83a9329cbaf5cf96f106c4dc78",
        "6ce9b0658684c04b8aa2f9dd5d07003f",
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Padaria São João", "PADARIA SAO JOAO"),
        ("  padaria   são\tjoão ", "PADARIA SAO JOAO"),
        ("MP*MERCADOLIVRE", "MP MERCADOLIVRE"),
        ("PAGTO. CARTÃO - 03/10", "PAGTO CARTAO 03 10"),
        ("cafe\u0301", "CAFE"),
        ("\uff21\uff22", "AB"),
        ("", ""),
    ],
)
def test_the_key_of_a_text_ignores_case_accents_and_marks(text: str, key: str) -> None:
    assert pl.DataFrame({"t": [text]}).select(text_key("t")).item() == key


@given(st.text(max_size=40))
def test_the_key_of_a_key_is_itself(text: str) -> None:
    frame = pl.DataFrame({"t": [text]}).select(text_key("t"))
    assert frame.select(text_key("t")).item() == frame.item()
