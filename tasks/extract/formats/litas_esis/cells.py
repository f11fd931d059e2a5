"""The cells of LITAS-ESIS lines, counted from 1 as the specification counts them."""

from collections.abc import Mapping

import polars as pl

from tasks.extract.lines import decimal_text

_LAST = 18
_DIGITS = 18


def split(lines: pl.DataFrame) -> pl.DataFrame:
    """Add to each line its cells, up to the last one that is read; those behind are left whole."""
    return lines.with_columns(pl.col("text").str.splitn("\t", _LAST + 1).alias("cells"))


def named(lines: pl.DataFrame, cells: Mapping[str, int]) -> pl.DataFrame:
    """Add cells by name, without the blanks around them; null if they are empty or left out."""
    return lines.with_columns(
        pl.when(text != "").then(text).alias(name)
        for name, number in cells.items()
        for text in [pl.col("cells").struct.field(f"field_{number - 1}").str.strip_chars()]
    )


def money(printed: pl.Expr, is_debit: pl.Expr | None = None) -> pl.Expr:
    """A whole number of hundredths as a number with a point; null if it is none."""
    return decimal_text(printed.str.zfill(_DIGITS), _DIGITS, 2, is_debit)
