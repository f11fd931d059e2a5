"""The movements of many Norma 43 files, cut into cells at once."""

import polars as pl

from tasks.extract.formats.norma43.currencies import iso_code
from tasks.extract.lines import (
    cell,
    cut,
    day_text,
    decimal_text,
    joined,
    or_printed,
    place,
    settled,
    words,
)

_REMEDY = "compare it with the statement on paper; ask the bank for a new export"
_MOVEMENT = {
    "booked": (11, 16),
    "valued": (17, 22),
    "kind_code": (23, 27),
    "key": (28, 28),
    "digits": (29, 42),
    "document": (43, 52),
    "first_ref": (53, 64),
    "second_ref": (65, 80),
}


def movements(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut records 22 to 24 out of lines that know their code, statement and year.

    Returns:
        RECORD, and FINDING.
    """
    parts = lines.filter(pl.col("code").is_in(["22", "23", "24"])).with_columns(
        (pl.col("code") == "22").cum_sum().alias("unit")
    )
    heads = parts.filter(pl.col("code") == "22").with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no").alias("record_no")
    )
    rows = cut(heads, _MOVEMENT)
    for more in (_concepts(parts), _originals(parts), _printed(parts)):
        rows = rows.join(more, on="unit", how="left", maintain_order="left")
    is_keyed = pl.col("key").is_in(["1", "2"])
    amount = decimal_text(pl.col("digits"), 14, 2, pl.col("key") == "1")
    refs = [_reference(name) for name in ("document", "first_ref", "second_ref")]
    rows = rows.with_columns(pl.when(is_keyed).then(amount).alias("amount")).with_columns(
        place(),
        or_printed(pl.col("amount"), pl.col("key") + pl.col("digits")).alias("amount_text"),
        *(
            day_text(pl.col(name), "ymd", pl.col("year")).alias(f"{name}_text")
            for name in ("booked", "valued")
        ),
        pl.coalesce(refs).alias("bank_ref"),
        pl.coalesce("concepts", *reversed(refs)).alias("description"),
        pl.when(pl.col("amount").is_null())
        .then(pl.lit("positions 28 to 42 of record 22 are not a key, 1 or 2, and 14 digits"))
        .alias("message"),
    )
    return settled(rows, _REMEDY)


def _reference(name: str) -> pl.Expr:
    """A reference, null if it is blank or zeros only."""
    text = words(pl.col(name))
    return pl.when(~text.str.contains("^0*$")).then(text)


def _concepts(parts: pl.DataFrame) -> pl.DataFrame:
    """The concepts of up to five records 23; the two of a record are one text of 76 characters."""
    told = parts.filter(pl.col("code") == "23").with_columns(cell(5, 80).alias("concepts"))
    return joined(told, "unit", "concepts", " ").with_columns(words(pl.col("concepts")))


def _originals(parts: pl.DataFrame) -> pl.DataFrame:
    """The amount in the currency of the purchase, record 24."""
    digits = cell(8, 21)
    return (
        parts.filter(pl.col("code") == "24")
        .unique("unit", keep="first")
        .select(
            "unit",
            iso_code(cell(5, 7)).alias("original_currency"),
            or_printed(decimal_text(digits, 14, 2), digits).alias("original_amount_text"),
        )
    )


def _printed(parts: pl.DataFrame) -> pl.DataFrame:
    return joined(parts, "unit", "text", "\n").rename({"text": "raw_text"})
