"""Files: copied by the disk where it can, and on the disk, not only on their way there."""

import os
import shutil
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


def point(link: Path, target: Path) -> None:
    """Let a link show another file, in one step; whoever reads sees the one or the other.

    Args:
        link: the link, which may not be there yet.
        target: the file, as seen from the folder of the link.
    """
    fresh = link.with_name(f".{link.name}.{target.stem}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    sync(link.parent)


def copy(source: Path, target: Path) -> None:
    """Copy a file; a file system that can share blocks between files shares them.

    The copy can be written, whatever the source is, and is not yet on the disk.
    """
    with source.open("rb") as here, target.open("wb") as there:
        size, done = os.fstat(here.fileno()).st_size, 0
        try:
            while done < size:
                sent = os.copy_file_range(here.fileno(), there.fileno(), size - done)
                if not sent:
                    break
                done += sent
        except (AttributeError, OSError):
            done = 0
        if done < size:
            here.seek(0)
            there.seek(0)
            shutil.copyfileobj(here, there, 1024 * 1024)
