"""A file of which more than a quarter cannot be read is held, but for what is proven."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.findings import FINDING, Code
from schemas.statement import STATEMENT, Proof
from tasks.validate.balances import TALLY, judge
from tasks.validate.unread import too_much, unread


def findings(*codes: Code, statement_no: int | None = 1) -> pl.DataFrame:
    rows = [
        {"file_no": 0, "statement_no": statement_no, "code": code.value, "is_set_aside": True}
        for code in codes
    ]
    return pl.DataFrame(rows, schema=FINDING)


def tally(
    read: int, unread_count: int, aside: int = 0, *, file_no: int = 0, statement_no: int = 1
) -> pl.DataFrame:
    row = {
        "file_no": file_no,
        "statement_no": statement_no,
        "record_count": read,
        "set_aside_count": unread_count + aside,
        "unread_count": unread_count,
    }
    return pl.DataFrame([row], schema=TALLY)


def statement(number: int = 1, opening: Decimal | None = None) -> dict[str, object]:
    balance = {"opening_balance": opening, "closing_balance": opening} if opening else {}
    return {"file_no": 0, "statement_no": number, "account_kind": "bank"} | balance


@pytest.mark.parametrize(
    ("read", "unread_count", "is_held"),
    [
        (8, 2, False),
        (9, 3, False),
        (8, 3, True),
        (2, 2, False),
        (1, 3, True),
        (0, 3, False),
        (30, 10, False),
    ],
)
def test_a_quarter_and_three_records(read: int, unread_count: int, *, is_held: bool) -> None:
    assert bool(too_much(tally(read, unread_count)).height) == is_held


def test_what_a_person_dropped_could_be_read() -> None:
    told = findings(*[Code.DROPPED] * 5, *[Code.MOVES_NO_CASH] * 4, Code.AMOUNT_MISSING)
    assert unread(told)["unread_count"].to_list() == [1]
    assert too_much(tally(3, 1, aside=10)).is_empty()


def test_the_whole_file_is_held_but_for_what_is_proven() -> None:
    given_rows = [statement(1), statement(2), statement(3, Decimal(5))]
    statements = pl.DataFrame(given_rows, schema=STATEMENT)
    tallies = [tally(1, 3), tally(4, 0, statement_no=2), tally(2, 0, statement_no=3)]
    judged = judge(statements, tallies)
    assert judged.statements["is_quarantined"].to_list() == [True, True, False]
    assert judged.statements["proof"].to_list() == [
        Proof.UNPROVEN.value,
        Proof.UNPROVEN.value,
        Proof.PROVEN.value,
    ]
    assert judged.findings["code"].to_list() == [Code.MOSTLY_UNREAD.value] * 2
    assert "3 of 10 records" in judged.findings["message"][0]
    taken = judge(statements, tallies, accepted={(0, 1), (0, 2)})
    assert not taken.statements["is_quarantined"].any()
    assert taken.findings.is_empty()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5))
def test_it_is_the_same_cut_into_volumes(parts: list[tuple[int, int]]) -> None:
    tallies = [tally(*part) for part in parts]
    whole = tally(sum(read for read, _ in parts), sum(bad for _, bad in parts))
    assert too_much(pl.concat(tallies)).equals(too_much(whole))
