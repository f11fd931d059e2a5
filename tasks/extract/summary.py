"""What `buffet read` says of a file: its statements, with sums of what was read, to the last digit.

The sums here are of everything that was read, as printed. The proof is the validation's word, on
what the ledger could hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import reduce

import polars as pl

from schemas.findings import FINDING, Code, no_findings
from schemas.masking import masked
from schemas.money import MONEY_LIMIT, PRINTED, TOTAL, plain
from tasks.extract.given import Given
from tasks.extract.read import BatchReading, FileResult

_KEY = ["file_no", "statement_no"]
_EXACT = Context(prec=60)


@dataclass(frozen=True)
class Holdable:
    """TYPED rows whose amounts the ledger can hold, and FINDING rows about all others."""

    transactions: pl.DataFrame
    findings: pl.DataFrame


def holdable(transactions: pl.DataFrame) -> Holdable:
    """Part the rows whose amount or balance the ledger would set aside for its size or precision.

    Args:
        transactions: TYPED.
    """
    fits = pl.lit(value=True)
    for name in ("amount", "balance_after", "original_amount"):
        # not strict: rounded up, an amount of 22 digits no longer fits its type
        stored = pl.col(name).cast(TOTAL, strict=False).cast(PRINTED, strict=False)
        fits &= (_is_small(name) & (stored == pl.col(name))).fill_null(value=True)
    is_fit = transactions.select(fits.alias("is_fit")).to_series()
    if is_fit.all():  # nearly always; a copy of a volume would be the most of its memory
        return Holdable(transactions, no_findings())
    others = transactions.filter(~is_fit).with_columns(
        pl.lit(Code.AMOUNT_TOO_PRECISE.value).alias("code"),
        pl.lit("an amount has more digits than the ledger can hold").alias("message"),
        pl.lit("the night would set this record aside; ask the bank for another export").alias(
            "remedy"
        ),
        pl.lit(value=True).alias("is_set_aside"),
    )
    return Holdable(
        transactions.filter(is_fit), others.select(pl.col(n).cast(t) for n, t in FINDING.items())
    )


def summary(
    given: Given, result: FileResult | None, statements: list[dict[str, object]]
) -> dict[str, object]:
    """One file as plain values, ready for JSON; account references are masked.

    Args:
        given: the file.
        result: what the reader made of it; null if there was nothing to open.
        statements: of the file, from `statements_of`.
    """
    error = given.error or (result.error if result else None)
    return {
        "file": given.path,
        "sha256": given.sha256,
        "status": "refused" if error else "read",
        "format": result.format if result else None,
        "layout": result.layout if result else None,
        "encoding": result.encoding if result else None,
        "bank": result.bank if result else None,
        "error": error.as_dict() if error else None,
        "statements": [] if error else statements,
    }


def container_summary(path: str, members: Sequence[dict[str, object]]) -> dict[str, object]:
    """A zip or gzip as plain values: read if any of its files was, with the statements of all.

    Args:
        path: of the container, as it was given.
        members: the summaries of its files.
    """
    errors = [one["error"] for one in members if one["error"]]
    statements = [one["statements"] for one in members]
    return {
        "file": path,
        "status": "refused" if len(errors) == len(members) else "read",
        "format": "container",
        "bank": None,
        "error": errors[0] if len(errors) == len(members) else None,
        "statements": [each for many in statements if isinstance(many, list) for each in many],
        "members": list(members),
    }


def counts_of(reading: BatchReading) -> pl.DataFrame:
    """What a batch, or one volume of a large file, holds of each statement: counts and sums."""
    counts = _sums(reading.transactions)
    for more in (_set_aside(reading.findings), reading.details.group_by(_KEY).len("detail_count")):
        counts = counts.join(more, on=_KEY, how="full", coalesce=True)
    return counts


def statements_of(
    statements: pl.DataFrame, counts: Sequence[pl.DataFrame], proved: pl.DataFrame
) -> Mapping[int, list[dict[str, object]]]:
    """The statements of a batch by file number, each with its counts, sums and proof.

    Args:
        statements: STATEMENT.
        counts: of the batch, or of each volume of a large file, from `counts_of`.
        proved: PROVED, of the same statements.

    Returns:
        plain values; amounts are text, exact, signed (+ is into the account). A balance that the
        bank left out is the one that its running balances imply, else null.
    """
    names = ["opening_balance", "closing_balance"]
    held = pl.concat(counts)
    if len(counts) > 1:
        held = held.group_by(_KEY).agg(
            pl.col("transaction_count", "set_aside_count", "detail_count", "small_sum").sum(),
            pl.col("large").explode(),
        )
    told = (
        statements.join(held, on=_KEY, how="left")
        .join(proved.select(*_KEY, *names, "proof"), on=_KEY, how="left", suffix="_implied")
        .with_columns(pl.coalesce(n, pl.col(f"{n}_implied").cast(PRINTED)).alias(n) for n in names)
        .sort(_KEY)
    )
    files: dict[int, list[dict[str, object]]] = {}
    for row in told.iter_rows(named=True):
        amounts = [row["small_sum"] or Decimal(0), *(one for one in row["large"] or [] if one)]
        files.setdefault(row["file_no"], []).append(
            {
                "account_ref": masked(row["account_ref"]),
                "currency": row["currency"],
                "opening_balance": plain(row["opening_balance"]),
                "closing_balance": plain(row["closing_balance"]),
                "transaction_count": row["transaction_count"] or 0,
                "detail_count": row["detail_count"] or 0,
                "amount_sum": plain(reduce(_EXACT.add, amounts)),
                "set_aside_count": row["set_aside_count"] or 0,
                "proof": row["proof"],
            }
        )
    return files


def _sums(transactions: pl.DataFrame) -> pl.DataFrame:
    """Counts and sums by statement; amounts so large that their sum may overflow stay apart."""
    amount, is_small = pl.col("amount"), _is_small("amount")
    return transactions.group_by(_KEY).agg(
        pl.len().alias("transaction_count"),
        amount.filter(is_small).sum().alias("small_sum"),
        amount.filter(~is_small).alias("large"),
    )


def _is_small(name: str) -> pl.Expr:
    return pl.col(name).abs() < pl.lit(MONEY_LIMIT).cast(PRINTED)


def _set_aside(findings: pl.DataFrame) -> pl.DataFrame:
    return findings.filter("is_set_aside").group_by(_KEY).agg(pl.len().alias("set_aside_count"))
