"""Locks on folders (flock): no file is left behind, and a killed holder lets go at once."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import LedgerUnavailable

_PATIENCE_S = 240.0
_PAUSE_S = 0.02


def try_lock(folder: Path) -> int | None:
    """Lock a folder until the returned descriptor is closed, by us and by all who inherit it.

    Returns:
        the open descriptor, or None if somebody else holds the lock.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_locked(folder: Path) -> bool:
    """Whether somebody holds the lock of a folder at this moment."""
    descriptor = try_lock(folder)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait for the lock of a folder and hold it for the length of a block.

    Raises:
        LedgerUnavailable: another command has held it for four minutes.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while (descriptor := try_lock(folder)) is None:
        if time.monotonic() > deadline:
            raise LedgerUnavailable(
                str(folder),
                "another command has been starting or stopping the server for four minutes",
                "see what that command is waiting for, or end it",
            )
        time.sleep(_PAUSE_S)
    try:
        yield
    finally:
        os.close(descriptor)
