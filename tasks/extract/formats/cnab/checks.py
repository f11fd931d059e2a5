"""What CNAB 240 files count and add up themselves, compared with what they hold."""

import polars as pl

from schemas.findings import Code
from schemas.phrase import phrase
from tasks.extract.lines import cell, decimal_text, place, remarks

_REMEDY = "the balances decide whether the statement is whole; if they fail, ask for a new export"
_TRIM_REMEDY = "nothing is lost; keep editors away from the file, or ask for it again"
_WIDTH = 240
_WIDE = pl.Decimal(38, 2)


def checks(lines: pl.DataFrame) -> pl.DataFrame:
    """Remarks about sequence, counts and totals that differ, foreign lots and trimmed lines."""
    lots = _lots(lines.filter("is_in_lot"))
    return pl.concat(
        [
            _remarks(_holes(lines), _REMEDY),
            _remarks(_lot_totals(lots), _REMEDY),
            _remarks(_file_counts(lines), _REMEDY),
            _remarks(_foreign(lines), _REMEDY),
            _remarks(_trimmed(lines), _TRIM_REMEDY, Code.UNREADABLE_ROW),
        ]
    )


def _holes(lines: pl.DataFrame) -> pl.DataFrame:
    """The first movement of each lot that does not bear the next number."""
    rows = lines.filter((pl.col("kind") == "3") & pl.col("is_stated")).with_columns(
        cell(9, 13).alias("printed"),
        pl.int_range(1, pl.len() + 1).over("lot").alias("expected"),
    )
    is_next = pl.col("printed").cast(pl.Int64, strict=False).eq_missing(pl.col("expected"))
    return (
        rows.filter(~is_next)
        .unique("lot", keep="first", maintain_order=True)
        .with_columns(
            phrase('movement {} of the lot bears the number "{}"', "expected", "printed").alias(
                "message"
            )
        )
    )


def _lots(lines: pl.DataFrame) -> pl.DataFrame:
    """The last line of each statement lot, with what stands above it."""
    is_movement = (pl.col("kind") == "3") & (cell(14, 14) == "E")
    is_own = cell(109, 111).str.strip_chars().is_in(["DPV", ""])
    rows = lines.filter("is_stated").with_columns(
        pl.when(is_movement).then(decimal_text(cell(151, 168), 18, 2)).cast(_WIDE).alias("value"),
        cell(169, 169).alias("mark"),
        is_own.alias("is_own"),
    )
    value = pl.col("value")
    sums = rows.group_by("lot").agg(
        pl.len().alias("size"),
        *(
            expr.sum().fill_null(0).alias(f"{name}{suffix}")
            for name, mark in (("debits", "D"), ("credits", "C"))
            for suffix, expr in (
                ("", value.filter(pl.col("mark") == mark)),
                ("_own", value.filter((pl.col("mark") == mark) & pl.col("is_own"))),
            )
        ),
    )
    return rows.filter(pl.col("kind") == "5").join(
        sums, on="lot", how="left", maintain_order="left"
    )


def _lot_totals(lots: pl.DataFrame) -> pl.DataFrame:
    said = [_uncounted("the lot", cell(171, 176), pl.col("size"))]
    for name, first in (("debits", 177), ("credits", 195)):
        stated = decimal_text(cell(first, first + 17), 18, 2)
        value = stated.cast(_WIDE, strict=False)
        fits = (value == pl.col(name)) | (value == pl.col(f"{name}_own"))
        is_blank = ~cell(first, first + 17).str.contains(r"\S")
        said.append(
            pl.when(~(fits.fill_null(value=False) | is_blank)).then(
                phrase(
                    f"the lot states {name} of {{}}, its movements make {{}}",
                    stated.fill_null("nothing readable"),
                    pl.col(name).cast(pl.String),
                )
            )
        )
    return lots.with_columns(
        pl.concat_str(said, separator="; ", ignore_nulls=True).alias("message")
    )


def _file_counts(lines: pl.DataFrame) -> pl.DataFrame:
    """Record 9 counts lots and records; each part of files that were put together has its own."""
    blocks = lines.with_columns((pl.col("kind") == "0").cum_sum().alias("block"))
    found = blocks.group_by("block").agg(
        pl.len().alias("size"), (pl.col("kind") == "1").sum().alias("lots")
    )
    ends = blocks.filter(pl.col("kind") == "9").join(
        found, on="block", how="left", maintain_order="left"
    )
    said = [
        _uncounted("the file", cell(24, 29), pl.col("size")),
        _uncounted("the file", cell(18, 23), pl.col("lots"), "lots"),
    ]
    return ends.with_columns(
        pl.concat_str(said, separator="; ", ignore_nulls=True).alias("message")
    )


def _uncounted(what: str, stated: pl.Expr, found: pl.Expr, unit: str = "records") -> pl.Expr:
    is_counted = stated.cast(pl.Int64, strict=False).eq_missing(found.cast(pl.Int64))
    return pl.when(~is_counted).then(
        phrase(f'{what} states "{{}}" {unit}, it holds {{}}', stated, found)
    )


def _foreign(lines: pl.DataFrame) -> pl.DataFrame:
    is_foreign = (pl.col("kind") == "1") & ~pl.col("is_stated")
    return lines.filter(is_foreign).with_columns(
        phrase("this lot is of service {}; it states no account", cell(10, 11)).alias("message")
    )


def _trimmed(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a file that has trimmed lines: the first of them, and how many."""
    short = lines.filter(pl.col("text").str.len_chars() < _WIDTH)
    counts = short.group_by("file_no").agg(pl.len().alias("size"))
    return (
        short.unique("file_no", keep="first", maintain_order=True)
        .join(counts, on="file_no", how="left", maintain_order="left")
        .with_columns(
            phrase(
                "{} lines are shorter than 240 characters and were filled up with blanks", "size"
            ).alias("message")
        )
    )


def _remarks(rows: pl.DataFrame, remedy: str, code: Code = Code.STATED_SUM_DIFFERS) -> pl.DataFrame:
    said = rows.filter(pl.col("message") != "").with_columns(
        place(),
        pl.lit(None, dtype=pl.UInt32).alias("record_no"),
        pl.col("text").str.strip_chars_end().alias("raw_text"),
    )
    return remarks(said, code, remedy)
