"""The 31-column CSV of the platform: one table of movements of many accounts and cards."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.errors import MalformedFile
from schemas.phrase import phrase
from schemas.statement import AccountKind
from tasks.extract.formats.platform_files.records import CELL, CURRENCY
from tasks.extract.source import Source, decode

REQUIRED = (
    "transaction_date",
    "transaction_amount",
    "transaction_description",
    "transaction_movement_type",
)

_USED = (
    *REQUIRED,
    *("transaction_is_paid", "account_name", "account_type", "account_currency"),
    *("credit_card_name", "credit_card_last_four", "broker_name", "vendor_name"),
    *("from_account_name", "to_account_name"),
)
_QUOTED = re.compile(r'(?<![^,;\r\n])"[^"]*(?:""[^"]*)*"')
_LINE_END = re.compile(r"\r\n|\r|\n")
_GUARD = r"^'([=+\-@])"
_ACCOUNT = ("account_kind", "account_text", "institution_text", "currency_text")
_REMEDY = "export the data again; nothing of it was loaded"


@dataclass(frozen=True)
class Sheet:
    """One CSV, cut into cells.

    Attributes:
        source: the file.
        encoding: the encoding that was used.
        cells: CELL, with the columns of its account beside it.
        accounts: one row a statement: number, kind, account, institution, currency.
        raw_count: rows below the header, by line ends outside of quotes.
    """

    source: Source
    encoding: str
    cells: pl.DataFrame = field(repr=False)
    accounts: pl.DataFrame = field(repr=False)
    raw_count: int


def header_of(line: str) -> tuple[list[str], str]:
    """The cells of a header line and what separates them; an empty list if it is another table."""
    if REQUIRED[0] not in line.lower():
        return [], ""
    for delimiter in (",", ";"):
        names = [cell.strip().strip('"').strip().lower() for cell in line.split(delimiter)]
        if set(REQUIRED) <= set(names):
            return names, delimiter
    return [], ""


def open_sheet(source: Source) -> Sheet:
    """Cut a CSV into cells.

    Raises:
        MalformedFile: a quote is left open, a cell is too long, or a column comes twice.
    """
    text, encoding = decode(source)
    if "\0" in text:
        line = len(_LINE_END.findall(text[: text.index("\0")])) + 1
        raise _malformed(source, "a NUL character, which no text has", line)
    lines = list(io.StringIO(text, newline=""))
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    names, delimiter = header_of(lines[first] if lines else "")
    if not names:
        raise _malformed(source, "the first line is not the platform's header", first + 1)
    if len({*names} - {""}) < len([name for name in names if name]):
        raise _malformed(source, "a column comes twice", first + 1)
    table = _cut(source, lines, first + 1, delimiter)
    bare = _QUOTED.sub("q", text)
    raw_count = sum(bool(line.strip()) for line in _LINE_END.split(bare)) - 1
    cells = _cells(source, table, names)
    whole = cells.filter(pl.col("cell_count") == len(names))
    accounts = (whole if whole.height else cells).select(_ACCOUNT).unique(maintain_order=True)
    accounts = accounts.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("statement_no"),
        pl.lit(source.file_no, pl.UInt32).alias("file_no"),
    )
    numbered = cells.join(
        accounts.select(*_ACCOUNT, "statement_no"),
        on=list(_ACCOUNT),
        how="left",
        nulls_equal=True,
        maintain_order="left",
    ).with_columns(pl.col("statement_no").fill_null(1))  # a row in pieces names no account
    fitting = numbered.select(pl.col(name).cast(dtype) for name, dtype in CELL.items())
    return Sheet(source, encoding, fitting, accounts, raw_count)


@dataclass(frozen=True)
class _Table:
    """The rows below the header, the line each begins at, and each as it is printed."""

    rows: list[list[str]]
    lines: list[int]
    printed: list[str]


def _cut(source: Source, lines: Sequence[str], header_lines: int, delimiter: str) -> _Table:
    table = _Table([], [], [])
    reader = csv.reader(iter(lines[header_lines:]), delimiter=delimiter, strict=True)
    before = header_lines
    try:
        for row in reader:
            after = header_lines + reader.line_num
            printed = "".join(lines[before:after]).strip("\r\n")
            if printed.strip():
                table.rows.append(row)
                table.lines.append(before + 1)
                table.printed.append(printed)
            before = after
    except csv.Error as error:
        raise _malformed(
            source, f"the row cannot be cut into cells: {error}", before + 1
        ) from error
    return table


def _cells(source: Source, table: _Table, names: Sequence[str]) -> pl.DataFrame:
    """CELL without its statement, and the account of each row."""
    width = len(names)
    rows = [row if len(row) == width else [""] * width for row in table.rows]
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {}
    frame = pl.DataFrame(
        {
            **{name: columns.get(name, [None] * len(rows)) for name in _USED},
            "place": [f"line {line}" for line in table.lines],
            "raw_text": table.printed,
            "cell_count": [len(row) for row in table.rows],
        },
        schema={**dict.fromkeys((*_USED, "place", "raw_text"), pl.String), "cell_count": pl.UInt32},
    )
    frame = frame.with_columns(_filled(name).alias(name) for name in _USED)
    came, went = pl.col("to_account_name"), pl.col("from_account_name")
    is_card = pl.any_horizontal(pl.col("credit_card_name", "credit_card_last_four").is_not_null())
    has_none = pl.col("account_name").is_null() & ~is_card
    is_between = has_none & came.is_not_null() & went.is_not_null()
    account = pl.coalesce("account_name", went, came)
    return frame.with_columns(
        pl.lit(source.file_no, pl.UInt32).alias("file_no"),
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("record_no"),
        pl.when(is_card)
        .then(pl.lit(AccountKind.CARD.value))
        .when(pl.col("account_type").str.to_lowercase() == "investment")
        .then(pl.lit(AccountKind.INVESTMENT.value))
        .otherwise(pl.lit(AccountKind.BANK.value))
        .alias("account_kind"),
        pl.when(is_card)
        .then(pl.coalesce("credit_card_last_four", "credit_card_name"))
        .otherwise(account)
        .alias("account_text"),
        pl.col("broker_name").alias("institution_text"),
        pl.col("account_currency").fill_null(CURRENCY).alias("currency_text"),
        pl.when(pl.col("cell_count") != width)
        .then(phrase("the row has {} cells, the header has {}", "cell_count", pl.lit(width)))
        .when(is_between)
        .then(pl.lit("the movement is between two accounts, and one row cannot be booked twice"))
        .alias("problem"),
        pl.when(is_card)
        .then(None)
        .when(account == went)
        .then(pl.lit("out"))
        .when(account == came)
        .then(pl.lit("in"))
        .alias("hint"),
        pl.col("transaction_is_paid")
        .str.to_lowercase()
        .is_in(["false", "f", "0", "no"])
        .fill_null(value=False)
        .alias("is_pending"),
        pl.lit(value=False).alias("is_number"),
        pl.col("transaction_date").alias("booked_text"),
        pl.col("transaction_amount").alias("amount_text"),
        pl.col("transaction_description").alias("description"),
        pl.col("transaction_movement_type").alias("kind_code"),
        pl.col("vendor_name").alias("counterparty"),
    )


def _filled(name: str) -> pl.Expr:
    """A cell without blanks and without the apostrophe that guards a spreadsheet; empty is null."""
    text = pl.col(name).str.strip_chars().str.replace(_GUARD, "$1")
    return pl.when(text != "").then(text)


def _malformed(source: Source, problem: str, line: int) -> MalformedFile:
    return MalformedFile(f"{source.name}: line {line}", problem, _REMEDY)
