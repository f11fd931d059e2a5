"""LITAS-ESIS statements: the exchange format of Lithuanian banks, in use until SEPA and after.

A file holds lines of cells with a tab between them: 000 header with bank, account and currency,
010 movement, 020 balance, 999 control sum. Amounts are whole numbers of cents; a mark, C or D,
says which way the money went.
"""

import re
from collections.abc import Sequence

import polars as pl

from schemas.errors import MalformedFile
from schemas.money import DECIMAL_PLACES
from schemas.statement import Convention
from tasks.extract.formats.litas_esis.balances import control_sums, incomplete, statements
from tasks.extract.formats.litas_esis.cells import split
from tasks.extract.formats.litas_esis.movements import movements
from tasks.extract.lines import (
    Lined,
    file_reads,
    insist_on_codes,
    insist_on_ends,
    insist_on_order,
    open_lined,
    stacked,
)
from tasks.extract.source import Clue, Format, Reading, Source

CONVENTION = Convention(date_formats=("%Y%m%d",), source_rank=1)

_HEADER = re.compile(r"000\t\d{8}\t\d{0,6}\t[A-Za-z0-9]{6,11}\t")
_MOVEMENT = re.compile(rb"010\t")
_CURRENCY = re.compile(r"(?:[^\t]*\t){17} *([A-Z]{3}) *(?:\t|$)")
_CONTROL = re.compile(r"999\t *\d")
_LETTERS = {"000\t": "h", "010\t": "m", "020\t": "b", "999\t": "e"}
_WRONG_TURN = re.compile("(?=h[^mbe]|[mb][^mbe]|e[^h])..")
_CLUE = Clue("", "its first line is the header of LITAS-ESIS (000, day, time, BIC of the bank)")


def read(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - it has no layouts
    """Read LITAS-ESIS files, a whole batch at once.

    The description is the details and the payment code, the reference that of the operation. How
    banks print an account in debt is not written down: a minus and the mark D are both understood.
    The control sum of 999 is compared; a difference is a remark, for the balances are the better
    proof.
    """
    files, errors = open_lined(sources, _check, declared=_encoding)
    lines = _placed(stacked(files))
    records, findings = movements(lines)
    return Reading(
        convention=CONVENTION,
        records=records,
        statements=statements(lines),
        files=file_reads(sources, files, errors, _MOVEMENT),
        findings=pl.concat([findings, incomplete(lines), control_sums(lines)]),
    )


def _encoding(source: Source) -> str:
    """Windows 1257, as is prescribed; in ISO 8859-13 the marks around a quotation differ."""
    has_marks = b"\xa1" in source.data or b"\xa5" in source.data  # no letters of Windows 1257
    return "iso8859_13" if has_marks else "cp1257"


def _check(lined: Lined) -> None:
    """Refuse a file that does not run from a header to a control sum, or whose money is unclear."""
    codes = [line[:4] for line in lined.lines]
    insist_on_codes(lined, codes, _LETTERS.keys(), "LITAS-ESIS")
    insist_on_order(lined, codes, _WRONG_TURN, _LETTERS)
    is_ended = _CONTROL.match(lined.lines[-1]) is not None
    insist_on_ends(lined, "000", "999", is_whole=codes[0] == "000\t" and is_ended)
    for index, code in enumerate(codes):
        if code == "000\t":
            _check_currency(lined, index)


def _check_currency(lined: Lined, index: int) -> None:
    """Cells that slipped would give the amounts another currency, or none."""
    found = _CURRENCY.match(lined.lines[index])
    if found is None:
        raise MalformedFile(
            lined.where(index),
            "cell 18 of the header is not a currency in three letters",
            "export the statement again; a tab in a name or address moves the cells behind it",
        )
    if found[1] in DECIMAL_PLACES:
        raise MalformedFile(
            lined.where(index),
            f"the account is in {found[1]}, which has no cents: what 100 means is not told",
            "export the statement as camt.053, which writes amounts with their decimal point",
        )


def _placed(lines: pl.DataFrame) -> pl.DataFrame:
    """Add to each line its record code, its statement and its cells."""
    lines = lines.with_columns(pl.col("text").str.head(3).alias("code"))
    return split(lines).with_columns(
        (pl.col("code") == "000").cum_sum().over("file_no").cast(pl.UInt32).alias("statement_no")
    )


def _sniff(source: Source) -> Sequence[Clue]:
    return (_CLUE,) if _HEADER.match(source.head) else ()


LITAS_ESIS = Format("litas_esis", "LITAS-ESIS (Lithuania)", (".acc", ".txt"), _sniff, read)
