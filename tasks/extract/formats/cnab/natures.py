"""Which movements of CNAB 240 files touch the balance, and which are only announced."""

import polars as pl

from tasks.extract.lines import cell, decimal_text

_KEY = ["file_no", "statement_no"]
_WIDE = pl.Decimal(38, 2)
_TOTALS = {"debits": (177, 194), "credits": (195, 212)}
_MARKS = {"debits": "D", "credits": "C"}


def with_pending(rows: pl.DataFrame, lines: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """Movements that are not DPV are pending, unless the lot shows that its balance holds them.

    The balances are asked first. Where they close either way, or not at all, the totals of the
    trailer are asked: Santander marks every movement of an account that is swept each day as CDS,
    so that opening and closing are zero (2026). Last, a lot without any DPV movement states the
    movements of its balances, if they close with them.

    Args:
        rows: movements with `amount`, `mark` and `nature`.
        lines: the lines of the same files, which hold the trailers of the lots.
        statements: STATEMENT_TEXT of the same files.

    Returns:
        the rows, in their order, with `is_pending`.
    """
    rows = rows.with_columns(
        (~pl.col("nature").str.strip_chars().is_in(["DPV", ""])).alias("is_apart")
    )
    if not rows["is_apart"].any():
        return rows.with_columns(pl.lit(value=False).alias("is_pending"))
    lots = (
        _sums(rows)
        .join(_balances(statements), on=_KEY, how="left")
        .join(_totals(lines), on=_KEY, how="left")
        .select(*_KEY, _is_booked().alias("is_booked"))
    )
    return rows.join(lots, on=_KEY, how="left", maintain_order="left").with_columns(
        (pl.col("is_apart") & ~pl.col("is_booked")).alias("is_pending")
    )


def _sums(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a lot: what all movements make, and what those make that are not apart."""
    value, is_own = pl.col("amount").cast(_WIDE, strict=False), ~pl.col("is_apart")
    return rows.group_by(_KEY).agg(
        is_own.any().alias("has_own"),
        value.sum().alias("all"),
        value.filter(is_own).sum().alias("own"),
        *(
            value.filter((pl.col("mark") == mark) & is_meant).sum().abs().alias(f"{whose}_{name}")
            for name, mark in _MARKS.items()
            for whose, is_meant in (("all", pl.lit(value=True)), ("own", is_own))
        ),
    )


def _balances(statements: pl.DataFrame) -> pl.DataFrame:
    opening, closing = (
        pl.col(name).cast(_WIDE, strict=False) for name in ("opening_text", "closing_text")
    )
    return statements.select(*_KEY, (closing - opening).alias("change"))


def _totals(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a lot: the debits and credits that its trailer states, null if unreadable."""
    return lines.filter("is_stated", pl.col("kind") == "5").select(
        *_KEY,
        *(
            decimal_text(cell(*span), 18, 2).cast(_WIDE, strict=False).alias(name)
            for name, span in _TOTALS.items()
        ),
    )


def _is_booked() -> pl.Expr:
    """All movements of a lot are booked. What a lot does not state decides nothing."""
    closes, adds_up = (
        {whose: fits(whose).fill_null(value=False) for whose in ("all", "own")}
        for fits in (_closes, _adds_up)
    )
    return (
        pl.when(closes["all"] != closes["own"])
        .then(closes["all"])
        .otherwise((adds_up["all"] & ~adds_up["own"]) | (closes["all"] & ~pl.col("has_own")))
    )


def _closes(whose: str) -> pl.Expr:
    return pl.col(whose) == pl.col("change")


def _adds_up(whose: str) -> pl.Expr:
    return pl.all_horizontal(pl.col(name) == pl.col(f"{whose}_{name}") for name in _TOTALS)
