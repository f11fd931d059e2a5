"""The stage transform as a plain function over a batch folder."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tasks.transform.entries import to_entries


@dataclass(frozen=True)
class Shaped:
    """Counts of a batch: entries, accounts, and twins (equal records kept apart)."""

    entries: int
    accounts: int
    twins: int


def transform(folder: Path) -> Shaped:
    """Give a batch its identities; write entries.arrow, accounts.arrow and owned.arrow."""
    shaped = to_entries(
        pl.read_ipc(folder / "valid.arrow"),
        pl.read_ipc(folder / "proved.arrow"),
        pl.read_ipc(folder / "files.arrow"),
    )
    shaped.entries.write_ipc(folder / "entries.arrow")
    shaped.accounts.write_ipc(folder / "accounts.arrow")
    shaped.statements.write_ipc(folder / "owned.arrow")
    return Shaped(
        entries=shaped.entries.height,
        accounts=shaped.accounts.height,
        twins=shaped.entries.filter(pl.col("occurrence") > 1).height,
    )
