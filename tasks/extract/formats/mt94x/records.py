"""The entries of many MT940 and MT942 files, cut into cells at once: an expression a cell."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from schemas.findings import FINDING, Code
from schemas.transactions import RECORD
from tasks.extract.formats.mt94x.directions import directions
from tasks.extract.formats.mt94x.messages import Document
from tasks.extract.formats.mt94x.statements import Statement
from tasks.extract.formats.mt94x.texts import about, in_line

_HELD = {
    "file_no": pl.UInt32,
    "statement_no": pl.UInt32,
    "is_pending": pl.Boolean,
    "count": pl.UInt32,
}
_NUMBER = {"record_no": pl.UInt32}
_YEARS = (0, -1, 1)
_TAG_WIDTH = len("61:")
_ENTRY = (
    r"^(?P<start>61:\s*(?P<value_day>[0-9]{6})(?P<entry_day>[0-9]{4}| {4})?\s*"
    r"(?P<mark>RC|RD|EC|ED|C|D)[A-Z]?\s*(?P<amount>[.,]*[0-9][0-9.,]*)[ \t]*)"
)
_KIND = r"^(?:[SNF][A-Z0-9 ]{3}|[A-Z][A-Z0-9]{3})"
_KIND_WIDTH = 4
_NO_REF = r"^\s*(?:NONREF)?\s*$"
_POINT = r"^[0-9]+\.[0-9]{0,2}$"
_ORIGINAL = r"/OCMT/([A-Z]{3})([0-9.,]+)"
_RATE = r"/EXCH/([0-9.,]+)"
_REMITTANCE_NOTE = re.compile(r"^(?:0[1-9]|1[0-4])(.*)$", re.MULTILINE)
_NAME_NOTE = re.compile(r"^1[56](.*)$", re.MULTILINE)


@dataclass
class Batch:
    """The entries of many files, collected column by column."""

    heads: list[str] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    notes: dict[int, str] = field(default_factory=dict)
    printed: dict[int, str] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    statements: list[tuple[int, int, bool, int]] = field(default_factory=list)

    def add(self, document: Document, found: Iterable[Statement]) -> None:
        """Take over the entries of one file, with the statements in which they stand."""
        start = len(self.heads)
        self.notes |= {start + number: text for number, text in document.notes.items()}
        self.printed |= {start + number: text for number, text in document.printed.items()}
        self.heads += document.heads
        self.texts += document.texts
        self.lines += document.lines
        self.numbers += range(1, len(document.heads) + 1)
        self.statements += [
            (document.source.file_no, number, one.is_interim, one.record_count)
            for number, one in enumerate(found, start=1)
        ]


def records(batch: Batch, statements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut the entries into cells.

    Args:
        batch: the entries.
        statements: STATEMENT_TEXT of the same files; the balances may decide what a mark means.

    Returns:
        RECORD, in the order of the files; and FINDING, one for each entry that does not begin as
        an entry must.
    """
    if not batch.heads:
        return RECORD.to_frame(), FINDING.to_frame()
    cells = _cells(batch)
    cells = cells.with_columns(
        directions(cells, statements).alias("is_credit"),
        *_days(cells),
        *_references(),
        *_originals(cells["printed"]),
        *_meaning(batch),
    )
    amount = pl.col("amount")
    cells = cells.with_columns(
        pl.when("is_credit").then(amount).otherwise("-" + amount).alias("amount_text"),
        pl.coalesce("remittance", in_line(cells["more"]), in_line(cells["customer_ref"])).alias(
            "description"
        ),
        pl.col("printed").str.strip_chars().alias("raw_text"),
        pl.concat_str(pl.lit("line "), pl.col("line").cast(pl.String)).alias("place"),
    )
    unused = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in RECORD.items()
        if name not in cells.columns
    ]
    is_cut = amount.is_not_null()
    kept = cells.filter(is_cut).with_columns(unused)
    return kept.select(RECORD.names()), _findings(cells.filter(~is_cut))


def _cells(batch: Batch) -> pl.DataFrame:
    """The parts of :61: as printed; all null where it does not begin with day, mark and amount."""
    head, text = pl.col("head"), pl.col("text")
    columns = {"head": batch.heads, "text": batch.texts, "line": batch.lines}
    types = {"head": pl.String, "text": pl.String, "line": pl.UInt32}
    held = pl.DataFrame(batch.statements, schema=_HELD, orient="row").filter(pl.col("count") > 0)
    cells = pl.concat(
        [
            pl.DataFrame({**columns, "record_no": batch.numbers}, schema={**types, **_NUMBER}),
            held.select(pl.exclude("count").repeat_by("count")).explode(list(_HELD)[:3]),
        ],
        how="horizontal",
    ).with_columns(head.str.extract_groups(_ENTRY).struct.unnest())
    rest = head.str.slice(pl.col("start").str.len_chars())
    also = pl.when(text.is_not_null()).then("\n:" + text).otherwise(pl.lit(""))
    return cells.with_columns(
        rest.str.splitn("\n", 2).struct.rename_fields(["rest", "more"]).struct.unnest(),
        pl.coalesce(_sparse(batch.printed, cells.height), ":" + head + also).alias("printed"),
        pl.when(pl.col("amount").str.contains(_POINT))
        .then(pl.col("amount").str.replace(".", ",", literal=True))
        .otherwise(pl.col("amount"))
        .alias("amount"),
        (pl.col("is_pending") | pl.col("mark").is_in(["EC", "ED"]).fill_null(value=False)).alias(
            "is_pending"
        ),
    )


def _sparse(texts: dict[int, str], height: int) -> pl.Series:
    """A column in which most cells are null."""
    if not texts:
        return pl.repeat(None, height, dtype=pl.String, eager=True)
    return pl.Series([texts.get(number) for number in range(height)], dtype=pl.String)


def _days(cells: pl.DataFrame) -> list[pl.Series]:
    """The days of value and entry as eight digits.

    SWIFT reads the years 80 to 99 as the last century. The entry date MMDD is in the year nearest
    to the value date; without one, it is the value date.
    """
    key = ["value_day", "entry_day"]
    value, entry = pl.col("value_day"), pl.col("entry_day")
    days = cells.select(key).unique()
    century = pl.when(value.str.contains("^[89]")).then(pl.lit("19")).otherwise(pl.lit("20"))
    days = days.with_columns((century + value).alias("valued_text"))
    year = pl.col("valued_text").str.head(4).cast(pl.Int32)
    days = days.with_columns(pl.format("{}{}", year + gap, entry).alias(f"{gap}") for gap in _YEARS)
    valued = pl.col("valued_text").str.to_date("%Y%m%d", strict=False)
    apart = [
        (pl.col(f"{gap}").str.to_date("%Y%m%d", strict=False) - valued).dt.total_days().abs()
        for gap in _YEARS
    ]
    nearest = pl.min_horizontal(apart)
    chosen = pl.coalesce(
        pl.when(gap_days == nearest).then(pl.col(f"{gap}"))
        for gap, gap_days in zip(_YEARS, apart, strict=True)
    )
    booked = (
        pl.when(entry.str.contains("[0-9]"))
        .then(pl.coalesce(chosen, pl.col("0")))
        .otherwise(pl.col("valued_text"))
    )
    days = days.select(*key, "valued_text", booked.alias("booked_text"))
    found = cells.select(key).join(
        days, on=key, how="left", nulls_equal=True, maintain_order="left"
    )
    return [found["valued_text"], found["booked_text"]]


def _references() -> list[pl.Expr]:
    """The transaction type code, the customer's reference and the bank's."""
    rest = pl.col("rest")
    has_kind = rest.str.contains(_KIND) & ~rest.str.starts_with("NONREF")
    behind = pl.when(has_kind).then(rest.str.slice(_KIND_WIDTH)).otherwise(rest)
    refs = behind.str.splitn("//", 2).struct
    ours, theirs = refs.field("field_0"), refs.field("field_1")
    return [
        pl.when(has_kind).then(rest.str.head(_KIND_WIDTH)).alias("kind_code"),
        pl.when(~theirs.str.contains(_NO_REF)).then(theirs.str.strip_chars()).alias("bank_ref"),
        pl.when(~ours.str.contains(_NO_REF)).then(ours).alias("customer_ref"),
    ]


def _originals(printed: pl.Series) -> list[pl.Expr]:
    """The amount before it was converted, and the rate, where the entry names them."""
    told = printed.str.contains("/OCMT/", literal=True) | printed.str.contains(
        "/EXCH/", literal=True
    )
    names = ("original_currency", "original_amount_text", "exchange_rate_text")
    if not told.any():
        return [pl.lit(None, dtype=pl.String).alias(name) for name in names]
    flat = pl.when(told).then(pl.col("printed")).str.replace_all("\n", "", literal=True)
    cells = (
        flat.str.extract(_ORIGINAL, 1),
        flat.str.extract(_ORIGINAL, 2),
        flat.str.extract(_RATE, 1),
    )
    return [
        cell.str.replace(r"^([0-9]+)\.([0-9]*)$", "${1},${2}").alias(name)
        for name, cell in zip(names, cells, strict=True)
    ]


def _meaning(batch: Batch) -> list[pl.Series]:
    """Remittance and counterparty, out of :86: and :NS:."""
    texts = pl.Series("text", batch.texts, dtype=pl.String).str.slice(_TAG_WIDTH)
    told = about(texts)
    if not batch.notes:
        return [told["remittance"], told["counterparty"]]
    noted, height = batch.notes.items(), len(batch.heads)
    remittance = _sparse({n: _found(_REMITTANCE_NOTE, note) for n, note in noted}, height)
    name = _sparse({n: _found(_NAME_NOTE, note) for n, note in noted}, height)
    both = pl.DataFrame([told["remittance"], remittance.alias("noted")]).select(
        pl.concat_str("remittance", "noted", separator=" ", ignore_nulls=True)
    )
    return [in_line(both["remittance"]), told["counterparty"].zip_with(name.is_null(), name)]


def _found(line: re.Pattern[str], note: str) -> str:
    """Some lines of :NS:, German free fields: 01 to 14 are the remittance, 15 and 16 the name."""
    return " ".join(" ".join(line.findall(note)).split())


def _findings(cells: pl.DataFrame) -> pl.DataFrame:
    """One finding an entry that could not be cut."""
    said = {
        "code": Code.UNREADABLE_ROW.value,
        "message": "the entry does not begin with a day, a mark and an amount (260131D12,50)",
        "remedy": "ask the bank for a new export",
    }
    return cells.with_columns(
        *(pl.lit(text).alias(name) for name, text in said.items()),
        pl.lit(value=True).alias("is_set_aside"),
    ).select(pl.col(name).cast(dtype) for name, dtype in FINDING.items())
