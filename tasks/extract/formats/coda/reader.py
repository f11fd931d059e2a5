"""CODA statements: Febelfin, Coded statement of account, versions 1 and 2.

A file holds lines of 128 characters: 0 header, 1 old balance, 2.1 to 2.3 movement, 3.1 to 3.3
information, 8 new balance, 4 free message, 9 trailer. A movement whose detail number is 0000 is
booked; those with another number say what it is made of.
"""

import re
from collections.abc import Sequence

import polars as pl

from schemas.errors import MalformedFile
from schemas.statement import Convention
from tasks.extract.formats.coda.balances import other_accounts, statements, totals
from tasks.extract.formats.coda.movements import movements
from tasks.extract.formats.coda.volumes import volumes
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

_WIDTH = 128
_HEADER = re.compile(r"00000\d{6}[\d ]{3}05[D ] {7}")
_MOVEMENT = re.compile(rb"21[^\n]{4}0000")
_RECORD = re.compile(r"[01489]|2[123]|3[123]")
_WRONG_TURN = re.compile(r"(?=0[^19]|1[^28]|[23][^238]|[48][^149]|9[^0])..")
_TRAILER_END = 52
_CLUE = Clue("", "its first line is the header of a CODA file (application code 05)")


def read(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - CODA has no layouts
    """Read CODA files, a whole batch at once.

    The description is the communication of 2.1, 2.2 and 2.3, a structured one between asterisks,
    and the information of 3.1 to 3.3; without any, the customer reference. Two-digit years are
    those nearest to the day on which the bank made the file. The counts and totals of record 9
    are compared; a difference is a remark, for the balances are the better proof. A record 8 of
    another account than record 1 is a remark too.
    """
    files, errors = open_lined(sources, _check, width=_WIDTH)
    lines = _placed(stacked(files))
    rows = movements(lines)
    return Reading(
        convention=CONVENTION,
        records=rows.records,
        statements=statements(lines),
        files=file_reads(sources, files, errors, _MOVEMENT),
        findings=pl.concat([rows.findings, totals(lines), other_accounts(lines)]),
        details=rows.details,
    )


def _check(lined: Lined) -> None:
    """Refuse a file that has not the shape of CODA: 0, then 1 to 8 for each statement, then 9."""
    starts = [line[:2] for line in lined.lines]
    insist_on_codes(lined, starts, set(filter(_RECORD.match, starts)), "CODA")
    version = lined.lines[0][127:128]
    if version not in ("", " ", "1", "2"):
        raise MalformedFile(
            lined.where(0), f"CODA version {version} is not known", "ask the bank for version 2"
        )
    codes = [line[0] for line in lined.lines]
    insist_on_order(lined, codes, _WRONG_TURN)
    is_ended = len(lined.lines[-1]) >= _TRAILER_END
    insist_on_ends(lined, "0", "9", is_whole=(codes[0], codes[-1]) == ("0", "9") and is_ended)


def _placed(lines: pl.DataFrame) -> pl.DataFrame:
    """Add to each line its record, block (0 to 9), statement, and the year of the file."""
    return lines.with_columns(cell(1, 1).alias("code"), cell(1, 2).alias("record")).with_columns(
        (pl.col("code") == "0").cum_sum().alias("block"),
        (pl.col("code") == "1").cum_sum().over("file_no").cast(pl.UInt32).alias("statement_no"),
        pl.when(pl.col("code") == "0").then(first_year(cell(10, 11))).forward_fill().alias("year"),
    )


def _sniff(source: Source) -> Sequence[Clue]:
    return (_CLUE,) if _HEADER.match(source.head) else ()


CODA = Format("coda", "CODA (Belgium)", (".cod", ".coda", ".txt"), _sniff, read, volumes, version=4)
