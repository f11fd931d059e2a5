"""The entries of many files as frames: cells to columns, columns to RECORD and DETAIL_TEXT.

What only the whole statement knows is added later, by `assembly`: the day of an entry without one,
and whether reversals are booked the other way round.
"""

from collections.abc import Sequence
from functools import partial

import polars as pl

from tasks.extract.formats.camt.paths import DETAIL, DETAIL_MARK, RAW, ROW
from tasks.extract.formats.camt.walk import KEYS, DetailRow, Key, Row

BOOKED = ("BOOK", "")
ANNOUNCED = ("PDNG", "FUTR", "INFO")
"""Entries that are announced or told for information, and not booked."""

_AMOUNTS = ("InstdAmt", "TxAmt", "CntrValAmt")
_SETTLED = ("RltdDts/IntrBkSttlmDt", "RltdDts/AccptncDtTm")
_DAYS = (
    "BookgDt/Dt",
    "BookgDt/DtTm",
    "ValDt/Dt",
    "ValDt/DtTm",
    *_SETTLED,
    *(f"{DETAIL_MARK}/{path}" for path in _SETTLED),
)
_DAY_BYTES = len("2026-12-31")
_NOTHING = ("NOTPROVIDED", "NOT PROVIDED", "NOTAVAILABLE", "NONREF", "-")
"""What banks write for a reference or a name that they do not know."""


PART = (
    "amount_text",
    "currency_text",
    "direction",
    "debtor",
    "creditor",
    "description",
    "bank_ref",
    "kind_code",
    "settled_text",
    "original_amount_text",
    "original_currency",
    "exchange_rate_text",
)
"""The cells of a detail."""

CELLS = pl.Schema(
    {
        **KEYS,
        "booked_text": pl.String(),
        "valued_text": pl.String(),
        "settled_text": pl.String(),  # of an only detail
        "amount_text": pl.String(),
        "currency_text": pl.String(),
        "direction": pl.String(),
        "is_reversal": pl.Boolean(),
        "is_pending": pl.Boolean(),  # null where the status is none of the standard
        "status_text": pl.String(),
        "description": pl.String(),
        "bank_ref": pl.String(),
        "kind_code": pl.String(),
        "original_amount_text": pl.String(),
        "original_currency": pl.String(),
        "exchange_rate_text": pl.String(),
        **{f"only_{name}": pl.String() for name in PART},
        "has_only": pl.Boolean(),
    }
)
"""One row an entry; the cells of an only detail stand beside its own."""

DETAIL_CELLS = pl.Schema(
    {
        **KEYS,
        "detail_no": pl.UInt32(),
        **{name: pl.String() for name in PART},
        "raw_text": pl.String(),
    }
)
"""One row a detail of an entry that has several."""


def cut(columns: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """CELLS of entries, and the XML text of each.

    Args:
        columns: their keys, their XML text, whether they have an only detail, and a column for
            each path that some of them have.
    """
    frame = columns.with_columns(
        map(_days, columns.select(pl.selectors.by_name(_DAYS, require_all=False)))
    )
    has = frozenset(frame.columns)
    cells = frame.select(
        *KEYS,
        *_common(has),
        *(
            expr.alias(f"only_{name}")
            for name, expr in _detail_cells(has, f"{DETAIL_MARK}/").items()
        ),
        pl.col(DETAIL_MARK).alias("has_only"),
    )
    return cells, _compact(frame[RAW]).alias("raw_text")


def summed(columns: pl.DataFrame) -> pl.DataFrame:
    """The CELLS that the sums of a statement are made of."""
    has = frozenset(columns.columns)
    return columns.select(*KEYS, *_weights(has))


def rows_as_columns(rows: Sequence[Row], keys: Sequence[Key]) -> pl.DataFrame:
    """The entries that the walk read, as `cut` takes them."""
    columns = [
        series
        for name, cells in zip(ROW, zip(*rows, strict=True), strict=True)
        if (series := pl.Series(name, cells, dtype=pl.String)).null_count() < len(rows)
    ]
    named = pl.DataFrame(columns)
    mark = named.get_column(DETAIL_MARK, default=None)
    has_only = pl.lit(value=False) if mark is None else pl.col(DETAIL_MARK).is_not_null()
    key = pl.DataFrame(keys, schema=KEYS, orient="row")
    return pl.concat([key, named.with_columns(has_only.alias(DETAIL_MARK))], how="horizontal")


def cut_details(rows: Sequence[DetailRow]) -> pl.DataFrame:
    """DETAIL_CELLS of the details of entries that have several."""
    if not rows:
        return DETAIL_CELLS.to_frame()
    keys, numbers, texts, cells = zip(*rows, strict=True)
    frame = pl.DataFrame(
        [
            *pl.DataFrame(keys, schema=KEYS, orient="row"),
            pl.Series("detail_no", numbers, dtype=pl.UInt32),
            _compact(pl.Series("raw_text", texts, dtype=pl.String)),
            *map(partial(pl.Series, dtype=pl.String), DETAIL, zip(*cells, strict=True)),
        ]
    )
    frame = frame.with_columns(_days(frame[name]) for name in _SETTLED)
    parts = _detail_cells(frozenset(DETAIL), "")
    return frame.select(
        *KEYS, "detail_no", *(expr.alias(name) for name, expr in parts.items()), "raw_text"
    )


def _common(has: frozenset[str]) -> list[pl.Expr]:
    only = f"{DETAIL_MARK}/"
    settled = _first(has, f"{only}RltdDts/IntrBkSttlmDt", f"{only}RltdDts/AccptncDtTm")
    amounts = [(only, part) for part in _AMOUNTS] + [("", part) for part in _AMOUNTS]
    return [
        _first(has, "BookgDt/Dt", "BookgDt/DtTm").alias("booked_text"),
        _first(has, "ValDt/Dt", "ValDt/DtTm").alias("valued_text"),
        settled.alias("settled_text"),
        *_weights(has),
        _joined(_first(has, "AddtlNtryInf"), _remittance(has, only)).alias("description"),
        _known(has, "AcctSvcrRef", "NtryRef", f"{only}Refs/AcctSvcrRef", f"{only}Refs/TxId").alias(
            "bank_ref"
        ),
        pl.coalesce(_kind(has, ""), _kind(has, only)).alias("kind_code"),
        *_originals(has, amounts, "Amt/@Ccy"),
    ]


def _weights(has: frozenset[str]) -> list[pl.Expr]:
    """What an entry weighs in the sums of its statement."""
    status = _first(has, "Sts/Cd", "Sts/Prtry", "Sts")
    word = status.fill_null("").str.strip_chars().str.to_uppercase()
    return [
        _first(has, "Amt").alias("amount_text"),
        _first(has, "Amt/@Ccy").alias("currency_text"),
        _first(has, "CdtDbtInd").alias("direction"),
        _first(has, "RvslInd").is_in(["true", "1"]).fill_null(value=False).alias("is_reversal"),
        status.alias("status_text"),
        pl.when(word.is_in(ANNOUNCED))
        .then(pl.lit(value=True))
        .when(word.is_in(BOOKED))
        .then(pl.lit(value=False))
        .alias("is_pending"),
    ]


def _detail_cells(has: frozenset[str], at: str) -> dict[str, pl.Expr]:
    """The cells of a detail whose columns start with a path."""
    amounts = [(at, part) for part in _AMOUNTS]
    currency = (f"{at}Amt/@Ccy", f"{at}AmtDtls/TxAmt/Amt/@Ccy")
    names = ("original_amount_text", "original_currency", "exchange_rate_text")
    ref = [f"{at}Refs/{name}" for name in ("EndToEndId", "AcctSvcrRef", "TxId", "InstrId")]
    settled = _first(has, f"{at}RltdDts/IntrBkSttlmDt", f"{at}RltdDts/AccptncDtTm")
    return {
        "amount_text": _first(has, f"{at}Amt", f"{at}AmtDtls/TxAmt/Amt"),
        "currency_text": _first(has, *currency),
        "direction": _first(has, f"{at}CdtDbtInd"),
        "debtor": _known(has, f"{at}RltdPties/Dbtr/Nm", f"{at}RltdPties/UltmtDbtr/Nm"),
        "creditor": _known(has, f"{at}RltdPties/Cdtr/Nm", f"{at}RltdPties/UltmtCdtr/Nm"),
        "description": _remittance(has, at),
        "bank_ref": _known(has, *ref),
        "kind_code": _kind(has, at),
        "settled_text": settled,
        **dict(zip(names, _originals(has, amounts, *currency), strict=True)),
    }


def _first(has: frozenset[str], *paths: str) -> pl.Expr:
    """The first of several columns that is filled; columns that no row fills do not exist."""
    known = [pl.col(path) for path in paths if path in has]
    return pl.coalesce(known) if known else pl.lit(None, dtype=pl.String)


def _known(has: frozenset[str], *paths: str) -> pl.Expr:
    """The first of several columns that holds more than a word for nothing."""
    return pl.coalesce(
        pl.when(~_first(has, path).is_in(_NOTHING)).then(_first(has, path)) for path in paths
    )


def _days(printed: pl.Series) -> pl.Series:
    """The calendar days as printed, never shifted; what does not start with one is kept whole."""
    if printed.str.len_bytes().max() == _DAY_BYTES:
        return printed
    day = printed.str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[TZ+-]|$)", 1)
    return day.fill_null(printed)


def _compact(raw: pl.Series) -> pl.Series:
    """XML text of several lines without the blanks between tags, which only indent it."""
    has_lines = raw.str.contains("\n", literal=True)
    if not has_lines.any():
        return raw
    return raw.zip_with(~has_lines, raw.str.replace_all(r">[ \t\r\n]+<", "><"))


def _kind(has: frozenset[str], at: str) -> pl.Expr:
    """PMNT-RCDT-ESCT, or the code of the bank's own list."""
    steps = ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")
    known = [f"{at}BkTxCd/Domn/{step}" for step in steps]
    own = _first(has, f"{at}BkTxCd/Prtry/Cd")
    if known[0] not in has:
        return own
    code = pl.concat_str([_first(has, path) for path in known], separator="-", ignore_nulls=True)
    return pl.coalesce(pl.when(pl.col(known[0]).is_not_null()).then(code), own)


def _remittance(has: frozenset[str], at: str) -> pl.Expr:
    numbers = _joined(
        _first(has, f"{at}RmtInf/Strd/CdtrRefInf/Ref"),
        _first(has, f"{at}RmtInf/Strd/RfrdDocInf/Nb"),
    )
    structured = _joined(numbers, _first(has, f"{at}RmtInf/Strd/AddtlRmtInf"))
    written = _joined(_first(has, f"{at}RmtInf/Ustrd"), structured)
    return _joined(written, _first(has, f"{at}AddtlTxInf"))


def _joined(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """Both texts; when one holds the other, the longer one says it all."""
    if first.meta.is_literal() or second.meta.is_literal():
        return second if first.meta.is_literal() else first
    return (
        pl.when(first.is_null() | second.str.contains(first, literal=True))
        .then(second)
        .when(second.is_null() | first.str.contains(second, literal=True))
        .then(first)
        .otherwise(first + " " + second)
    )


def _originals(
    has: frozenset[str], amounts: Sequence[tuple[str, str]], *own: str
) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Amount, currency and rate of the first amount in another currency than the booked one.

    The rate may stand beside any of the amounts: banks put it where they converted.
    """
    paths = [f"{at}AmtDtls/{part}" for at, part in amounts]
    others = [
        (path, pl.col(f"{path}/Amt/@Ccy") != _first(has, *own))
        for path in paths
        if f"{path}/Amt/@Ccy" in has
    ]

    def beside(cell: str) -> list[pl.Expr]:
        return [pl.when(is_other).then(_first(has, f"{path}/{cell}")) for path, is_other in others]

    nothing = pl.lit(None, dtype=pl.String)
    amount, code = (pl.coalesce([*beside(cell), nothing]) for cell in ("Amt", "Amt/@Ccy"))
    rates = [f"{path}/CcyXchg/XchgRate" for path in paths]
    rate = pl.coalesce([*beside("CcyXchg/XchgRate"), _first(has, *rates)])
    return (
        amount.alias("original_amount_text"),
        code.alias("original_currency"),
        pl.when(code.is_not_null()).then(rate).alias("exchange_rate_text"),
    )
