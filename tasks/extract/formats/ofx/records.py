"""The records of many OFX files as RECORD: an expression a column, none a record."""

import polars as pl

from schemas.phrase import phrase
from schemas.transactions import RECORD
from tasks.extract.formats.ofx.corrections import corrected
from tasks.extract.formats.ofx.document import SPECIAL, value
from tasks.extract.formats.ofx.doubts import certain
from tasks.extract.formats.ofx.tags import values

FAR_DAYS = 31
"""So many days before its earliest record no bank makes a statement."""

_RATE = r"(?:\s*<CUR(?:RATE|AMT)\s*/?>[^<]*(?:</CUR(?:RATE|AMT)\s*>)?)*"
_TAGS = {
    "kind_code": "TRNTYPE",
    "posted": "DTPOSTED",
    "announced": "DTTRAN",
    "valued_text": "DTAVAIL",
    "amount_text": "TRNAMT",
    "bank_ref": "FITID",
    "corrects": "CORRECTFITID",
    "correction": "CORRECTACTION",
    "name": "NAME",
    "memo": "MEMO",
    "counterparty": r"PAYEE\s*>\s*<NAME",
    "currency": rf"CURRENCY\s*>{_RATE}\s*<CURSYM",
    "bare_currency": "CURRENCY",
    "original_currency": rf"ORIGCURRENCY\s*>{_RATE}\s*<CURSYM",
}
_SALDO = r"S\s*A\s*L\s*D\s*O|SDO"
_BALANCE = rf"(?i)^(?:{_SALDO}|BALANCE|[A-Z]+ BALANCE$)"
_WHICH = r"ANTERIOR|INICIAL|FINAL|ATUAL|PARCIAL|DISPON[IÍ]VEL|BLOQUEADO|DIA|M[EÊ]S"
_MORE = rf"{_WHICH}|TOTAL|CONTA|CORRENTE|C/C|DO|DE|DA|EM|NO|NA|\d[\d/.-]*"
_ENDS = "OPENING|INITIAL|STARTING|BEGINNING|CLOSING|FINAL|ENDING"
_ENGLISH = rf"^(?:(?:{_ENDS}) BALANCE|BALANCE (?:(?:BROUGHT|CARRIED) )?FORWARD)$"
_BALANCE_LINE = rf"(?i){_ENGLISH}|^(?:{_SALDO})(?:[\s.:/-]+(?:{_MORE}))*$"
_NAMES_ITS_BALANCE = rf"(?i){_ENGLISH}|[\s.:/-](?:{_WHICH})(?:[\s.:/-]|$)"


def booked(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, dict[int, int]]:
    """Cut the records into cells.

    Args:
        rows: CUT with file_no and statement_no, and with the day on which the bank made the file
            (stated_on) and the currency of the account (account_currency).

    Returns:
        RECORD, in the order of the files, without markers; FINDING of records that are corrected or
        correct others, and of those that may be read in two ways; and the number of markers by
        file.
    """
    found = values(rows["record"], _TAGS)
    cells = rows.with_columns(*(_readable(column) for column in found)).with_columns(
        _booked().alias("booked_text"),
        _day("valued_text").alias("valued_text"),
        _description().alias("description"),
        pl.coalesce("currency", "bare_currency").alias("currency"),
    )
    kept, markers = cells, {}
    if cells.select(_may_be_marker().any()).item():
        kept = cells.filter(~_is_marker())
        markers = dict(cells.filter(_is_marker())["file_no"].value_counts().iter_rows())
    number = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no")
    is_later = _is_later()
    if kept.select(is_later.any()).item():
        is_later &= ~_is_slow()
    frame = kept.with_columns(
        number.alias("record_no"),
        phrase("line {}", "line").alias("place"),
        _foreign("currency").alias("currency_text"),
        _foreign("original_currency").alias("original_currency"),
        is_pending=pl.col("is_announced") | is_later,
    )
    unused = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in RECORD.items()
        if name not in frame.columns
    ]
    standing, corrections = corrected(frame.with_columns(unused))
    kept, doubtful = certain(standing)
    records = kept.select(RECORD.names())
    return records, pl.concat([corrections, doubtful]), markers


def _readable(column: pl.Series) -> pl.Series:
    """Decode the few values that need it; most have no entity and no line break."""
    rows = column.str.contains(SPECIAL).arg_true()
    if rows.is_empty():
        return column
    return column.scatter(rows, [value(text) for text in column.gather(rows)])


def _day(name: str) -> pl.Expr:
    """The calendar day as printed, its first eight digits; what does not start so is kept whole.

    Some programs write hyphens between year, month and day.
    """
    printed = pl.col(name)
    hyphened = printed.str.extract(r"^(\d{4}-\d\d-\d\d)", 1).str.replace_all("-", "", literal=True)
    return pl.coalesce(printed.str.extract(r"^(\d{8})", 1), hyphened, printed)


def _booked() -> pl.Expr:
    """DTPOSTED; a pending transaction (OFX 2.2) has DTTRAN instead."""
    return pl.coalesce(
        _day("posted"), pl.when("is_announced").then(_day("announced")), pl.lit(None, pl.String)
    )


def _description() -> pl.Expr:
    """NAME and MEMO; when one holds the other, the longer one says it all."""
    name, memo = pl.col("name"), pl.col("memo")
    return (
        pl.when(name.is_null() | memo.str.contains(name, literal=True))
        .then(memo)
        .when(memo.is_null() | name.str.contains(memo, literal=True))
        .then(name)
        .otherwise(name + " " + memo)
    )


def _may_be_marker() -> pl.Expr:
    """A cheap look: does its text begin like that of a balance?"""
    return pl.col("description").str.contains(_BALANCE).fill_null(value=False)


def _is_marker() -> pl.Expr:
    """Banks of Brazil print balances as records, and Itaú gives them a reference and a date (O-6).

    With both, the text must say which balance it is, and nothing else. A record without a readable
    amount is never taken for one: it is set aside, in the open.
    """
    text = pl.col("description")
    has_no_ref = pl.col("bank_ref").is_null() | pl.col("bank_ref").str.contains("^0+$")
    has_no_date = pl.col("booked_text").str.contains("^0+$").fill_null(value=False)
    has_amount = pl.col("amount_text").str.contains(r"\d").fill_null(value=False)
    is_balance = text.str.contains(_BALANCE_LINE).fill_null(value=False)
    is_told = has_no_ref | has_no_date | text.str.contains(_NAMES_ITS_BALANCE)
    return is_told.fill_null(value=False) & has_amount & is_balance


def _foreign(name: str) -> pl.Expr:
    """A currency other than the account's; null when it is the same."""
    own = pl.col("account_currency").str.to_uppercase()
    return pl.when(pl.col(name).str.to_uppercase().ne_missing(own)).then(pl.col(name))


def _is_later() -> pl.Expr:
    """Posted after the day on which the bank made the file: it is pending (O-14)."""
    is_later = pl.col("booked_text").str.contains(r"^\d{8}$") & (
        pl.col("booked_text") > pl.col("stated_on")
    )
    return is_later.fill_null(value=False)


def _is_slow() -> pl.Expr:
    """Is even the earliest record of the statement far later? Then the clock of the bank is wrong.

    Some programs have one day for all their files.
    """
    day, made_on = (
        pl.col(name).str.to_date("%Y%m%d", strict=False) for name in ("booked_text", "stated_on")
    )
    earliest = day.min().over("file_no", "statement_no")
    return ((earliest - made_on).dt.total_days() > FAR_DAYS).fill_null(value=False)
