"""Make sure that what was written is on the disk, and not only on its way there."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def beside(path: Path, ending: str) -> Path:
    """The path with an ending added: `a.duckdb` and `.wal` make `a.duckdb.wal`."""
    return path.with_name(path.name + ending)
