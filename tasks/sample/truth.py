"""The truth about a set of samples: what really happened, and what each file shows of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from schemas.money import MONEY
from tasks.sample.rendered import Rendered
from tasks.sample.world import Account, Movement, Statement

TRUTH_TRANSACTION = pl.Schema(
    {
        "owner": pl.String(),
        "account": pl.String(),  # folder of the account
        "booked_on": pl.Date(),
        "amount": MONEY,  # signed, + is into the account
        "currency": pl.String(),
        "description": pl.String(),
        "file_count": pl.UInt32(),  # files that show it
        "loaded_count": pl.UInt32(),  # of these, files whose records belong in the ledger
    }
)
"""One row a real movement. The ledger must hold exactly those with a loaded_count above zero."""

TRUTH_FILE = pl.Schema(
    {
        "owner": pl.String(),
        "account": pl.String(),
        "path": pl.String(),  # below the samples folder, with forward slashes
        "format": pl.String(),  # "" when no reader should know it
        "layout": pl.String(),
        "currency": pl.String(),
        "starts_on": pl.Date(),
        "ends_on": pl.Date(),
        "record_count": pl.UInt32(),  # movements that can be read
        "marker_count": pl.UInt32(),
        "set_aside_count": pl.UInt32(),
        "opening_balance": MONEY,  # of the account, printed or not; null when there is no statement
        "closing_balance": MONEY,
        "stated": pl.String(),  # balances it prints, see Rendered
        "status": pl.String(),  # expected: loaded, partly, quarantined, refused
        "note": pl.String(),  # what is wrong with it
    }
)
"""One row a file. Raw records are record_count + marker_count + set_aside_count."""


@dataclass(frozen=True)
class Truth:
    """What a night on the samples must come to.

    Attributes:
        transactions: TRUTH_TRANSACTION.
        files: TRUTH_FILE, in the order in which they were written.
    """

    transactions: pl.DataFrame
    files: pl.DataFrame

    def totals(self) -> pl.DataFrame:
        """What the ledger must hold, by account: transaction_count and the exact sum of amounts."""
        return (
            self.transactions.filter(pl.col("loaded_count") > 0)
            .group_by("owner", "account", "currency")
            .agg(pl.len().alias("transaction_count"), pl.col("amount").sum().cast(MONEY))
            .sort("owner", "account", "currency")
        )

    def write(self, folder: Path) -> None:
        """Write the two tables as CSV files a person can read."""
        folder.mkdir(parents=True, exist_ok=True)
        self.transactions.write_csv(folder / "truth_transactions.csv")
        self.files.write_csv(folder / "truth_files.csv")


@dataclass(frozen=True)
class Shown:
    """One file of the samples and what it is expected to come to.

    Attributes:
        account: whose folder it lies in.
        rendered: the file itself.
        statement: what it shows; None for a file that is no statement.
        set_aside_count: records that cannot be read.
        status: loaded, partly, quarantined or refused.
        note: what is wrong with it.
    """

    account: Account
    rendered: Rendered
    statement: Statement | None
    set_aside_count: int = 0
    status: str = "loaded"
    note: str = ""

    def write(self, folder: Path) -> None:
        """Write the file where its account belongs."""
        place = folder / self.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(self.rendered.data)

    @property
    def path(self) -> str:
        """Owner, account and name, below the samples folder."""
        return f"{self.account.owner}/{self.account.folder}/{self.rendered.name}"

    @property
    def is_loaded(self) -> bool:
        """Whether its records belong in the ledger."""
        return self.status in {"loaded", "partly"}


def file_table(files: Sequence[Shown]) -> pl.DataFrame:
    """TRUTH_FILE of some files."""
    return pl.DataFrame([_file_row(f) for f in files], schema=TRUTH_FILE, orient="row")


def transaction_table(
    account: Account, life: Sequence[Movement], files: Sequence[Shown]
) -> pl.DataFrame:
    """TRUTH_TRANSACTION of one account, oldest first.

    Args:
        account: the account.
        life: all that happened to it.
        files: the files that show it.
    """
    statements = [(f.statement, f.is_loaded) for f in files if f.statement]
    seen = Counter(m.ref for statement, _ in statements for m in statement.movements)
    loaded = Counter(m.ref for statement, ok in statements if ok for m in statement.movements)
    return pl.DataFrame(
        {
            "owner": [account.owner] * len(life),
            "account": [account.folder] * len(life),
            "booked_on": [m.booked_on for m in life],
            "amount": [m.amount for m in life],
            "currency": [account.currency] * len(life),
            "description": [m.description for m in life],
            "file_count": [seen[m.ref] for m in life],
            "loaded_count": [loaded[m.ref] for m in life],
        },
        schema=TRUTH_TRANSACTION,
    )


def _file_row(shown: Shown) -> tuple[object, ...]:
    account, rendered, statement = shown.account, shown.rendered, shown.statement
    return (
        account.owner,
        account.folder,
        shown.path,
        rendered.format,
        rendered.layout,
        account.currency,
        statement.starts_on if statement else None,
        statement.ends_on if statement else None,
        len(statement.movements) if statement else 0,
        rendered.marker_count,
        shown.set_aside_count,
        statement.opening if statement else None,
        statement.closing if statement else None,
        rendered.stated,
        shown.status,
        shown.note,
    )
