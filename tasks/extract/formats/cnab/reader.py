"""CNAB 240 statements for reconciliation (segment E), and CNAB 400 collection files, refused.

FEBRABAN, layout of 240 positions: 0 header of the file, 1 header of a lot with the opening balance
of an account, 3 movement, 5 trailer of the lot with closing balance and totals, 9 trailer of the
file. Other services use the same frame; a file that holds none but those is no statement.
"""

import re
from collections.abc import Sequence

import polars as pl

from schemas.errors import MalformedFile, NotAStatement
from schemas.findings import no_findings
from schemas.statement import STATEMENT_TEXT, Convention
from schemas.transactions import RECORD
from tasks.extract.formats.cnab.checks import checks
from tasks.extract.formats.cnab.lots import statements
from tasks.extract.formats.cnab.movements import movements
from tasks.extract.formats.cnab.volumes import volumes
from tasks.extract.lines import (
    Lined,
    cell,
    file_reads,
    insist_on_ends,
    insist_on_order,
    open_lined,
    stacked,
)
from tasks.extract.source import Clue, FileRead, Format, Reading, Source

CONVENTION = Convention(date_formats=("%d%m%Y",), source_rank=1)

_WIDTH = 240
# At 18 stands whose number follows; Santander's collection has it at 17, Itaú's payments a layout
# in front.
_HEADER = re.compile(r"\d{3}00000(?: {8,9}| {6}\d{3})\d")
_MOVEMENT = re.compile(rb"[^\n]{7}3[^\n]{5}E")
_WRONG_TURN = re.compile("(?=0[^19]|1[^2345]|2[^235]|3[^345]|4[^45]|5[^19]|9[^0])..")
_TRAILER_END = 29
# Service 04 is a statement of 200 positions, which no reader knows.
_COLLECTION = re.compile(r"0[12](?:RETORNO|REMESSA)(?!04)\d\d[A-Z]")
_CLUE = Clue("", "its first line is the header of a CNAB 240 file (lot 0000, type 0)")
_CLUE_400 = Clue("", "its first line is the header of a CNAB 400 collection file")
_SERVICES = {"01": "collection", "20": "payments", "30": "payroll", "98": "payments"}


def read(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - CNAB has no layouts
    """Read CNAB 240 files, a whole batch at once.

    Each lot of service 04, operation E, is a statement. A movement whose nature is not DPV does not
    touch the available balance: it is pending, unless balances or totals of the lot show that it is
    booked. Trimmed lines are filled up. Counts, sequence and totals are compared; a difference is a
    remark, for the balances are the better proof.
    """
    files, errors = open_lined(sources, _check, width=_WIDTH)
    lines = _placed(stacked(files))
    told = statements(lines)
    records, findings = movements(lines, told)
    return Reading(
        convention=CONVENTION,
        records=records,
        statements=told,
        files=file_reads(sources, files, errors, _MOVEMENT),
        findings=pl.concat([findings, checks(lines)]),
    )


def refuse(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - it has no layouts
    """Refuse CNAB 400 files: they tell of bills, not of an account."""
    return Reading(
        convention=CONVENTION,
        records=RECORD.to_frame(),
        statements=STATEMENT_TEXT.to_frame(),
        files=tuple(
            FileRead(
                source.file_no,
                error=NotAStatement(
                    source.name,
                    "this is a CNAB 400 collection file: it tells which boletos were registered or "
                    "paid, not the account's movements",
                    "ask the bank for the statement of the account: CNAB 240 segment E, or OFX",
                ),
            )
            for source in sources
        ),
        findings=no_findings(),
    )


def _check(lined: Lined) -> None:
    """Refuse a file that has not the shape of CNAB 240, or holds no statement."""
    shape = "".join([line[7:8] or "?" for line in lined.lines])
    if strange := re.search("[^0123459]", shape):
        raise MalformedFile(
            lined.where(strange.start()),
            "position 8 names no type of CNAB 240 record",
            "export the statement again; the file is damaged or holds something else",
        )
    insist_on_order(lined, shape, _WRONG_TURN)
    is_ended = len(lined.lines[-1]) >= _TRAILER_END
    insist_on_ends(lined, "0", "9", is_whole=(shape[0], shape[-1]) == ("0", "9") and is_ended)
    _refuse_other_services(lined)


def _refuse_other_services(lined: Lined) -> None:
    """A lot of operation E states an account; details E stand in no other lot."""
    services, operation = [], ""
    for index, line in enumerate(lined.lines):
        if line[7] == "1":
            operation = line[8:9]
            services.append("04" if operation == "E" else line[9:11])
        elif line[7] == "3" and line[13:14] == "E" != operation:
            raise MalformedFile(
                lined.where(index),
                "a movement (segment E) stands in a lot of another operation",
                "export the statement again; its lots are mixed up",
            )
    if "04" not in services:
        names = [_SERVICES.get(service, f"service {service}") for service in services]
        told = ", ".join(dict.fromkeys(names)) or "nothing at all"
        raise NotAStatement(
            lined.source.name,
            f"this CNAB 240 file holds no statement, but {told}",
            "ask the bank for the statement of the account: segment E, or OFX",
        )


def _placed(lines: pl.DataFrame) -> pl.DataFrame:
    """Add to each line its type, lot, and statement, which is null outside of statements."""
    lines = lines.with_columns(cell(8, 8).alias("kind"))
    is_lot = pl.col("kind") == "1"
    is_first = is_lot & (cell(9, 9) == "E")
    in_lot = pl.col("kind").is_in(["1", "2", "3", "4", "5"])
    lines = lines.with_columns(
        is_lot.cum_sum().alias("lot"),
        in_lot.alias("is_in_lot"),
        (pl.when(is_lot).then(is_first).forward_fill().fill_null(value=False) & in_lot).alias(
            "is_stated"
        ),
        is_first.cum_sum().over("file_no").cast(pl.UInt32).alias("statement_no"),
    )
    return lines.with_columns(pl.when("is_stated").then("statement_no"))


def _sniff(source: Source) -> Sequence[Clue]:
    return (_CLUE,) if _HEADER.match(source.head) else ()


def _sniff_400(source: Source) -> Sequence[Clue]:
    return (_CLUE_400,) if _COLLECTION.match(source.head) else ()


CNAB240 = Format(
    "cnab240", "CNAB 240 statement", (".ret", ".txt"), _sniff, read, volumes, version=2
)
CNAB400 = Format("cnab400", "CNAB 400 collection", (".ret", ".rem"), _sniff_400, refuse, version=2)
