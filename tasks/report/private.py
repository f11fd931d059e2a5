"""Files for one person alone: whole or not at all, and readable by their owner only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import WrongUsage

PRIVATE = 0o600


@contextmanager
def written(target: Path, *, mode: int = PRIVATE) -> Iterator[Path]:
    """A path beside the target to write to; it takes the target's place when all went well.

    Args:
        target: the file to make or to replace.
        mode: its permissions.

    Raises:
        WrongUsage: the target cannot be written.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        try:
            os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
            yield beside
            beside.chmod(mode)
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise WrongUsage(
            str(target), f"cannot be written: {error.strerror}", "name another file or folder"
        ) from error
