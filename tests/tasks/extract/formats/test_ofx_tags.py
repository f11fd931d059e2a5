"""The quick way and the careful way give the same: for the values of a record, and for a file."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.extract.formats.ofx import cut, tags
from tasks.extract.formats.ofx.reader import OFX1, OFX2, QFX, read
from tasks.extract.formats.ofx.records import _TAGS
from tasks.extract.source import Source

CLOSED = "<TRNTYPE>POS</TRNTYPE><DTPOSTED>20260103</DTPOSTED><NAME> A </NAME></STMTTRN>"
OPEN = "\n<TRNTYPE>POS\n<DTPOSTED>20260103\n<NAME>A\n</STMTTRN>"
NESTED = "<TRNTYPE>POS<PAYEE><NAME>Ana</NAME></PAYEE><MEMO>x</STMTTRN>"
FOREIGN = "<CURRENCY><CURRATE>1,1<CURSYM>USD</CURRENCY><TRNAMT>1<MEMO>x</STMTTRN>"
DOMESTIC = "<CURRENCY>\n<CURSYM></CURRENCY><TRNAMT>1<MEMO>x</STMTTRN>"
TWICE = "<NAME>first<NAME>second</STMTTRN>"
EMPTY = "<TRNTYPE></TRNTYPE><DTPOSTED> </DTPOSTED><NAME></NAME></STMTTRN>"
LONE = "<TRNTYPE>POS</TRNTYPE><DTPOSTED>1</DTPOSTED><NAME>A < B</NAME></STMTTRN>"
CROSSED = "<NAME>x</MEMO></STMTTRN>"
WRONG = "<PAYEE>x<NAME>Ana</NAME></PAYEE></STMTTRN>"
RECORDS = [CLOSED, OPEN, NESTED, FOREIGN, DOMESTIC, TWICE, EMPTY, LONE, CROSSED, WRONG]
RECORDS += ["x<NAME>y", "<NAME >x", "<NAME/>", "</STMTTRN>", "", "<"]


@given(st.lists(st.sampled_from(RECORDS), max_size=40))
def test_a_shape_and_the_look_tag_by_tag_are_one(records: list[str]) -> None:
    series = pl.Series("record", records, dtype=pl.String)
    assert tags.values(series, _TAGS).equals(tags._one_by_one(series, _TAGS))


@pytest.mark.parametrize("record", RECORDS[:9])
def test_a_record_teaches_its_shape(record: str) -> None:
    assert (tags._learned(record, _TAGS) is None) == (record is LONE)
    records = pl.Series([record] * tags._FEWEST)
    assert tags.values(records, _TAGS).equals(tags._one_by_one(records, _TAGS))


@pytest.mark.parametrize("record", RECORDS[9:])
def test_a_record_that_is_written_wrongly_teaches_nothing(record: str) -> None:
    assert tags._learned(record, _TAGS) is None or record in ("<NAME/>", "</STMTTRN>")


HOME = Path(__file__).parents[3]
FILES = sorted(
    path
    for folder in (
        HOME / "tasks" / "extract",
        HOME / "errors",
        HOME / "corpus",
        HOME.parent / "data",
    )
    for path in folder.rglob("*")
    if path.suffix.lower() in (".ofx", ".qfx") and path.is_file()
)
PARTS = [
    "<STMTTRN>",
    "</STMTTRN>",
    "<STMTTRN >",
    "<stmttrnp>",
    "<memo>x",
    "<MEMO>Saldo & A < B\n",
    "<DTPOSTED>20260101",
    "<TRNAMT>1,00\r\n",
    "</BANKTRANLIST>",
    "<STMTRS><CURDEF>BRL",
    "</STMTRS>",
    "<STMTTRNRS>",
    "</OFX>",
    "<OFX>",
    "<!-- x -->",
    "ação",
    "\n",
    *(f"<STMTTRN>{record}\n" for record in RECORDS),
]


def test_there_are_files_to_compare() -> None:
    known = [one for path in FILES for one in (OFX1, OFX2, QFX) if one.sniff(source(path))]
    assert {one.name for one in known} == {"ofx1", "ofx2", "qfx"}


def source(path: Path) -> Source:
    return Source(0, path.name, path.read_bytes())


def both_ways(files: list[bytes]) -> None:
    sources = [Source(number, f"file{number}", data) for number, data in enumerate(files)]
    quick = read(sources, "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cut, "_PART_BYTES", 100)
        patch.setattr(tags, "_AT_ONCE", 3)
        parted = read(sources, "")
        patch.setattr(cut, "_is_plain", lambda _: False)
        careful = read(sources, "")
    for other in (parted, careful):
        assert quick.records.equals(other.records)
        assert quick.statements.equals(other.statements)
        assert [str(one) for one in quick.files] == [str(one) for one in other.files]


def test_the_quick_cut_of_files_is_the_careful_one() -> None:
    files = [path.read_bytes() for path in FILES]
    both_ways(files)
    for data in files:
        both_ways([data])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PARTS), max_size=30).map("".join), max_size=3))
def test_any_order_of_tags_is_cut_alike(bodies: list[str]) -> None:
    both_ways([f"<OFX><STMTRS>{body}</STMTRS></OFX>".encode() for body in bodies])
