"""The fields that an order of lines gives are those that a look field by field gives."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.extract.formats.qif import fields
from tasks.extract.formats.qif.records import _FIELDS

LINES = [
    "D1/2/20",
    "T-1.00",
    "T",
    "U-1.00",
    "Ppão",
    "Mx ",
    "N7",
    "Lcat",
    "S[x]",
    "$1",
    "ç",
    "",
    "^",
]
PLAIN = "\nD1/2/20\nT-1.00\nPpão"
RECORDS = [PLAIN, "\nXa", "\nD1\nD2\nT1", "\nT1\n\nP", "\nT1\n", "", "\n", "D1\nT1"]


@given(
    st.lists(
        st.lists(st.sampled_from(LINES), max_size=4).map(lambda lines: "\n" + "\n".join(lines)),
        max_size=3,
    ),
    st.lists(st.sampled_from(RECORDS), max_size=3),
    st.integers(1, 20),
)
def test_both_ways_are_one(some: list[str], others: list[str], times: int) -> None:
    records = pl.Series("record", (some + others) * times, dtype=pl.String)
    quick, careful = fields.values(records, _FIELDS), fields._one_by_one(records, _FIELDS)
    assert quick.equals(careful)


@pytest.mark.parametrize("record", RECORDS[:3])
def test_a_record_of_any_order_teaches_it(record: str) -> None:
    assert fields._learned(record) == "".join(line[0] for line in record.split("\n")[1:])


@pytest.mark.parametrize("record", [*RECORDS[3:], "\nT1" * 50])
def test_a_record_of_empty_or_many_lines_teaches_nothing(record: str) -> None:
    assert fields._learned(record) == ""
