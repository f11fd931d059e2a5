"""The proof: opening + Σ = closing, exactly, and every running balance follows from the last.

Where a bank prints a balance beside each row, the rows chain: balance[i-1] + amount[i] = balance[i]
Files run forwards or backwards; the order in which the chain closes is the order of time.
Pending records are announced, not booked: they take no part.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.findings import FINDING, Code
from schemas.money import BALANCE_LIMIT, PRINTED, TOTAL
from schemas.phrase import phrase
from schemas.statement import PROVED, Proof
from tasks.validate import decided, unread
from tasks.validate.chains import ENDS, KEY, broken, directions, ends_of
from tasks.validate.decided import Key

_REMEDY = "ask the bank for a new export; or buffet quarantine accept FILE --reason …"

TALLY = pl.Schema(
    {
        **ENDS,
        "record_count": pl.UInt32(),
        "set_aside_count": pl.UInt32(),
        "unread_count": pl.UInt32(),
        "credit_sum": TOTAL,
        "debit_sum": TOTAL,
        "first_on": pl.Date(),
        "last_on": pl.Date(),
        "first_currency": pl.String(),  # of the rows, in the order of the alphabet
        "last_currency": pl.String(),
    }
)
"""One row a statement: what one volume holds of it. Pending rows are counted, nothing more."""


@dataclass(frozen=True)
class Proven:
    """PROVED statements, and FINDING rows about those that do not add up."""

    statements: pl.DataFrame
    findings: pl.DataFrame


@dataclass(frozen=True)
class Judged:
    """PROVED statements, FINDING rows about those that fail, and which way their chains run."""

    statements: pl.DataFrame
    findings: pl.DataFrame
    ways: pl.DataFrame


def prove(
    statements: pl.DataFrame,
    transactions: pl.DataFrame,
    findings: pl.DataFrame,
    *,
    accepted: Collection[Key] = (),
) -> Proven:
    """Check each statement's arithmetic to the cent; all of its rows are in memory.

    Args:
        statements: STATEMENT.
        transactions: TYPED rows that passed validation.
        findings: FINDING rows so far; those that set a record aside are counted.
        accepted: statements that are loaded even if they fail.
    """
    judged = judge(statements, [tally(transactions, findings)], accepted=accepted)
    rows = broken_rows(transactions, [], judged)
    return Proven(judged.statements, pl.concat([judged.findings, rows]))


def tally(transactions: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Sum up what one volume holds of each statement, see TALLY.

    Args:
        transactions: TYPED rows of the volume that passed validation.
        findings: FINDING rows of the volume.
    """
    booked = transactions.filter(pl.col("status") == "booked")
    amount = pl.col("amount").cast(TOTAL)
    sums = booked.group_by(KEY).agg(
        amount.filter(amount > 0).sum().alias("credit_sum"),
        amount.filter(amount < 0).sum().alias("debit_sum"),
        pl.col("booked_on").min().alias("first_on"),
        pl.col("booked_on").max().alias("last_on"),
        pl.col("currency").min().alias("first_currency"),
        pl.col("currency").max().alias("last_currency"),
    )
    kept = transactions.group_by(KEY).agg(pl.len().alias("record_count"))
    aside = findings.filter("is_set_aside")
    counted = aside.group_by(KEY).agg(pl.len().alias("set_aside_count"))
    parts = [ends_of(booked, aside), sums, kept, counted, unread.unread(findings)]
    whole = pl.concat([part.select(KEY) for part in parts]).unique().sort(KEY)
    for part in parts:
        whole = whole.join(part, on=KEY, how="left", maintain_order="left")
    return whole.select(pl.col(name).cast(dtype) for name, dtype in TALLY.items())


def judge(
    statements: pl.DataFrame,
    tallies: Sequence[pl.DataFrame],
    *,
    accepted: Collection[Key] = (),
    dropped: Collection[Key] = (),
) -> Judged:
    """Decide on each statement by what its volumes hold.

    A statement with opening and closing balance is proven or failed. One that lacks a balance, that
    goes on after the last balance which is printed, that has a single row and no balance but the
    one beside it, with rows in another currency, or that does not add up where records are set
    aside, is unproven. A failed
    statement is quarantined whole, unless a person accepted it, and so is one that is not proven in
    a file of which too much could not be read; one that a person dropped is quarantined whole, and
    is not proven, for all of its records are set aside.

    Args:
        statements: STATEMENT.
        tallies: TALLY of each volume, in the order of the file.
        accepted: statements that are loaded even if they fail.
        dropped: statements that are not wanted, whether they fail or not.
    """
    counts = ("record_count", "set_aside_count", "credit_sum", "debit_sum")
    told = pl.concat([TALLY.to_frame(), *tallies])
    sums = (
        told.group_by(KEY)
        .agg(
            *(pl.col(name).drop_nulls().sum() for name in counts),
            pl.col("first_on", "first_currency").min(),
            pl.col("last_on", "last_currency").max(),
        )
        .join(directions([one.select(ENDS.names()) for one in tallies]), on=KEY, how="left")
    )
    joined = statements.join(sums, on=KEY, how="left", maintain_order="left")
    joined = joined.join(unread.too_much(told), on="file_no", how="left", maintain_order="left")
    judged = _decide(_judge(joined), accepted, dropped)
    held = judged.filter("is_quarantined")
    failed = held.filter(pl.col("proof") == Proof.FAILED.value)
    others = held.filter(pl.col("proof") != Proof.FAILED.value)
    unwanted = others.filter(_is_among(dropped))
    mostly = others.filter(~_is_among(dropped))
    return Judged(
        judged.select(pl.col(name).cast(dtype) for name, dtype in PROVED.items()),
        pl.concat(
            [
                _unbalanced(failed),
                _unread(mostly),
                _unwanted(unwanted),
                _mixed(judged.filter(pl.col("has_others") & ~pl.col("is_quarantined"))),
            ]
        ),
        failed.drop_nulls("is_backwards").select(*KEY, "is_backwards"),
    )


def broken_rows(
    transactions: pl.DataFrame, before: Sequence[pl.DataFrame], judged: Judged
) -> pl.DataFrame:
    """One remark for each row of a failed statement that does not follow from its neighbour.

    Args:
        transactions: TYPED rows of one volume that passed validation.
        before: TALLY of the volumes before it.
        judged: the verdict on the whole.
    """
    if judged.ways.is_empty():
        return FINDING.to_frame()
    booked = transactions.filter(pl.col("status") == "booked")
    rows = broken(booked, [one.select(ENDS.names()) for one in before], judged.ways)
    return _as_findings(
        rows.with_columns(
            pl.lit(Code.BALANCE_CHAIN_BROKEN.value).alias("code"),
            phrase(
                "running balance {} does not follow from the neighbouring row",
                _as_text(pl.col("balance_after")),
            ).alias("message"),
        ),
        _REMEDY,
    )


def _judge(statements: pl.DataFrame) -> pl.DataFrame:
    """Fill balances in from an unbroken chain, then compare and decide.

    What moved after the last balance that is printed, no balance proves.
    """
    zero = pl.lit(0).cast(TOTAL)
    unbroken = (pl.col("chain_breaks") == 0) & ~pl.col("is_early_late").fill_null(value=False)
    reaches_the_end = unbroken & (pl.col("rows_behind") == 0)
    total = pl.col("credit_sum") + pl.col("debit_sum")
    first_on = pl.coalesce("starts_on", _began_on())
    difference = pl.col("opening_balance") + total - pl.col("closing_balance")
    return (
        statements.with_columns(
            pl.col("credit_sum", "debit_sum").fill_null(zero),
            pl.col("record_count", "set_aside_count", "chain_breaks", "lone_breaks").fill_null(0),
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
                "closing_balance", pl.when(reaches_the_end).then(pl.col("chain_opening") + total)
            ).alias("closing_balance"),
        )
        .with_columns(
            pl.coalesce("opening_on", first_on.dt.offset_by("-1d")).alias("opening_on"),
            pl.coalesce("closing_on", "ends_on", "last_on").alias("closing_on"),
            first_on.alias("starts_on"),
            pl.coalesce("ends_on", "last_on").alias("ends_on"),
            pl.when(~pl.col("is_circular")).then(difference).alias("difference"),
        )
        .with_columns(_has_others().alias("has_others"))
        .with_columns(_proof().alias("proof"))
    )


def _decide(
    judged: pl.DataFrame, accepted: Collection[Key], dropped: Collection[Key]
) -> pl.DataFrame:
    """Add is_quarantined: what fails or is not trusted, unless accepted, and what was dropped."""
    is_failed = pl.col("proof") == Proof.FAILED.value
    is_dropped = _is_among(dropped)
    is_proven = pl.col("proof") == Proof.PROVEN.value
    is_doubtful = is_failed | (~is_proven & pl.col("unread_text").is_not_null())
    return judged.with_columns(
        ((is_doubtful & ~_is_among(accepted)) | is_dropped).alias("is_quarantined"),
        pl.when(is_dropped & is_proven)
        .then(pl.lit(Proof.UNPROVEN.value))
        .otherwise("proof")
        .alias("proof"),
    )


def _is_among(keys: Collection[Key]) -> pl.Expr:
    """Is the statement one of these?"""
    number = pl.col("file_no").cast(pl.UInt64) * (1 << 32) + pl.col("statement_no")
    return number.is_in([(file_no << 32) + statement_no for file_no, statement_no in keys])


def _began_on() -> pl.Expr:
    """The first day that a statement prints; what is dated before its opening balance came late."""
    opened, last_on = pl.col("opening_on"), pl.coalesce("ends_on", "closing_on", "last_on")
    is_late = (opened > pl.col("first_on")) & (opened <= last_on)
    return pl.when(is_late).then(opened).otherwise("first_on")


def _has_others() -> pl.Expr:
    """Some rows are in another currency than their statement: their sum says nothing."""
    first = pl.col("first_currency")
    return (first != pl.col("last_currency")) | (first != pl.col("currency")).fill_null(value=False)


def _proof() -> pl.Expr:
    is_wrong = (pl.col("difference") != 0).fill_null(value=False) | (pl.col("chain_breaks") > 0)
    return (
        pl.when(is_wrong & ((pl.col("set_aside_count") == 0) | (pl.col("lone_breaks") > 0)))
        .then(pl.lit(Proof.FAILED.value))
        .when(is_wrong | pl.col("difference").is_null() | pl.col("has_others"))
        .then(pl.lit(Proof.UNPROVEN.value))
        .otherwise(pl.lit(Proof.PROVEN.value))
    )


def _storable(column: str) -> pl.Expr:
    """A balance that the ledger can hold exactly, else null: it then proves nothing."""
    balance = pl.col(column)
    is_exact = (balance.cast(TOTAL, strict=False).cast(PRINTED, strict=False) == balance) & (
        balance.abs() < pl.lit(BALANCE_LIMIT).cast(PRINTED)
    )
    return pl.when(is_exact).then(balance.cast(TOTAL, strict=False)).otherwise(None).alias(column)


def _unread(held: pl.DataFrame) -> pl.DataFrame:
    """One finding a statement that is held for what could not be read of its file."""
    message = phrase(
        "{} records of the file cannot be read: more than a quarter, so that the rest is not"
        " trusted without a balance that proves it",
        "unread_text",
    )
    return _of_statements(held, Code.MOSTLY_UNREAD, message, unread.REMEDY)


def _mixed(others: pl.DataFrame) -> pl.DataFrame:
    """One remark a statement with rows in another currency than its own."""
    message = phrase(
        "it is in {} and has records in another currency: no balance proves them", "currency"
    )
    return _of_statements(others, Code.CURRENCY_UNREADABLE, message, "compare it with the bank")


def _unwanted(dropped: pl.DataFrame) -> pl.DataFrame:
    """One finding a statement that could be loaded, had a person not dropped it."""
    message = pl.lit("it could be loaded, but a person dropped it")
    return _of_statements(dropped, Code.DROPPED, message, decided.REMEDY)


def _unbalanced(failed: pl.DataFrame) -> pl.DataFrame:
    """One finding a failed statement, with the arithmetic."""
    text = {
        name: _as_text(pl.col(name))
        for name in ("opening_balance", "closing_balance", "difference")
    }
    total = _as_text(pl.col("credit_sum") + pl.col("debit_sum"))
    arithmetic = phrase(
        "opening {} and movements {} do not make closing {}: off by {}",
        text["opening_balance"],
        total,
        text["closing_balance"],
        text["difference"],
    )
    chain = phrase(
        "the running balance breaks at {} rows; a row is missing, doubled or changed",
        "chain_breaks",
    )
    message = pl.when(pl.col("chain_breaks") > 0).then(chain).otherwise(arithmetic)
    return _of_statements(failed, Code.STATEMENT_UNBALANCED, message, _REMEDY)


def _of_statements(held: pl.DataFrame, code: Code, message: pl.Expr, remedy: str) -> pl.DataFrame:
    """One finding for each of these statements, about the whole of it."""
    return _as_findings(
        held.with_columns(
            pl.lit(None, dtype=pl.UInt32).alias("record_no"),
            phrase("statement {}", "statement_no").alias("place"),
            pl.lit(code.value).alias("code"),
            message.alias("message"),
            pl.lit("").alias("raw_text"),
        ),
        remedy,
    )


def _as_text(amount: pl.Expr) -> pl.Expr:
    """An amount as a person writes it: two decimals, or four where it has them."""
    return amount.cast(TOTAL).cast(pl.String).str.replace(r"00$", "")


def _as_findings(rows: pl.DataFrame, remedy: str) -> pl.DataFrame:
    """Remarks: the statement's quarantine sets the records aside, not these rows."""
    return rows.with_columns(
        pl.lit(remedy).alias("remedy"), pl.lit(value=False).alias("is_set_aside")
    ).select(pl.col(name).cast(dtype) for name, dtype in FINDING.items())
