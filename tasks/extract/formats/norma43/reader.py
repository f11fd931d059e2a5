"""Norma 43 statements: AEB cuaderno 43, normalised account information.

A file holds lines of 80 characters: 11 header of an account with its opening balance, 22 movement,
23 concepts and 24 amount in another currency of the movement above, 33 end of the account with
closing balance and totals, 88 end of the file. Some banks put a header of the file, 00, on top.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import polars as pl

from schemas.errors import MalformedFile
from schemas.statement import Convention
from tasks.extract.formats.norma43.balances import counts, statements, totals
from tasks.extract.formats.norma43.movements import movements
from tasks.extract.formats.norma43.volumes import volumes
from tasks.extract.lines import (
    Lined,
    cell,
    file_reads,
    first_year,
    insist_on_codes,
    insist_on_ends,
    insist_on_order,
    open_lined,
    stacked,
)
from tasks.extract.source import Clue, Format, Reading, Source

CONVENTION = Convention(date_formats=("%Y%m%d",), source_rank=1)

_WIDTH = 80
_HEADER = re.compile(r"(?:00\d{10}\s*)?11\d{8}[\dA-Z]{10}\d{12}[12]\d{14}\d{3}")
_MOVEMENT = re.compile(rb"22")
_LETTERS = {"11": "a", "22": "b", "23": "c", "24": "d", "33": "e", "88": "f", "00": "h"}
_WRONG_TURN = re.compile("(?=a[^be]|[bcd][^bcde]|e[^af]|f[^ah]|h[^a])..")
_WHOLE = {"33": 73, "88": 26}
_YEAR = timedelta(days=366)
_SHORT = timedelta(days=100)
_DOS_LETTER = re.compile(rb"[A-Za-z][\x82\x90\xa1\xa2\xa4\xa5]")  # é É í ó ñ Ñ of code page 850
_WINDOWS_LETTER = re.compile(rb"[\xc1\xc9\xcd\xd1\xd3\xda\xed\xf1\xf3\xfa]")  # Á É Í Ñ Ó Ú í ñ ó ú
_CLUE = Clue("", "its first line is the header of an account of Norma 43 (11, dates, balance)")


def read(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - it has no layouts
    """Read Norma 43 files, a whole batch at once.

    The description is the concepts of 23; without any, the references. Two-digit years are those
    nearest to the first day of the account. The counts and totals of 33 and 88 are compared; a
    difference is a remark, for the balances are the better proof. Dates that begin with the day are
    refused.
    """
    files, errors = open_lined(sources, _check, width=_WIDTH, declared=_encoding)
    lines = _placed(stacked(files))
    records, findings = movements(lines)
    return Reading(
        convention=CONVENTION,
        records=records,
        statements=statements(lines),
        files=file_reads(sources, files, errors, _MOVEMENT),
        findings=pl.concat([findings, totals(lines), counts(lines)]),
    )


def _check(lined: Lined) -> None:
    """Refuse a file that has not the shape of Norma 43: 11, then movements, then 33, then 88."""
    codes = [line[:2] for line in lined.lines]
    insist_on_codes(lined, codes, _LETTERS.keys(), "Norma 43")
    insist_on_order(lined, codes, _WRONG_TURN, _LETTERS)
    is_ended = len(lined.lines[-1]) >= _WHOLE.get(codes[-1], _WIDTH + 1)
    is_begun = codes[0] in ("11", "00")
    insist_on_ends(lined, "11", "33 or 88", is_whole=is_begun and is_ended)
    _check_dates(lined)


def _encoding(source: Source) -> str:
    """Code page 850 where it alone makes letters; programs from the days of DOS still write it."""
    is_dos = _DOS_LETTER.search(source.data) and not _WINDOWS_LETTER.search(source.data)
    return "cp850" if is_dos else ""


def _check_dates(lined: Lined) -> None:
    """Refuse dates that begin with the day, against the specification."""
    heads = [index for index, line in enumerate(lined.lines) if line[:2] == "11"]
    for head, end in pairwise([*heads, len(lined.lines)]):
        start, stop = lined.lines[head][20:26], lined.lines[head][26:32]
        moved = [(line[10:16], line[16:22]) for line in lined.lines[head:end] if line[:2] == "22"]
        if _begins_with_day(start, stop, moved):
            raise MalformedFile(
                lined.where(head),
                f'its dates, like "{stop}", begin with the day; those of Norma 43 with the year',
                "ask the bank, or the program that wrote the file, for dates as YYMMDD",
            )


def _begins_with_day(start: str, stop: str, moved: Sequence[tuple[str, str]]) -> bool:
    """Whether the dates of an account, days booked and value days too, make sense day first alone.

    Either they make a period that runs backwards or for years if read year first, and one of a year
    at most, with all movements in it, if read day first. Or all is close together, day first, and
    year first it is not: it is a year from one day to the next, or from a day booked to its value.
    """
    booked, valued = [one for one, _ in moved], [one for _, one in moved]
    if not _is_period(start, stop):
        return _is_period(*map(_turned, (start, stop, *booked)))
    given = ((start, stop), booked, valued)
    is_turned_close = _is_close(*(list(map(_turned, one)) for one in given))
    return bool(moved) and is_turned_close and not _is_close(*given)


def _turned(day: str) -> str:
    """DDMMYY as YYMMDD."""
    return day[4:] + day[2:4] + day[:2]


def _is_period(start: str, stop: str, *moved: str) -> bool:
    """Whether dates YYMMDD, of any one century, are a year at most in which all movements lie."""
    try:
        first, last, *days = map(_day, (start, stop, *moved))
    except ValueError:
        return False
    return first <= last <= first + _YEAR and all(first <= day <= last for day in days)


def _is_close(period: Sequence[str], booked: Sequence[str], valued: Sequence[str]) -> bool:
    """Whether a short period holds all days booked, and no value day is far from its own.

    A blank or zero value day is none.
    """
    try:
        first, last, *days = map(_day, (*period, *booked))
        gaps = [
            abs(day - _day(value))
            for day, value in zip(days, valued, strict=True)
            if value.strip("0 ")
        ]
    except ValueError:
        return False
    is_short = first <= last <= first + _SHORT
    return (
        is_short
        and all(first <= day <= last for day in days)
        and all(gap <= _SHORT for gap in gaps)
    )


def _day(text: str) -> date:
    return date.fromisoformat(f"20{text}")


def _placed(lines: pl.DataFrame) -> pl.DataFrame:
    """Add to each line its record code, statement, and the year of the statement."""
    lines = lines.with_columns(cell(1, 2).alias("code"))
    is_first = pl.col("code") == "11"
    return lines.with_columns(
        is_first.cum_sum().over("file_no").cast(pl.UInt32).alias("statement_no"),
        pl.when(is_first).then(first_year(cell(21, 22))).forward_fill().alias("year"),
    )


def _sniff(source: Source) -> Sequence[Clue]:
    return (_CLUE,) if _HEADER.match(source.head) else ()


NORMA43 = Format(
    "norma43", "Norma 43 (Spain)", (".n43", ".csb", ".txt"), _sniff, read, volumes, version=4
)
