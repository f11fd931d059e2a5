"""Entries: validated transactions with their account, their key and their identity."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from schemas.accounts import KnownAccount
from schemas.money import MONEY, PRINTED
from schemas.transactions import ENTRY, TYPED
from tasks.transform.accounts import Owned, owned
from tasks.transform.identity import identified
from tasks.transform.text import text_key

_STATEMENT_KEY = ["file_no", "statement_no"]


@dataclass(frozen=True)
class Transformed:
    """ENTRY rows, ACCOUNT rows, and PROVED statements with their account_id."""

    entries: pl.DataFrame
    accounts: pl.DataFrame
    statements: pl.DataFrame


def to_entries(
    transactions: pl.DataFrame,
    statements: pl.DataFrame,
    files: pl.DataFrame,
    accounts: Sequence[KnownAccount] = (),
) -> Transformed:
    """Give every transaction of a statement that is not quarantined its account and its identity.

    Args:
        transactions: TYPED rows that passed validation.
        statements: PROVED.
        files: FILE.
        accounts: what their owners say of accounts.
    """
    known = owned(statements, files, accounts)
    rows = entries_of(transactions, known).select(ENTRY.names())
    return Transformed(rows, known.accounts, known.statements)


def entries_of(transactions: pl.DataFrame, known: Owned) -> pl.DataFrame:
    """ENTRY rows with their base_id, numbered as if there were no others of their statement.

    Args:
        transactions: TYPED rows that passed validation; those that are quarantined fall away.
        known: their statements.
    """
    loaded = known.rows.filter(~pl.col("is_quarantined"))
    rows = (
        transactions.with_columns(
            pl.col(name).cast(MONEY) for name, dtype in TYPED.items() if dtype == PRINTED
        )
        .join(
            loaded.select(*_STATEMENT_KEY, "account_id", "is_ref_stable"),
            on=_STATEMENT_KEY,
            how="inner",
            maintain_order="left",
        )
        .with_columns(
            text_key("description").alias("text_key"),
            pl.when("is_ref_stable").then("bank_ref").alias("ref_key"),
        )
    )
    entries = [pl.col(name).cast(dtype) for name, dtype in ENTRY.items()]
    return identified(rows).select(*entries, "base_id")
