"""What may be shown of a number, and what may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.masking import masked, masked_numbers


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("NU_12345678_01MAR2026_31MAR2026.csv", "NU_••••5678_01MAR2026_31MAR2026.csv"),
        ("extrato_20260301.ofx", "extrato_20260301.ofx"),
        ("extrato_01-03-2026.ofx", "extrato_01-03-2026.ofx"),
        ("123.456.789-09.csv", "••••8909.csv"),
        ("fatura-2026-03.csv", "fatura-2026-03.csv"),
        ("Conta 9876-5.csv", "Conta ••••65.csv"),
    ],
)
def test_long_numbers_are_masked_and_days_stay(text: str, shown: str) -> None:
    assert masked_numbers(text) == shown


@given(st.text(alphabet="0123456789", min_size=5, max_size=30))
def test_at_most_a_tail_of_four_is_shown(number: str) -> None:
    shown = masked(number).removeprefix("••••")
    assert number.endswith(shown)
    assert len(shown) <= min(4, len(number) // 2)
