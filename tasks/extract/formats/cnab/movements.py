"""The movements of many CNAB 240 files, segment E, cut into cells at once."""

import polars as pl

from tasks.extract.lines import (
    cell,
    cut,
    decimal_text,
    or_printed,
    place,
    settled,
    words,
)

_REMEDY = "compare it with the statement of the bank; ask it for a new export"
_KEY = ["file_no", "statement_no"]
_WIDE = pl.Decimal(38, 2)
_MOVEMENT = {
    "bank": (1, 3),
    "nature": (109, 111),
    "valued_text": (135, 142),
    "booked_text": (143, 150),
    "digits": (151, 168),
    "mark": (169, 169),
    "kind_code": (170, 172),
    "history": (177, 201),
    "document": (202, 208),
    "second": (209, 240),
}
_BB, _ITAU = "001", "341"


def movements(lines: pl.DataFrame, statements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut segments E out of lines that know their type and statement.

    Banco do Brasil prints one identification from position 202 on, Itaú six characters at the end;
    with the others a document and a second line of text stand there.

    Args:
        lines: the lines.
        statements: STATEMENT_TEXT of the same files; the balances may decide about natures.

    Returns:
        RECORD, and FINDING.
    """
    rows = cut(lines.filter((pl.col("kind") == "3") & (cell(14, 14) == "E")), _MOVEMENT)
    is_marked = pl.col("mark").is_in(["C", "D"])
    amount = decimal_text(pl.col("digits"), 18, 2, pl.col("mark") == "D")
    rows = rows.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no").alias("record_no"),
        pl.when(is_marked).then(amount).alias("amount"),
        (~pl.col("nature").str.strip_chars().is_in(["DPV", ""])).alias("is_apart"),
    )
    rows = _with_pending(rows, statements)
    is_bb, is_itau = pl.col("bank") == _BB, pl.col("bank") == _ITAU
    rows = rows.with_columns(
        place(),
        or_printed(pl.col("amount"), pl.col("digits") + pl.col("mark")).alias("amount_text"),
        words(
            pl.when(is_bb | is_itau)
            .then(pl.col("history"))
            .otherwise(pl.col("history") + " " + pl.col("second"))
        ).alias("description"),
        words(
            pl.when(is_bb)
            .then(pl.col("document") + pl.col("second"))
            .when(is_itau)
            .then(pl.col("second"))
            .otherwise(pl.col("document").str.replace("^0+$", ""))
        ).alias("bank_ref"),
        pl.col("text").str.strip_chars_end().alias("raw_text"),
        pl.when(pl.col("amount").is_null())
        .then(pl.lit("positions 151 to 169 of segment E are not 18 digits and C or D"))
        .alias("message"),
    )
    return settled(rows, _REMEDY)


def _with_pending(rows: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """Movements that are not DPV are pending, unless the balances close only with them."""
    if not rows["is_apart"].any():
        return rows.with_columns(pl.lit(value=False).alias("is_pending"))
    value = pl.col("amount").cast(_WIDE, strict=False)
    balances = statements.select(
        *_KEY,
        pl.col("opening_text", "closing_text").cast(_WIDE, strict=False).name.replace("_text", ""),
    )
    sums = rows.group_by(_KEY).agg(
        value.sum().alias("all_sum"), value.filter(~pl.col("is_apart")).sum().alias("own_sum")
    )
    change = pl.col("closing") - pl.col("opening")
    needed = (
        sums.join(balances, on=_KEY, how="left")
        .select(
            *_KEY,
            ((pl.col("all_sum") == change) & (pl.col("own_sum") != change)).alias("is_needed"),
        )
        .with_columns(pl.col("is_needed").fill_null(value=False))
    )
    return rows.join(needed, on=_KEY, how="left", maintain_order="left").with_columns(
        (pl.col("is_apart") & ~pl.col("is_needed")).alias("is_pending")
    )
