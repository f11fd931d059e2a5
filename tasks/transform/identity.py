"""Identity: the same movement has the same id in every export; two equal movements have two.

    account + booked_on + amount + currency + stable text (+ trusted reference) + occurrence

The occurrence is the 1st, 2nd … identical record of its statement. Statements that overlap
therefore merge to the largest number of twins that any one of them shows, in any order of arrival.
"""

from collections.abc import Iterable

import polars as pl

from schemas.identity import RECIPE, digest, twin_id

_SEPARATOR = "\x1f"


def account_id(
    *, owner: str, institution: str, account_ref: str, account_kind: str, currency: str
) -> str:
    """The id of an account: 32 hex digits of what names it."""
    return digest(
        _SEPARATOR.join(
            ("account", RECIPE, owner, institution, account_ref, account_kind, currency)
        )
    )


def identified(entries: pl.DataFrame) -> pl.DataFrame:
    """Add base_id, occurrence and transaction_id.

    Args:
        entries: rows with file_no, statement_no, account_id, booked_on, amount (MONEY), currency,
            text_key and ref_key, in file order.

    Returns:
        the same rows, in the same order, with three more columns. `base_id` is the same for equal
        records; it is the transaction_id of the first of them.
    """
    parts = [
        pl.lit(f"transaction{_SEPARATOR}{RECIPE}"),
        pl.col("account_id"),
        pl.col("booked_on").dt.to_string("%Y-%m-%d"),
        pl.col("amount").cast(pl.String),
        pl.col("currency"),
        pl.col("text_key"),
        pl.col("ref_key").fill_null(""),
    ]
    keys = entries.select(pl.concat_str(parts, separator=_SEPARATOR)).to_series()
    return numbered(entries.with_columns(_digests(keys).alias("base_id")), occurrence())


def occurrence() -> pl.Expr:
    """Which of the identical records of its statement a row is, from 1; rows are in file order."""
    return pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no", "statement_no", "base_id")


def numbered(entries: pl.DataFrame, number: pl.Expr) -> pl.DataFrame:
    """Give rows with a base_id their occurrence, and the transaction_id that follows from it."""
    counted = entries.with_columns(number.alias("occurrence"))
    at = counted.get_column("occurrence").gt(1).arg_true()
    twins = counted.select("base_id", "occurrence")[at].iter_rows()
    ids = counted.get_column("base_id").scatter(at, [twin_id(*row) for row in twins])
    return counted.with_columns(ids.alias("transaction_id"))


def _digests(texts: Iterable[str | None]) -> pl.Series:
    return pl.Series([None if text is None else digest(text) for text in texts], dtype=pl.String)
