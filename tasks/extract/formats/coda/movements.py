"""The movements of many CODA files, and their details, cut into cells at once."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from schemas.findings import Code
from schemas.phrase import phrase
from schemas.transactions import DETAIL_TEXT
from tasks.extract.lines import (
    cell,
    cut,
    day_text,
    decimal_text,
    joined,
    or_printed,
    place,
    remarks,
    settled,
    shaped,
    words,
)

_REMEDY = "compare it with the statement on paper; ask the bank for a new export"
_LINK_CODES = "^[0-9 ][01 ] [01 ]$"
_ORIGINAL = r"^105(\d{15})(\d{15})(\d{12})([A-Z]{3})"
_MOVEMENT = {
    "bank_ref": (11, 31),
    "sign": (32, 32),
    "digits": (33, 47),
    "valued": (48, 53),
    "kind_code": (54, 61),
    "form": (62, 62),
    "first": (63, 115),
    "booked": (116, 121),
    "codes": (125, 128),
}


@dataclass(frozen=True)
class Movements:
    """RECORD, DETAIL_TEXT and FINDING rows."""

    records: pl.DataFrame
    details: pl.DataFrame
    findings: pl.DataFrame


def movements(lines: pl.DataFrame) -> Movements:
    """Cut movements out of lines that know their record, statement and year.

    Lines 2.2 to 3.3 belong to the movement 2.1 above them, if they bear its sequence number. A
    detail that has no movement of its number, and a line that has none, is remarked upon.
    """
    lines = lines.filter(pl.col("code").is_in(["2", "3"])).with_columns(
        (pl.col("record") == "21").cum_sum().alias("unit"), cell(3, 6).alias("sequence")
    )
    heads = _heads(lines)
    parts = lines.join(
        heads.select("unit", "sequence", "statement_no", pl.lit(value=True).alias("is_owned")),
        on=["unit", "sequence", "statement_no"],
        how="left",
        maintain_order="left",
    )
    strays = parts.filter(pl.col("is_owned").is_null())
    cells = _cells(heads, parts.filter("is_owned"))
    is_detail = ~pl.col("is_main")
    owned = pl.col("main_sequence") == pl.col("sequence")
    records, findings = settled(cells.filter("is_main"), _REMEDY)
    details = cells.filter(is_detail & owned.fill_null(value=False)).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32)
        .over("file_no", "record_no")
        .alias("detail_no"),
    )
    orphans = cells.filter(is_detail & ~owned.fill_null(value=False))
    return Movements(
        records, shaped(details, DETAIL_TEXT), pl.concat([findings, _lost(strays), _lost(orphans)])
    )


def _heads(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a record 2.1: the movement itself, or a detail with the sequence of its movement."""
    heads = lines.filter(pl.col("record") == "21").with_columns(
        (cell(7, 10) == "0000").alias("is_main")
    )
    of_main = pl.when("is_main").then(pl.col("sequence"))
    return heads.with_columns(
        of_main.forward_fill().over("file_no", "statement_no").alias("main_sequence"),
        pl.col("is_main").cum_sum().over("file_no").cast(pl.UInt32).alias("record_no"),
    )


def _cells(heads: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """One row a record 2.1, with the cells of RECORD and DETAIL_TEXT and what is wrong with it."""
    told = cut(heads, _MOVEMENT)
    for more in (_second(parts), _third(parts), _information(parts), _printed(parts)):
        told = told.join(more, on="unit", how="left", maintain_order="left")
    is_signed = pl.col("sign").is_in(["0", "1"])
    amount = decimal_text(pl.col("digits"), 15, 3, pl.col("sign") == "1")
    told = told.with_columns(
        pl.when(is_signed).then(amount).alias("amount"),
        pl.when((pl.col("form") == "1") & pl.col("first").str.starts_with("105"))
        .then("first")
        .alias("original"),
        ~pl.col("codes").str.pad_end(4).str.contains(_LINK_CODES).alias("is_damaged"),
    )
    return told.with_columns(
        place(),
        or_printed(pl.col("amount"), pl.col("sign") + pl.col("digits")).alias("amount_text"),
        *(
            day_text(pl.col(name), "dmy", pl.col("year")).alias(f"{name}_text")
            for name in ("booked", "valued")
        ),
        *(words(pl.col(name)).alias(name) for name in ("bank_ref", "kind_code")),
        _description().alias("description"),
        pl.coalesce("name", "party", "account").alias("counterparty"),
        *_originals(),
        *_complaint(),
    )


def _description() -> pl.Expr:
    """The communication; Belgian structured ones (101, 102) as they are printed on a bill.

    A price in another currency (105) has cells of its own and is left out.
    """
    first, more = pl.col("first"), pl.col("middle").fill_null("") + pl.col("last").fill_null("")
    digits = pl.when(pl.col("form") == "1").then(first.str.extract(r"^10[12]([0-9]{12})", 1))
    bill = phrase(
        "***{}/{}/{}*** ", digits.str.head(3), digits.str.slice(3, 4), digits.str.slice(7)
    )
    is_price = pl.col("original").str.contains(_ORIGINAL).fill_null(value=False)
    told = pl.when(is_price).then(pl.lit("")).otherwise(pl.coalesce(bill, first))
    text = told + more + " " + pl.col("information").fill_null("")
    return pl.coalesce(words(text), "customer_ref")


def _originals() -> Iterator[pl.Expr]:
    """Communication 105: gross amount, amount in another currency, rate and that currency."""
    digits = [pl.col("original").str.extract(_ORIGINAL, group) for group in (2, 3)]
    yield decimal_text(digits[0], 15, 3).alias("original_amount_text")
    yield decimal_text(digits[1], 12, 8).alias("exchange_rate_text")
    yield pl.col("original").str.extract(_ORIGINAL, 4).alias("original_currency")


def _complaint() -> Iterator[pl.Expr]:
    """Why a movement is set aside: message and code."""
    is_damaged, has_no_amount = pl.col("is_damaged"), pl.col("amount").is_null()
    damaged = "the record 2.1 is damaged: its last four characters are no link codes"
    unreadable = "positions 32 to 47 of record 2.1 are not a sign and 15 digits"
    yield (
        pl.when(is_damaged)
        .then(pl.lit(damaged))
        .when(has_no_amount)
        .then(pl.lit(unreadable))
        .alias("message")
    )
    yield (
        pl.when(is_damaged)
        .then(pl.lit(Code.UNREADABLE_ROW.value))
        .otherwise(pl.lit(Code.AMOUNT_UNREADABLE.value))
        .alias("fault")
    )


def _second(parts: pl.DataFrame) -> pl.DataFrame:
    """Record 2.2: more communication, and the customer's reference."""
    return _only(parts, "22").select(
        "unit",
        cell(11, 63).str.pad_end(53).alias("middle"),
        words(cell(64, 98)).alias("customer_ref"),
    )


def _third(parts: pl.DataFrame) -> pl.DataFrame:
    """Record 2.3: the counterparty, and the end of the communication."""
    return _only(parts, "23").select(
        "unit",
        cell(11, 47).str.extract(r"^\s*(\S+)", 1).alias("account"),
        words(cell(48, 82)).alias("name"),
        cell(83, 125).alias("last"),
    )


def _information(parts: pl.DataFrame) -> pl.DataFrame:
    """Records 3.1 to 3.3: information; a structured one of type 001 names the counterparty."""
    is_first = pl.col("record") == "31"
    is_party = (cell(40, 40) == "1") & (cell(41, 43) == "001")
    rows = parts.filter(pl.col("code") == "3").with_columns(
        pl.when(is_first).then(is_party).forward_fill().fill_null(value=False).alias("is_party")
    )
    text = (
        pl.when(is_first)
        .then(cell(41, 113).str.pad_end(73))
        .when(pl.col("record") == "32")
        .then(cell(11, 115).str.pad_end(105))
        .otherwise(cell(11, 100))
    )
    told = rows.filter(~pl.col("is_party")).with_columns(text.alias("information"))
    parties = rows.filter(is_first & pl.col("is_party")).unique("unit", keep="first")
    return joined(told, "unit", "information", "").join(
        parties.select("unit", words(cell(44, 113)).alias("party")),
        on="unit",
        how="full",
        coalesce=True,
    )


def _printed(parts: pl.DataFrame) -> pl.DataFrame:
    return joined(parts, "unit", "text", "\n").rename({"text": "raw_text"})


def _only(parts: pl.DataFrame, record: str) -> pl.DataFrame:
    """The lines of one kind, at most one a movement."""
    return parts.filter(pl.col("record") == record).unique("unit", keep="first")


def _lost(lines: pl.DataFrame) -> pl.DataFrame:
    """Remarks about lines whose movement is not in the file."""
    said = lines.with_columns(
        place(),
        pl.lit(None, dtype=pl.UInt32).alias("record_no"),
        pl.col("text").str.strip_chars_end().alias("raw_text"),
        phrase("this line belongs to movement {}, which does not stand above it", "sequence").alias(
            "message"
        ),
    )
    return remarks(said, Code.UNREADABLE_ROW, _REMEDY)
