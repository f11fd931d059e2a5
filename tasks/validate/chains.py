"""Running balances: where a bank prints a balance beside each row, the rows chain.

    forwards   a row implies an opening balance: its own balance - Σ up to it
    backwards  in a file from new to old: its own balance + Σ above it - Σ of the statement

Along an unbroken chain all rows imply the same. Volumes of a large file are summed up one by one:
what the rows of a volume imply is known but for Σ of the volumes before it. For the same reason the
Σ of the statement is taken off at the very end.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from schemas.money import TOTAL

KEY = ["file_no", "statement_no"]
_WAYS = ("forwards", "backwards")

ENDS = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "statement_no": pl.UInt32(),
        "moved": TOTAL,  # Σ of all booked rows
        "rows_above": pl.UInt32(),  # rows that move money above the first balance; all if none
        "rows_below": pl.UInt32(),  # and below the last one
        "chain_rows": pl.UInt32(),  # rows with a balance; what follows is about them
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "forwards_first": TOTAL,  # what the first of them implies
        "forwards_last": TOTAL,
        "backwards_first": TOTAL,
        "backwards_last": TOTAL,
        "forwards_breaks": pl.UInt32(),
        "backwards_breaks": pl.UInt32(),
        "forwards_lone": pl.UInt32(),  # breaks at which no record is set aside
        "backwards_lone": pl.UInt32(),
        "rises": pl.Boolean(),  # no day is before that of the row above
        "falls": pl.Boolean(),
        "above_on": pl.Date(),  # the last day of the rows above the first balance
        "below_on": pl.Date(),
    }
)
"""One row a statement: the ends of its chain in one volume."""


def ends_of(booked: pl.DataFrame, aside: pl.DataFrame) -> pl.DataFrame:
    """The ends of the chains of one volume.

    Args:
        booked: TYPED rows that are booked.
        aside: FINDING rows of the records that are set aside.

    Returns:
        ENDS.
    """
    edges = [
        getattr(pl.col(way), edge)().alias(f"{way}_{edge}")
        for way in _WAYS
        for edge in ("first", "last")
    ]
    chained = _with_gaps(
        _implied(booked).with_columns(_is_break(way).alias(f"{way}_breaks") for way in _WAYS), aside
    )
    step = pl.col("booked_on").diff().drop_nulls().dt.total_days()
    summed = chained.group_by(KEY, maintain_order=True).agg(
        pl.len().alias("chain_rows"),
        pl.col("booked_on").first().alias("first_day"),
        pl.col("booked_on").last().alias("last_day"),
        (step >= 0).all().alias("rises"),
        (step <= 0).all().alias("falls"),
        *edges,
        *(pl.col(f"{way}_breaks").sum() for way in _WAYS),
        *(
            (pl.col(f"{way}_breaks") & ~pl.col("is_gap")).sum().alias(f"{way}_lone")
            for way in _WAYS
        ),
    )
    moved = booked.group_by(KEY).agg(
        pl.col("amount").cast(TOTAL).sum().alias("moved"), *_without_balance()
    )
    return moved.join(summed, on=KEY, how="left").select(
        pl.col(name).cast(dtype) for name, dtype in ENDS.items()
    )


def _with_gaps(chained: pl.DataFrame, aside: pl.DataFrame) -> pl.DataFrame:
    """With is_gap: a record is set aside between the row and the row above, or nobody knows where.

    Args:
        chained: rows with a balance, in order.
        aside: FINDING rows of the records that are set aside.
    """
    if aside.is_empty():  # so it is with nearly all files
        return chained.with_columns(pl.lit(value=False).alias("is_gap"))
    number = pl.col("record_no")
    placeless = aside.filter(number.is_null()).select(KEY).unique()
    placed = aside.select(*KEY, number.alias("aside_no")).drop_nulls().sort("aside_no")
    return (
        chained.sort("record_no")
        .join_asof(
            placed,
            left_on="record_no",
            right_on="aside_no",
            by=KEY,
            strategy="backward",
            check_sortedness=False,
        )
        .join(placeless.with_columns(pl.lit(value=True).alias("is_gap")), on=KEY, how="left")
        .sort(*KEY, "record_no")
        .with_columns(
            pl.coalesce("is_gap", pl.col("aside_no") > number.shift(1).over(KEY)).fill_null(
                value=False
            )
        )
    )


def _without_balance() -> Iterator[pl.Expr]:
    """How many rows that move money stand above all balances and below all, and till which day."""
    moves, number = pl.col("amount") != 0, pl.col("record_no")
    stated = number.filter(pl.col("balance_after").is_not_null())
    is_above, is_below = number < stated.min(), number > stated.max()
    for name, is_outside in (("above", is_above), ("below", is_below)):
        is_one = moves & is_outside.fill_null(value=True)
        yield is_one.sum().alias(f"rows_{name}")
        yield pl.col("booked_on").filter(is_one).max().alias(f"{name}_on")


def directions(volumes: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """By statement: the direction with fewer breaks, their number and the opening it implies.

    `rows_behind` are rows that move money later than the last balance that is printed;
    `lone_breaks` those at which no record is set aside; `is_early_late` says that rows before the
    first balance are dated after it. Days that rise, or fall, from the first row to the last decide
    on the direction, and on a tie the first day and the last one: a file whose first day is later
    than its last one runs backwards.

    Args:
        volumes: ENDS of each volume, in the order of the file.
    """
    known = _placed(volumes)
    total = pl.col("moved").sum()
    ends = known.filter(pl.col("chain_rows") > 0).with_columns(
        (pl.col(f"{way}_breaks") + _is_border_break(way)).alias(f"{way}_breaks") for way in _WAYS
    )
    forwards, backwards = pl.col("forwards_breaks").sum(), pl.col("backwards_breaks").sum()
    first_day, last_day = pl.col("first_day").first(), pl.col("last_day").last()
    border = (pl.col("first_day") - pl.col("last_day").shift(1)).drop_nulls().dt.total_days()
    is_rising = pl.col("rises").all() & (border >= 0).all() & (first_day < last_day)
    is_falling = pl.col("falls").all() & (border <= 0).all() & (first_day > last_day)
    is_backwards = is_falling | (
        ~is_rising & ((backwards < forwards) | ((backwards == forwards) & (first_day > last_day)))
    )
    whole = known.group_by(KEY, maintain_order=True).agg(total.alias("total"), *_at_the_ends())
    return (
        ends.join(whole, on=KEY)
        .group_by(KEY, maintain_order=True)
        .agg(
            is_backwards.alias("is_backwards"),
            pl.when(is_backwards).then(backwards).otherwise(forwards).alias("chain_breaks"),
            pl.when(is_backwards)
            .then(pl.col("backwards_last").last() - pl.col("total").first())
            .otherwise(pl.col("forwards_first").first())
            .alias("chain_opening"),
            pl.col("chain_rows").sum(),
            pl.when(is_backwards)
            .then(pl.col("rows_above_all").first())
            .otherwise(pl.col("rows_below_all").first())
            .alias("rows_behind"),
            pl.when(is_backwards)
            .then(pl.col("backwards_lone").sum())
            .otherwise(pl.col("forwards_lone").sum())
            .alias("lone_breaks"),
            pl.when(is_backwards)
            .then(pl.col("below_on_all").first() > last_day)
            .otherwise(pl.col("above_on_all").first() > first_day)
            .alias("is_early_late"),
        )
    )


def _at_the_ends() -> Iterator[pl.Expr]:
    """The rows above and below all balances, over all volumes of a statement, and their days."""
    has = (pl.col("chain_rows") > 0).fill_null(value=False)
    above, below = pl.col("rows_above"), pl.col("rows_below")
    first = above.filter(has.cum_sum() == 0).sum() + above.filter(has).first()
    last = below.filter(has.cum_sum(reverse=True) == 0).sum() + below.filter(has).last()
    yield first.alias("rows_above_all")
    yield last.alias("rows_below_all")
    is_head, is_tail = (
        has.cum_sum() - has.cast(pl.UInt32) == 0,
        has.cum_sum(reverse=True) - has.cast(pl.UInt32) == 0,
    )
    yield pl.col("above_on").filter(is_head).max().alias("above_on_all")
    yield pl.col("below_on").filter(is_tail).max().alias("below_on_all")


def broken(
    booked: pl.DataFrame, before: Sequence[pl.DataFrame], ways: pl.DataFrame
) -> pl.DataFrame:
    """The rows of one volume whose balance does not follow from the row before.

    Args:
        booked: TYPED rows of the volume that are booked.
        before: ENDS of the volumes before it.
        ways: file_no, statement_no and is_backwards of the statements to look at.
    """
    prior = (
        _placed(before)
        .group_by(KEY, maintain_order=True)
        .agg(
            pl.col("moved").sum().alias("prior"),
            *(pl.col(f"{way}_last").drop_nulls().last().alias(f"{way}_before") for way in _WAYS),
        )
    )
    shift = pl.col("prior").fill_null(pl.lit(0).cast(TOTAL))
    rows = (
        _implied(booked.join(ways.select(KEY), on=KEY, how="semi"))
        .join(prior, on=KEY, how="left", maintain_order="left")
        .with_columns(pl.col("forwards") - shift, pl.col("backwards") + shift)
        .join(ways, on=KEY, how="left", maintain_order="left")
    )
    return rows.filter(
        pl.when("is_backwards")
        .then(_is_break("backwards", pl.col("backwards_before")))
        .otherwise(_is_break("forwards", pl.col("forwards_before")))
    )


def _implied(booked: pl.DataFrame) -> pl.DataFrame:
    """Rows with a balance, in order, and what each implies as if the volume stood alone."""
    amount = pl.col("amount").cast(TOTAL)
    upto, balance = amount.cum_sum().over(KEY), pl.col("balance_after").cast(TOTAL)
    return (
        booked.sort(*KEY, "record_no")
        .with_columns(
            (balance - upto).alias("forwards"), (balance + upto - amount).alias("backwards")
        )
        .filter(pl.col("balance_after").is_not_null())
    )


def _is_break(way: str, before: pl.Expr | None = None) -> pl.Expr:
    """The row implies something else than the row before it; the first row breaks nothing."""
    above = pl.col(way).shift(1).over(KEY)
    if before is not None:
        is_first = pl.int_range(pl.len()).over(KEY) == 0
        above = pl.when(is_first).then(before).otherwise(above)
    return (pl.col(way) != above).fill_null(value=False)


def _placed(volumes: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The ends of all volumes as the whole file implies them, but for its Σ backwards."""
    stacked = pl.concat([ENDS.to_frame(), *volumes])
    prior = pl.col("moved").cum_sum().over(KEY) - pl.col("moved")
    return stacked.with_columns(
        *(pl.col(f"forwards_{edge}") - prior for edge in ("first", "last")),
        *(pl.col(f"backwards_{edge}") + prior for edge in ("first", "last")),
    )


def _is_border_break(way: str) -> pl.Expr:
    above = pl.col(f"{way}_last").shift(1).over(KEY)
    return (pl.col(f"{way}_first") != above).fill_null(value=False).cast(pl.UInt32)
