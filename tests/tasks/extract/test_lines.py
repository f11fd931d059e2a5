import re

import polars as pl
import pytest

from schemas.errors import EmptyFile, MalformedFile
from tasks.extract.lines import (
    Lined,
    day_text,
    decimal_text,
    first_year,
    near_year,
    open_lined,
    or_printed,
    stacked,
    words,
)
from tasks.extract.source import Source


def opened(data: bytes, width: int | None = 4) -> Lined:
    good, errors = open_lined([Source(0, "a.txt", data)], lambda _: None, width=width)
    if errors:
        raise errors[0]
    return good[0]


def one(expr: pl.Expr) -> object:
    return pl.select(expr).item()


@pytest.mark.parametrize(
    ("data", "lines", "numbers"),
    [
        (b"abcd\r\nef\r\n", ["abcd", "ef"], [1, 2]),
        (b"abcd\ref", ["abcd", "ef"], [1, 2]),
        (b"\n\nabcd\n \nef\n\x1a", ["abcd", "ef"], [3, 5]),
        (b"abcdefgh", ["abcd", "efgh"], [0, 4]),
        (b"abcd    ef", ["abcd", "ef"], [0, 8]),
        ("çbcdef".encode(), ["çbcd", "ef"], [0, 5]),
        ("çbcdef".encode("latin-1"), ["çbcd", "ef"], [0, 4]),
        (b"abcd  ", ["abcd  "], [1]),
        ("\N{NO-BREAK SPACE}b\x85d\n".encode(), ["\N{NO-BREAK SPACE}b\x85d"], [1]),
    ],
)
def test_a_file_is_cut_at_line_breaks_or_at_its_width(
    data: bytes, lines: list[str], numbers: list[int]
) -> None:
    lined = opened(data)
    assert lined.lines == lines
    assert lined.numbers == numbers
    assert stacked([lined])["text"].to_list() == lines


def test_the_count_looks_at_the_beginnings_of_lines() -> None:
    pattern = re.compile(rb"a[^\n]c")
    assert opened(b"\xef\xbb\xbfabc\r\nxabc\raxc\naa\n").count(pattern) == 2
    assert opened(b"abcdxabcabc ").count(pattern) == 2
    assert opened(b"\xff\xfe" + "abc\nabc".encode("utf-16-le")).count(pattern) == 2


@pytest.mark.parametrize(
    ("data", "kind", "where"),
    [
        (b"ab\nabcde\n", MalformedFile, "a.txt: line 2"),
        (b"ab\nc\0", MalformedFile, "a.txt: line 2"),
        (b" \r\n \n", EmptyFile, "a.txt"),
    ],
)
def test_what_is_no_file_of_lines_is_refused(
    data: bytes, kind: type[MalformedFile], where: str
) -> None:
    with pytest.raises(kind) as caught:
        opened(data)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("digits", "decimals", "is_debit", "text"),
    [
        ("00012345", 2, False, "123.45"),
        ("00012345", 2, True, "-123.45"),
        ("00000005", 2, False, "0.05"),
        ("00012345", 0, False, "12345"),
        ("12345678", 3, False, "12345.678"),
        ("0012345", 2, False, None),
        ("000 2345", 2, False, None),
        ("0001234\N{FULLWIDTH DIGIT FIVE}", 2, False, None),
        ("+0012345", 2, False, None),
    ],
)
def test_digits_become_a_number_only_if_all_are_there(
    digits: str, decimals: int, text: str | None, *, is_debit: bool
) -> None:
    assert one(decimal_text(pl.lit(digits), 8, decimals, pl.lit(is_debit))) == text
    if not is_debit:
        assert one(decimal_text(pl.lit(digits), 8, pl.lit(decimals))) == text


def test_what_is_no_number_is_shown_and_blanks_are_nothing() -> None:
    assert one(or_printed(pl.lit("1.00"), pl.lit("0100"))) == "1.00"
    assert one(or_printed(pl.lit(None, pl.String), pl.lit("01 0"))) == "?01 0"
    assert one(or_printed(pl.lit(None, pl.String), pl.lit("    "))) is None


@pytest.mark.parametrize(
    ("short", "year", "expected"),
    [
        ("26", 2026, 2026),
        ("99", 2000, 1999),
        ("00", 1999, 2000),
        ("75", 2026, 2075),
        ("76", 2025, 1976),
    ],
)
def test_a_year_is_the_nearest_one(short: str, year: int, expected: int) -> None:
    assert one(near_year(pl.lit(short), pl.lit(year))) == expected


def test_the_year_of_a_file_turns_at_80() -> None:
    assert [one(first_year(pl.lit(short))) for short in ("79", "80", "x")] == [2079, 1980, None]


@pytest.mark.parametrize(
    ("day", "order", "text"),
    [
        ("311225", "dmy", "20251231"),
        ("251231", "ymd", "20251231"),
        ("000000", "dmy", "000000"),
        ("  CART", "dmy", "  CART"),
        ("3112 5", "dmy", "3112 5"),
    ],
)
def test_six_digits_become_eight(day: str, order: str, text: str) -> None:
    assert one(day_text(pl.lit(day), order, pl.lit(2026))) == text


def test_a_day_without_a_year_stays_as_printed() -> None:
    assert one(day_text(pl.lit("311225"), "dmy", pl.lit(None, pl.Int32))) == "311225"


def test_blanks_are_drawn_together() -> None:
    frame = pl.DataFrame({"text": ["  a   b ", "", "  ", None, "a b"]})
    assert frame.select(words(pl.col("text"))).to_series().to_list() == [
        "a b",
        None,
        None,
        None,
        "a b",
    ]


def test_lines_without_a_width_stay_as_long_as_they_are() -> None:
    lined = opened(b"ab\tcdefgh\tij", width=None)
    assert (lined.lines, lined.is_unbroken) == (["ab\tcdefgh\tij"], False)
    assert lined.count(re.compile(rb"ab\t")) == 1


def test_a_format_may_prescribe_an_encoding_after_utf_8() -> None:
    sources = [
        Source(number, "a.txt", "žąb\n".encode(encoding))
        for number, encoding in enumerate(("utf-8", "cp1257"))
    ]
    files, errors = open_lined(sources, lambda _: None, width=4, declared=lambda _: "cp1257")
    assert not errors
    assert [one.encoding for one in files] == ["utf-8", "cp1257"]
    assert [one.lines for one in files] == [["žąb"], ["žąb"]]
