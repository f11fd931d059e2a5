"""A batch folder: its files and statements stand once, its records volume by volume.

    batch-00001/  files.arrow  statements.arrow  proved.arrow  accounts.arrow  owned.arrow
        volume-00001/  typed.arrow  details.arrow  findings.arrow  valid.arrow  judged.arrow …
        volume-00002/  …

A volume is as much as a stage holds in memory at once. Files of usual size share one; a large file
goes on over several, its records in their order.
"""

import errno
from pathlib import Path


def volume(folder: Path, number: int) -> Path:
    """The place of a volume in a batch folder; numbers begin with 1."""
    return folder / f"volume-{number:05}"


def volumes(folder: Path) -> list[Path]:
    """The volumes of a batch folder in their order; one at least.

    Raises:
        FileNotFoundError: there is none, so the folder is gone: another run has taken over.
    """
    if found := sorted(folder.glob("volume-*")):
        return found
    raise FileNotFoundError(errno.ENOENT, "a batch folder is gone", str(folder))
