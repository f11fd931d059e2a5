"""CFONB 120 statements: Comité français d'organisation et de normalisation bancaires.

A file holds records of 120 characters, often without line breaks: 01 old balance of an account,
04 movement, 05 supplements of the movement above, 07 new balance. There is no header and no end
mark; banks put statements one after the other, and pieces of them go around by themselves.
"""

import re
from collections.abc import Sequence

import polars as pl

from schemas.errors import MalformedFile
from schemas.statement import Convention
from tasks.extract.formats.cfonb.balances import incomplete, statements
from tasks.extract.formats.cfonb.movements import movements
from tasks.extract.formats.cfonb.volumes import volumes
from tasks.extract.lines import (
    Lined,
    cell,
    file_reads,
    first_year,
    open_lined,
    stacked,
)
from tasks.extract.source import Clue, Format, Reading, Source

CONVENTION = Convention(date_formats=("%Y%m%d",), source_rank=1)

_WIDTH = 120
_RECORD = re.compile(r"0[1457]\d{5}.{4}\d{5}(?:[A-Za-z]{3}| {3})[\d ]")
_MOVEMENT = re.compile(rb"04")
_CODES = {"01", "04", "05", "07"}
_BALANCE_END = 104
_CLUE = Clue("", "its first record is one of CFONB 120 (code, bank, branch, currency, decimals)")


def read(sources: Sequence[Source], layout: str) -> Reading:  # noqa: ARG001 - it has no layouts
    """Read CFONB 120 files, a whole batch at once.

    The description is the label and the supplements LIB, LCC, LC2, LCS and RCN; NPY and NBE name
    the counterparty, MMO is the original amount. Movements without an old balance above them, or
    whose account is another one, are a statement of their own, which nothing proves; a remark says
    so.
    """
    files, errors = open_lined(sources, _check, width=_WIDTH)
    lines = _placed(stacked(files))
    records, findings = movements(lines)
    return Reading(
        convention=CONVENTION,
        records=records,
        statements=statements(lines),
        files=file_reads(sources, files, errors, _MOVEMENT),
        findings=pl.concat([findings, incomplete(lines)]),
    )


def _check(lined: Lined) -> None:
    """Refuse a file that holds other records, only supplements, or an account without an end."""
    codes = [line[:2] for line in lined.lines]
    if strange := set(codes) - _CODES:
        index = next(no for no, code in enumerate(codes) if code in strange)
        raise MalformedFile(
            lined.where(index),
            f'"{codes[index]}" is not the beginning of a CFONB 120 record',
            "export the statement again; the file is damaged or holds something else",
        )
    if set(codes) <= {"05"}:
        raise MalformedFile(
            lined.where(0),
            "there are only supplements (05), no movement and no balance",
            "export the statement again; the movements are missing",
        )
    last = {code: index for index, code in enumerate(codes)}
    is_cut = codes[-1] == "07" and len(lined.lines[-1].rstrip()) < _BALANCE_END
    if is_cut or last.get("01", -1) > last.get("07", -1):
        raise MalformedFile(
            lined.where(len(codes) - 1),
            "the last account has no whole record 07, its new balance",
            "download the statement again; the file was cut short",
        )


def _placed(lines: pl.DataFrame) -> pl.DataFrame:
    """Add to each line its code, account, currency, decimals, statement and year.

    A statement begins with 01, after 07, and where the account changes; never with a supplement.
    """
    lines = lines.with_columns(
        cell(1, 2).alias("code"),
        cell(17, 19).str.to_uppercase().alias("currency"),
        cell(20, 20).alias("decimals"),
        cell(22, 32).alias("number"),
        first_year(cell(39, 40)).alias("year"),
    )
    is_bare = pl.col("code").is_in(["01", "07"]) & (pl.col("currency") == " " * 3)
    if lines.select(is_bare.any()).item():
        lines = _told_by_movements(lines, is_bare)
    lines = lines.with_columns((pl.col("currency") + pl.col("number")).alias("account"))
    is_head = pl.col("code") != "05"
    before = [
        pl.when(is_head).then(name).forward_fill().shift(1).over("file_no")
        for name in ("code", "account")
    ]
    is_first = is_head & (
        (pl.col("code") == "01")
        | before[0].is_null()
        | (before[0] == "07")
        | (before[1] != pl.col("account"))
    )
    return lines.with_columns(
        is_first.cum_sum().over("file_no").cast(pl.UInt32).alias("statement_no")
    )


def _told_by_movements(lines: pl.DataFrame, is_bare: pl.Expr) -> pl.DataFrame:
    """Give balances without a currency (LCL, 2011) that of the movements between them.

    The movements of the account must all be in one currency, with one number of decimals.
    """
    between = ["file_no", (pl.col("code") == "01").cum_sum(), "number"]
    names = ("currency", "decimals")
    told = pl.when(pl.col("code") == "04").then(pl.struct(names)).drop_nulls()
    only = pl.when(told.n_unique() == 1).then(told.first()).over(between)
    return lines.with_columns(
        pl.when(is_bare & (pl.col(name).str.strip_chars() == ""))
        .then(pl.coalesce(only.struct.field(name), name))
        .otherwise(name)
        .alias(name)
        for name in names
    )


def _sniff(source: Source) -> Sequence[Clue]:
    return (_CLUE,) if _RECORD.match(source.head) else ()


CFONB = Format(
    "cfonb", "CFONB 120 (France)", (".cfonb", ".txt", ".dat"), _sniff, read, volumes, version=4
)
