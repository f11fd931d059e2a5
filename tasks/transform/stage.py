"""The stage transform as a plain function over a batch folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from schemas.accounts import KnownAccount
from schemas.transactions import ENTRY
from tasks.folders import volumes
from tasks.transform import twins
from tasks.transform.accounts import owned
from tasks.transform.entries import entries_of
from tasks.transform.twins import BIN_ROWS


@dataclass(frozen=True)
class Shaped:
    """Counts of a batch: entries, accounts, and twins (equal records kept apart)."""

    entries: int
    accounts: int
    twins: int


def transform(folder: Path, accounts: Sequence[KnownAccount] = ()) -> Shaped:
    """Give a batch its identities; write accounts.arrow, owned.arrow, and entries.arrow a volume.

    A volume is numbered as if it stood alone; where a file goes on over several, the numbers of
    identical records are set right afterwards.

    Args:
        folder: the batch folder that validate filled.
        accounts: what their owners say of accounts.
    """
    statements, files = (pl.read_ipc(folder / f"{name}.arrow") for name in ("proved", "files"))
    known = owned(statements, files, accounts)
    known.accounts.write_ipc(folder / "accounts.arrow")
    known.statements.write_ipc(folder / "owned.arrow")
    parts = volumes(folder)
    large = twins.spread(parts)
    bins = 1 + sum(known.rows.filter(pl.col("file_no").is_in(large))["record_count"]) // BIN_ROWS
    entries, equal = 0, 0
    for part in parts:
        rows = entries_of(pl.read_ipc(part / "valid.arrow"), known)
        rows.select(ENTRY.names()).write_ipc(part / "entries.arrow")
        entries += rows.height
        equal += int(rows.get_column("occurrence").gt(1).sum())
        if large:
            twins.sort_into_bins(rows.filter(pl.col("file_no").is_in(large)), part, bins)
    if large:
        equal += twins.renumber(parts, bins)
    return Shaped(entries=entries, accounts=known.accounts.height, twins=equal)
