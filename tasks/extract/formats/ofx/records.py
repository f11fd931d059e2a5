"""The records of many OFX files, cut into cells at once: an expression a tag, none a record."""

from dataclasses import dataclass, field

import polars as pl

from schemas.transactions import RECORD
from tasks.extract.formats.ofx.document import SPECIAL, Document, value
from tasks.extract.formats.ofx.statements import Statement
from tasks.extract.formats.ofx.tags import values

_RATE = r"(?:\s*<CURRATE\s*/?>[^<]*(?:</CURRATE\s*>)?)?"
_TAGS = {
    "kind_code": "TRNTYPE",
    "posted": "DTPOSTED",
    "announced": "DTTRAN",
    "valued_text": "DTAVAIL",
    "amount_text": "TRNAMT",
    "bank_ref": "FITID",
    "name": "NAME",
    "memo": "MEMO",
    "counterparty": r"PAYEE\s*>\s*<NAME",
    "currency": rf"CURRENCY\s*>{_RATE}\s*<CURSYM",
    "original_currency": rf"ORIGCURRENCY\s*>{_RATE}\s*<CURSYM",
}
_BALANCE_LINE = (
    r"(?i)^(?:S\s*A\s*L\s*D\s*O|SDO)(?:[\s.:/-]+(?:ANTERIOR|INICIAL|FINAL|ATUAL|PARCIAL|TOTAL"
    r"|DISPON[IÍ]VEL|BLOQUEADO|CONTA|CORRENTE|C/C|DO|DE|DA|EM|NO|NA|DIA|M[EÊ]S|\d[\d/.-]*))*$"
)


@dataclass
class Batch:
    """The records of many files, collected column by column."""

    records: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    file_no: list[int] = field(default_factory=list)
    statement_no: list[int] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    stated_on: list[str | None] = field(default_factory=list)
    currency: list[str | None] = field(default_factory=list)

    def add(
        self, document: Document, found: list[Statement], rows: list[dict[str, str | None]]
    ) -> None:
        """Take over the records of one file, with the statements in which they stand."""
        count = len(document.records)
        self.records += document.records
        self.printed += document.printed
        self.file_no += [document.source.file_no] * count
        self.line += document.lines
        for number, (statement, row) in enumerate(zip(found, rows, strict=True), start=1):
            held = statement.record_count
            self.statement_no += [number] * held
            self.stated_on += [row["stated_on_text"] or row["closing_on_text"]] * held
            self.currency += [row["currency_text"]] * held


def records(batch: Batch) -> tuple[pl.DataFrame, dict[int, int]]:
    """Cut the records into cells.

    Returns:
        RECORD, in the order of the files, without markers; and the number of markers by file.
    """
    cells = _cells(pl.Series("record", batch.records, dtype=pl.String))
    cells = cells.with_columns(
        pl.Series("file_no", batch.file_no, dtype=pl.UInt32),
        pl.Series("statement_no", batch.statement_no, dtype=pl.UInt32),
        pl.Series("line", batch.line, dtype=pl.UInt32),
        pl.Series("stated_on", batch.stated_on, dtype=pl.String),
        pl.Series("account_currency", batch.currency, dtype=pl.String),
        pl.Series("raw_text", batch.printed, dtype=pl.String),
    ).with_columns(
        _booked().alias("booked_text"),
        _day("valued_text").alias("valued_text"),
        _description().alias("description"),
    )
    is_marker = cells.select(_is_marker()).to_series()
    markers = cells.filter(is_marker)["file_no"].value_counts().iter_rows()
    kept = cells.filter(~is_marker) if is_marker.any() else cells
    number = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no")
    frame = kept.with_columns(
        number.alias("record_no"),
        pl.format("line {}", "line").alias("place"),
        _foreign("currency").alias("currency_text"),
        _foreign("original_currency").alias("original_currency"),
        _is_pending().alias("is_pending"),
        pl.col("raw_text").str.strip_chars(),
    )
    unused = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in RECORD.items()
        if name not in frame.columns
    ]
    return frame.with_columns(unused).select(RECORD.names()), dict(markers)


def _cells(record: pl.Series) -> pl.DataFrame:
    """One column a tag: the text of its value, null when it is missing or empty."""
    is_announced = record.str.contains(r"^<STMTTRNP")
    cells = values(record, _TAGS)
    readable = [_readable(column) for column in cells]
    return pl.DataFrame(readable).with_columns(is_announced.alias("is_announced"))


def _readable(column: pl.Series) -> pl.Series:
    """Decode the few values that need it; most have no entity and no line break."""
    rows = (column.str.contains(SPECIAL) | (column == "")).arg_true()
    if rows.is_empty():
        return column
    return column.scatter(rows, [value(text) for text in column.gather(rows)])


def _day(name: str) -> pl.Expr:
    """The calendar day as printed, its first eight digits; what does not start so is kept whole."""
    printed = pl.col(name)
    return pl.coalesce(printed.str.extract(r"^(\d{8})", 1), printed)


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


def _is_marker() -> pl.Expr:
    """Banco do Brasil and others print balances as records, without a reference or a date (O-6).

    A record without a readable amount is never taken for one: it is set aside, in the open.
    """
    has_no_ref = pl.col("bank_ref").is_null() | pl.col("bank_ref").str.contains("^0+$")
    has_no_day = pl.col("booked_text").str.contains("^0+$").fill_null(value=False)
    has_amount = pl.col("amount_text").str.contains(r"\d").fill_null(value=False)
    is_balance = pl.col("description").str.contains(_BALANCE_LINE).fill_null(value=False)
    return (has_no_ref | has_no_day) & has_amount & is_balance


def _foreign(name: str) -> pl.Expr:
    """A currency other than the account's; null when it is the same."""
    return pl.when(pl.col(name).ne_missing(pl.col("account_currency"))).then(pl.col(name))


def _is_pending() -> pl.Expr:
    """Announced, or posted after the day on which the bank made the file (O-14)."""
    is_later = pl.col("booked_text").str.contains(r"^\d{8}$") & (
        pl.col("booked_text") > pl.col("stated_on")
    )
    return pl.col("is_announced") | is_later.fill_null(value=False)
