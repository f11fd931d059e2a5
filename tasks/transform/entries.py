"""Entries: validated transactions with their account, their key and their identity."""

from dataclasses import dataclass

import polars as pl

from schemas.accounts import ACCOUNT, FOLDER, UNNAMED, tail_of
from schemas.money import MONEY, NO_CURRENCY, PRINTED
from schemas.statement import PROVED
from schemas.transactions import ENTRY, TYPED
from tasks.transform.flow import flow_class
from tasks.transform.identity import account_id, identified
from tasks.transform.text import text_key

_STATEMENT_KEY = ["file_no", "statement_no"]


@dataclass(frozen=True)
class Transformed:
    """ENTRY rows, ACCOUNT rows, and PROVED statements with their account_id."""

    entries: pl.DataFrame
    accounts: pl.DataFrame
    statements: pl.DataFrame


@dataclass(frozen=True)
class Owned:
    """Statements with the fields of their account.

    Attributes:
        rows: PROVED, the fields of ACCOUNT, account_id and is_ref_stable.
    """

    rows: pl.DataFrame

    @property
    def accounts(self) -> pl.DataFrame:
        """ACCOUNT."""
        known = self.rows.select(ACCOUNT.names()).unique("account_id", keep="first")
        return known.sort("account_id")

    @property
    def statements(self) -> pl.DataFrame:
        """PROVED with account_id."""
        return self.rows.select(*PROVED.names(), "account_id")


def to_entries(
    transactions: pl.DataFrame, statements: pl.DataFrame, files: pl.DataFrame
) -> Transformed:
    """Give every transaction of a statement that is not quarantined its account and its identity.

    Args:
        transactions: TYPED rows that passed validation.
        statements: PROVED.
        files: FILE.
    """
    known = owned(statements, files)
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
            flow_class().alias("flow_class"),
        )
    )
    entries = [pl.col(name).cast(dtype) for name, dtype in ENTRY.items()]
    return identified(rows).select(*entries, "base_id")


def owned(statements: pl.DataFrame, files: pl.DataFrame) -> Owned:
    """Find the account of every statement.

    An account that a file does not name is known by its folder; one without either is one account
    an owner and layout, marked as not claimed.

    Args:
        statements: PROVED.
        files: FILE.
    """
    joined = statements.join(
        files.select("file_no", "owner", "account_name", "layout", "bank", "is_ref_stable"),
        on="file_no",
        how="left",
        maintain_order="left",
    ).with_columns(
        pl.coalesce("institution", "bank", pl.lit("unknown")).alias("institution"),
        pl.col("currency").fill_null(NO_CURRENCY),
        pl.col("account_name").is_not_null().alias("is_claimed"),
    )
    ref = pl.coalesce(
        "account_ref",
        pl.format(FOLDER + "{}", "account_name"),
        pl.format(UNNAMED + "{}", "layout"),
    )
    named = joined.with_columns(ref.alias("account_ref"))
    fields = ["owner", "institution", "account_ref", "account_kind", "currency"]
    ids = [account_id(**row) for row in named.select(fields).iter_rows(named=True)]
    names = [
        row["account_name"] or _own_name(row["institution"], row["account_ref"])
        for row in named.select("account_name", "institution", "account_ref").iter_rows(named=True)
    ]
    return Owned(
        named.with_columns(
            pl.Series("account_id", ids, dtype=pl.String),
            pl.Series("account_name", names, dtype=pl.String),
        )
    )


def _own_name(institution: str, ref: str) -> str:
    """The name of an account that nobody named: its institution and the tail of its reference."""
    return f"{institution} {tail_of(ref)}"
