"""The referee: opening + Σ = closing, exactly, and every running balance follows from the last.

Where a bank prints a balance beside each row, the rows chain: balance[i-1] + amount[i] = balance[i]
Files run forwards or backwards; the order in which the chain closes is the order of time.
Pending records are announced, not booked: they take no part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from schemas.findings import FINDING, Code
from schemas.money import MONEY, MONEY_LIMIT, PRINTED
from schemas.statement import PROVED, Proof

_KEY = ["file_no", "statement_no"]
_WIDE = pl.Decimal(38, 4)
_REMEDY = "ask the bank for a new export; or buffet quarantine accept FILE --reason …"


@dataclass(frozen=True)
class Proven:
    """PROVED statements, and FINDING rows about those that do not add up."""

    statements: pl.DataFrame
    findings: pl.DataFrame


def prove(
    statements: pl.DataFrame,
    transactions: pl.DataFrame,
    findings: pl.DataFrame,
    *,
    accepted: Sequence[int] = (),
) -> Proven:
    """Check each statement's arithmetic to the cent.

    A statement with opening and closing balance is proven or failed. One that lacks a balance, that
    has a single row and no balance but the one beside it, or some of whose records were set aside,
    is unproven. A failed statement is quarantined whole, unless a person accepted its file.

    Args:
        statements: STATEMENT.
        transactions: TYPED rows that passed validation.
        findings: FINDING rows so far; those that set a record aside are counted.
        accepted: file numbers whose statements are loaded even if they fail.
    """
    booked = transactions.filter(pl.col("status") == "booked")
    chained = _chains(booked)
    sums = (
        statements.select(_KEY)
        .join(_sums(booked), on=_KEY, how="left")
        .join(transactions.group_by(_KEY).agg(pl.len().alias("record_count")), on=_KEY, how="left")
        .join(
            findings.filter("is_set_aside").group_by(_KEY).agg(pl.len().alias("set_aside_count")),
            on=_KEY,
            how="left",
        )
        .join(_chain_ends(chained), on=_KEY, how="left")
    )
    judged = _judge(statements.join(sums, on=_KEY, how="left", maintain_order="left")).with_columns(
        ((pl.col("proof") == Proof.FAILED.value) & ~pl.col("file_no").is_in(list(accepted))).alias(
            "is_quarantined"
        )
    )
    return Proven(
        judged.select(pl.col(name).cast(dtype) for name, dtype in PROVED.items()),
        pl.concat([_unbalanced(judged), _broken_rows(chained, judged)]),
    )


def _sums(booked: pl.DataFrame) -> pl.DataFrame:
    amount = pl.col("amount").cast(_WIDE)
    return booked.group_by(_KEY).agg(
        amount.filter(amount > 0).sum().alias("credit_sum"),
        amount.filter(amount < 0).sum().alias("debit_sum"),
        pl.col("booked_on").min().alias("first_on"),
        pl.col("booked_on").max().alias("last_on"),
    )


def _chains(booked: pl.DataFrame) -> pl.DataFrame:
    """Rows with a running balance, and the opening balance that each implies in either direction.

    Forwards a row implies balance - Σ up to it; backwards, balance - Σ of it and all rows below it.
    Along an unbroken chain all rows imply the same opening balance.
    """
    amount = pl.col("amount").cast(_WIDE)
    total, upto = amount.sum().over(_KEY), amount.cum_sum().over(_KEY)
    balance = pl.col("balance_after").cast(_WIDE)
    implied = (
        booked.sort(*_KEY, "record_no")
        .with_columns(
            (balance - upto).alias("forwards"),
            (balance - (total - upto + amount)).alias("backwards"),
        )
        .filter(pl.col("balance_after").is_not_null())
    )
    breaks = [
        (pl.col(way) != pl.col(way).shift(1).over(_KEY))
        .fill_null(value=False)
        .alias(f"{way}_break")
        for way in ("forwards", "backwards")
    ]
    return implied.with_columns(breaks)


def _chain_ends(chained: pl.DataFrame) -> pl.DataFrame:
    """By statement: the direction with fewer breaks, their number and the opening it implies.

    On a tie the days decide: a file whose first day is later than its last one runs backwards.
    """
    falls = pl.col("booked_on").first() > pl.col("booked_on").last()
    forwards, backwards = pl.col("forwards_break").sum(), pl.col("backwards_break").sum()
    is_backwards = (backwards < forwards) | ((backwards == forwards) & falls)
    return chained.group_by(_KEY, maintain_order=True).agg(
        is_backwards.alias("is_backwards"),
        pl.when(is_backwards).then(backwards).otherwise(forwards).alias("chain_breaks"),
        pl.when(is_backwards)
        .then(pl.col("backwards").last())
        .otherwise(pl.col("forwards").first())
        .alias("chain_opening"),
        pl.len().alias("chain_rows"),
    )


def _judge(statements: pl.DataFrame) -> pl.DataFrame:
    """Fill balances in from an unbroken chain, then compare and decide."""
    zero = pl.lit(0).cast(_WIDE)
    unbroken = pl.col("chain_breaks") == 0
    total = pl.col("credit_sum") + pl.col("debit_sum")
    first_on = pl.coalesce("starts_on", "first_on")
    difference = pl.col("opening_balance") + total - pl.col("closing_balance")
    return (
        statements.with_columns(
            pl.col("credit_sum", "debit_sum").fill_null(zero),
            pl.col("record_count", "set_aside_count", "chain_breaks").fill_null(0),
            *(_storable(name) for name in ("opening_balance", "closing_balance")),
        )
        .with_columns(
            (
                pl.col("opening_balance").is_null()
                & pl.col("closing_balance").is_null()
                & (pl.col("chain_rows").fill_null(0) < 2)
            ).alias("is_circular")
        )
        .with_columns(
            pl.coalesce("opening_balance", pl.when(unbroken).then(pl.col("chain_opening"))).alias(
                "opening_balance"
            ),
            pl.coalesce(
                "closing_balance", pl.when(unbroken).then(pl.col("chain_opening") + total)
            ).alias("closing_balance"),
        )
        .with_columns(
            pl.coalesce("opening_on", first_on.dt.offset_by("-1d")).alias("opening_on"),
            pl.coalesce("closing_on", "ends_on", "last_on").alias("closing_on"),
            first_on.alias("starts_on"),
            pl.coalesce("ends_on", "last_on").alias("ends_on"),
            pl.when(~pl.col("is_circular")).then(difference).alias("difference"),
        )
        .with_columns(_proof().alias("proof"))
    )


def _proof() -> pl.Expr:
    is_wrong = (pl.col("difference") != 0).fill_null(value=False) | (pl.col("chain_breaks") > 0)
    return (
        pl.when(is_wrong & (pl.col("set_aside_count") == 0))
        .then(pl.lit(Proof.FAILED.value))
        .when(is_wrong | pl.col("difference").is_null())
        .then(pl.lit(Proof.UNPROVEN.value))
        .otherwise(pl.lit(Proof.PROVEN.value))
    )


def _storable(column: str) -> pl.Expr:
    """A balance that the ledger can hold exactly, else null: it then proves nothing."""
    balance = pl.col(column)
    is_exact = (balance.cast(_WIDE, strict=False).cast(PRINTED, strict=False) == balance) & (
        balance.abs() < pl.lit(MONEY_LIMIT).cast(PRINTED)
    )
    return pl.when(is_exact).then(balance.cast(_WIDE, strict=False)).otherwise(None).alias(column)


def _unbalanced(judged: pl.DataFrame) -> pl.DataFrame:
    """One finding a failed statement, with the arithmetic."""
    failed = judged.filter("is_quarantined")
    text = {
        name: _as_text(pl.col(name))
        for name in ("opening_balance", "closing_balance", "difference")
    }
    total = _as_text(pl.col("credit_sum") + pl.col("debit_sum"))
    arithmetic = pl.format(
        "opening {} and movements {} do not make closing {}: off by {}",
        text["opening_balance"],
        total,
        text["closing_balance"],
        text["difference"],
    )
    chain = pl.format(
        "the running balance breaks at {} rows; a row is missing, doubled or changed",
        "chain_breaks",
    )
    return _as_findings(
        failed.with_columns(
            pl.lit(None, dtype=pl.UInt32).alias("record_no"),
            pl.format("statement {}", "statement_no").alias("place"),
            pl.lit(Code.STATEMENT_UNBALANCED.value).alias("code"),
            pl.when(pl.col("chain_breaks") > 0).then(chain).otherwise(arithmetic).alias("message"),
            pl.lit("").alias("raw_text"),
        )
    )


def _broken_rows(chained: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """One remark for each row whose running balance does not follow from its neighbour."""
    ends = judged.filter("is_quarantined").select(*_KEY, "is_backwards")
    is_break = (
        pl.when("is_backwards").then(pl.col("backwards_break")).otherwise(pl.col("forwards_break"))
    )
    rows = chained.join(ends, on=_KEY, how="inner", maintain_order="left").filter(is_break)
    return _as_findings(
        rows.with_columns(
            pl.lit(Code.BALANCE_CHAIN_BROKEN.value).alias("code"),
            pl.format(
                "running balance {} does not follow from the neighbouring row",
                _as_text(pl.col("balance_after")),
            ).alias("message"),
        )
    )


def _as_text(amount: pl.Expr) -> pl.Expr:
    """An amount as a person writes it: two decimals, or four where it has them."""
    return amount.cast(MONEY).cast(pl.String).str.replace(r"00$", "")


def _as_findings(rows: pl.DataFrame) -> pl.DataFrame:
    """Remarks: the statement's quarantine sets the records aside, not these rows."""
    return rows.with_columns(
        pl.lit(_REMEDY).alias("remedy"), pl.lit(value=False).alias("is_set_aside")
    ).select(pl.col(name).cast(dtype) for name, dtype in FINDING.items())
