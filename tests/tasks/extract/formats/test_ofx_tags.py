"""The learned shape of a record and the look tag by tag give the same values."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.extract.formats.ofx import tags
from tasks.extract.formats.ofx.records import _TAGS

CLOSED = "<STMTTRN><TRNTYPE>POS</TRNTYPE><DTPOSTED>20260103</DTPOSTED><NAME> A </NAME></STMTTRN>\n"
OPEN = "<STMTTRN>\n<TRNTYPE>POS\n<DTPOSTED>20260103\n<NAME>A\n</STMTTRN>\n"
NESTED = "<STMTTRN><TRNTYPE>POS<PAYEE><NAME>Ana</NAME></PAYEE><MEMO>x</STMTTRN>"
TWICE = "<STMTTRN><NAME>first<NAME>second</STMTTRN>"
LONE = "<STMTTRN><TRNTYPE>POS</TRNTYPE><DTPOSTED>1</DTPOSTED><NAME>A < B</NAME></STMTTRN>"
CROSSED = "<STMTTRN><NAME>x</MEMO></STMTTRN>"
RECORDS = [CLOSED, OPEN, NESTED, TWICE, LONE, CROSSED, "<STMTTRN>", "<STMTTRN></STMTTRN>", "", "<"]


@given(st.lists(st.sampled_from(RECORDS), max_size=40))
def test_both_ways_are_one(records: list[str]) -> None:
    series = pl.Series("record", records, dtype=pl.String)
    assert tags.values(series, _TAGS).equals(tags._one_by_one(series, _TAGS))


@pytest.mark.parametrize("record", [CLOSED, OPEN])
def test_a_plain_record_teaches_its_shape(record: str) -> None:
    shape = tags._learned(record, _TAGS)
    assert shape is not None
    found = pl.Series([record]).str.extract_groups(shape.pattern).struct.unnest()
    assert found.row(0)[1].strip() == "20260103"


@pytest.mark.parametrize("record", [NESTED, TWICE, CROSSED, "<STMTTRN></STMTTRN>"])
def test_a_record_that_nests_or_repeats_teaches_nothing(record: str) -> None:
    assert tags._learned(record, _TAGS) is None
