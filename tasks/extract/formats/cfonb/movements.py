"""The movements of many CFONB 120 files, records 04 and 05, cut into cells at once."""

import polars as pl

from schemas.findings import Code
from tasks.extract.formats.cfonb.amounts import signed, unsigned
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
    words,
)

_REMEDY = "compare it with the statement on paper; ask the bank for a new export"
_MOVEMENT = {
    "currency_text": (17, 19),
    "decimals": (20, 20),
    "kind": (33, 34),
    "booked": (35, 40),
    "valued": (43, 48),
    "label": (49, 79),
    "entry_ref": (82, 88),
    "printed": (91, 104),
    "own_ref": (105, 120),
}
_TEXTS = ["LIB", "LCC", "LC2", "LCS", "RCN", "   ", ""]
_PAYERS, _PAYEES = ["NPY", "NPO"], ["NBE", "NBU"]


def movements(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut records 04 and 05 out of lines that know their code, statement and year.

    Returns:
        RECORD; and FINDING: movements that are set aside, and remarks about supplements of none.
    """
    parts = lines.filter(pl.col("code").is_in(["04", "05"])).with_columns(
        (pl.col("code") == "04").cum_sum().alias("unit")
    )
    heads = parts.filter(pl.col("code") == "04").with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no").alias("record_no")
    )
    parts = parts.join(
        heads.select("unit", "file_no", "statement_no", pl.lit(value=True).alias("is_owned")),
        on=["unit", "file_no", "statement_no"],
        how="left",
        maintain_order="left",
    )
    records, findings = settled(_cells(heads, parts.filter("is_owned")), _REMEDY)
    strays = parts.filter(pl.col("is_owned").is_null())
    return records, pl.concat([findings, _lost(strays)])


def _cells(heads: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """One row a record 04, with the cells of RECORD and what is wrong with it."""
    rows = cut(heads, _MOVEMENT)
    supplements = parts.filter(pl.col("code") == "05").with_columns(
        cell(46, 48).alias("kind"), cell(49, 118).alias("told")
    )
    for more in (_texts(supplements), _names(supplements), _originals(supplements), _raw(parts)):
        rows = rows.join(more, on="unit", how="left", maintain_order="left")
    rows = rows.with_columns(
        signed(pl.col("printed"), pl.col("decimals")).alias("amount"),
        *(words(pl.col(name)).alias(name) for name in ("label", "own_ref", "entry_ref")),
    )
    is_debit = pl.col("amount").str.starts_with("-").fill_null(value=False)
    return rows.with_columns(
        place(),
        or_printed(pl.col("amount"), pl.col("printed")).alias("amount_text"),
        *(
            day_text(pl.col(name), "dmy", pl.col("year")).alias(f"{name}_text")
            for name in ("booked", "valued")
        ),
        words(pl.concat_str("label", "texts", separator=" ", ignore_nulls=True)).alias(
            "description"
        ),
        pl.when(is_debit)
        .then(pl.coalesce("payee", "payer"))
        .otherwise(pl.coalesce("payer", "payee"))
        .alias("counterparty"),
        pl.coalesce(
            "own_ref", pl.when(~pl.col("entry_ref").str.contains("^0+$")).then("entry_ref")
        ).alias("bank_ref"),
        words(pl.col("kind")).alias("kind_code"),
        pl.when(pl.col("amount").is_null())
        .then(pl.lit("position 20 is no digit, or positions 91 to 104 are not 14 digits with sign"))
        .alias("message"),
    )


def _texts(supplements: pl.DataFrame) -> pl.DataFrame:
    """The supplements that say what the movement is about."""
    told = supplements.filter(pl.col("kind").str.to_uppercase().is_in(_TEXTS))
    return joined(told, "unit", "told", " ").rename({"told": "texts"})


def _names(supplements: pl.DataFrame) -> pl.DataFrame:
    """Who paid and who was paid."""
    kind, name = pl.col("kind").str.to_uppercase(), words(pl.col("told"))
    return (
        supplements.filter(kind.is_in(_PAYERS + _PAYEES))
        .select(
            "unit",
            pl.when(kind.is_in(_PAYERS)).then(name).alias("payer"),
            pl.when(kind.is_in(_PAYEES)).then(name).alias("payee"),
        )
        .group_by("unit")
        .agg(pl.col("payer", "payee").drop_nulls().first())
    )


def _originals(supplements: pl.DataFrame) -> pl.DataFrame:
    """MMO: currency, decimals, amount in that currency; decimals of the rate, and the rate."""
    amount = cell(53, 66)
    rate_decimals = cell(67, 67).cast(pl.Int64, strict=False).fill_null(0)
    return (
        supplements.filter(pl.col("kind").str.to_uppercase() == "MMO")
        .unique("unit", keep="first")
        .select(
            "unit",
            words(cell(49, 51)).alias("original_currency"),
            or_printed(unsigned(amount, cell(52, 52)), amount).alias("original_amount_text"),
            decimal_text(cell(68, 78), 11, rate_decimals).alias("exchange_rate_text"),
        )
    )


def _raw(parts: pl.DataFrame) -> pl.DataFrame:
    return joined(parts, "unit", "text", "\n").rename({"text": "raw_text"})


def _lost(lines: pl.DataFrame) -> pl.DataFrame:
    """Remarks about supplements whose movement is not in the statement."""
    said = lines.with_columns(
        place(),
        pl.lit(None, dtype=pl.UInt32).alias("record_no"),
        pl.col("text").str.strip_chars_end().alias("raw_text"),
        pl.lit("this supplement (05) has no movement (04) above it").alias("message"),
    )
    return remarks(said, Code.UNREADABLE_ROW, _REMEDY)
