"""A receipt that does not add up cannot be built, in whatever way it is made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.receipts import Receipt

counts = st.integers(min_value=0, max_value=10**9)
parts = st.tuples(counts, counts, counts, counts, counts)


def receipt(numbers: tuple[int, ...]) -> Receipt:
    return Receipt(sum(numbers), *numbers)


@given(parts)
def test_adds_up_when_every_record_is_accounted_for(numbers: tuple[int, ...]) -> None:
    assert sum(receipt(numbers).counts().values()) == 2 * sum(numbers)


@given(parts, st.integers(min_value=-1000, max_value=1000).filter(bool))
def test_refuses_to_lose_or_invent_a_record(numbers: tuple[int, ...], lost: int) -> None:
    with pytest.raises(ValueError, match=r"must add up|below zero"):
        Receipt(sum(numbers) + lost, *numbers)


def test_refuses_a_count_below_zero() -> None:
    with pytest.raises(ValueError, match="below zero"):
        Receipt(read=0, inserted=1, already_known=-1)


@given(st.lists(parts))
def test_a_sum_of_receipts_is_a_receipt(many: list[tuple[int, ...]]) -> None:
    total = Receipt.total(map(receipt, many))
    assert total.read == sum(sum(numbers) for numbers in many)
