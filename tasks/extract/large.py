"""Files that are too large to be in memory at once, and the volumes that they are cut into.

A volume is the head of the file, some of its records, and its tail: a file of its own, which the
reader of its format reads as it reads any other. Put together, the volumes say what the file says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from schemas.errors import MalformedFile

MEGABYTE = 1 << 20
WHOLE_BYTES = 8 * MEGABYTE
"""So many bytes of small files are read together; a larger file is read by itself."""

VOLUME_BYTES = 4 * MEGABYTE
"""The size of a volume, more or less, where a format does not say another."""

LARGEST_BYTES = 256 * MEGABYTE
"""Files of at most this size are read at once where they cannot be cut."""


class Uncuttable(Exception):
    """The file cannot be cut so that its volumes say the same as the whole; the message says why.

    Only the reading of large files sees it: such a file is read at once, or refused for its size.
    """


@dataclass(frozen=True)
class LargeFile:
    """One file on the disk, read part by part.

    Attributes:
        file_no: position in the batch.
        name: the file's name as messages show it, long numbers masked.
        printed_name: the file's whole name; see `tasks.extract.source.Source`.
        path: where its bytes are.
        size_bytes: how many they are.
    """

    file_no: int
    name: str
    printed_name: str
    path: Path
    size_bytes: int

    def part(self, start: int, stop: int) -> bytes:
        """The bytes between two places.

        Raises:
            MalformedFile: the file has become shorter.
        """
        with self.path.open("rb") as file:
            file.seek(start)
            data = file.read(stop - start)
        if len(data) < min(stop, self.size_bytes) - start:
            raise MalformedFile(
                self.name, "it became shorter while it was read", "drop it again when it is whole"
            )
        return data

    def blocks(self, size: int = 4 * MEGABYTE) -> Iterator[bytes]:
        """All bytes in their order."""
        with self.path.open("rb") as file:
            while block := file.read(size):
                yield block


@dataclass(frozen=True)
class Volume:
    """A part of a large file that can be read as if it were a file of its own.

    Attributes:
        data: head, whole records, tail.
        spans: where in the file the bytes stand that no other volume has, each as start and stop.
        lines: from which line of the data on how much is to be added for the line of the file; in
            a file without line breaks, whose places are bytes, it is bytes that are counted so.
        encoding: the encoding of the file; that of the data may be another.
        again_count: balance lines in a repeated head, which were counted before.
        goes_on: is its first statement the one with which the volume before it ended? Null if
            statements are told by their account, and numbered as they first appear.
        is_first_for_lost: a row that no account can be read from stands with the first statement of
            the file.
        is_part: its records are some of a statement whose row another volume has.
        siblings: by the name of an element, how many of its kind stand before the volume: added to
            the number that the element bears in the place of a record.
        check: is called with the STATEMENT, TYPED and FINDING rows of the volume; it raises
            Uncuttable where they show that the volumes do not say the same as the whole.
    """

    data: bytes
    spans: tuple[tuple[int, int], ...]
    lines: tuple[tuple[int, int], ...]
    encoding: str
    again_count: int = 0
    goes_on: bool | None = False
    is_first_for_lost: bool = False
    is_part: bool = False
    siblings: tuple[tuple[str, int], ...] = ()
    check: Callable[[pl.DataFrame, pl.DataFrame, pl.DataFrame], None] | None = None

    def line_of(self, line: int) -> int:
        """The line of the file on which a line of the data stands."""
        return line + next((shift for first, shift in reversed(self.lines) if line >= first), 0)
