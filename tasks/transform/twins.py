"""Twins across volumes: an identical record of a statement may stand volumes after the first.

Which records are identical is told by their base_id. A large file has too many to compare at once,
so they are sorted into bins on the disk, equal ones into the same bin, and counted bin by bin.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from schemas.transactions import ENTRY
from tasks.transform.identity import numbered, occurrence

BIN_ROWS = 1_000_000

_FRESH = "fresh_number"


def spread(parts: Sequence[Path]) -> set[int]:
    """The files whose records stand in more than one volume."""
    seen: set[int] = set()
    many: set[int] = set()
    for part in parts if len(parts) > 1 else ():
        table = pl.read_ipc(part / "valid.arrow", columns=["file_no"])
        here = set(table.get_column("file_no").unique().to_list())
        many |= seen & here
        seen |= here
    return many


def sort_into_bins(entries: pl.DataFrame, part: Path, count: int) -> None:
    """Write down which records of a volume are identical.

    Args:
        entries: rows of the volume, with base_id, of files that are spread.
        part: folder of the volume.
        count: how many bins there are.
    """
    number = pl.col("base_id").str.head(7).str.to_integer(base=16) % count
    rows = entries.select(
        "file_no", "statement_no", "record_no", "base_id", "occurrence", number.alias("bin")
    )
    for (at,), its in rows.partition_by("bin", as_dict=True, include_key=False).items():
        its.write_ipc(part / f"bin-{at:05}.arrow")


def renumber(parts: Sequence[Path], count: int) -> int:
    """Let the numbers of identical records run on over the volumes; rewrites entries.arrow.

    Args:
        parts: folders of the volumes, in their order.
        count: how many bins there are.

    Returns:
        how many records are twins of one in an earlier volume, and of none in their own.
    """
    for at in range(count):
        _count(parts, at)
    return sum(_rewrite(part) for part in parts)


def _count(parts: Sequence[Path], at: int) -> None:
    """Count a bin over all volumes; each volume is left the rows that get another number."""
    tables = [
        pl.read_ipc(path).with_columns(volume=pl.lit(number, dtype=pl.UInt32))
        for number, path in enumerate(part / f"bin-{at:05}.arrow" for part in parts)
        if path.exists()
    ]
    if not tables:
        return
    counted = pl.concat(tables).with_columns(occurrence().alias(_FRESH))
    changed = counted.filter(pl.col(_FRESH) != pl.col("occurrence"))
    changed = changed.drop("statement_no")
    for (volume,), its in changed.partition_by("volume", as_dict=True, include_key=False).items():
        its.write_ipc(parts[volume] / f"changed-{at:05}.arrow")
    for part in parts:
        (part / f"bin-{at:05}.arrow").unlink(missing_ok=True)


def _rewrite(part: Path) -> int:
    """Give the rows of a volume their new numbers and identities; how many became twins by that."""
    found = sorted(part.glob("changed-*.arrow"))
    if not found:
        return 0
    changed = pl.concat([pl.read_ipc(path) for path in found])
    key, news = ["file_no", "record_no"], ["occurrence", "transaction_id"]
    fresh = numbered(changed, pl.col(_FRESH)).select(*key, *news)
    path = part / "entries.arrow"
    entries = pl.read_ipc(path)  # it is about to be written over
    joined = entries.join(fresh, on=key, how="left", maintain_order="left", suffix="_fresh")
    joined.with_columns(pl.coalesce(f"{name}_fresh", name).alias(name) for name in news).select(
        ENTRY.names()
    ).write_ipc(path)
    for one in found:
        one.unlink()
    return changed.filter(pl.col("occurrence") == 1).height
