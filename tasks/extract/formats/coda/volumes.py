"""Cut a large CODA file between its blocks, from a header (0) to its trailer (9).

Each block counts and adds up itself. None is taken apart: movements are numbered with four digits,
so that a block is never large.
"""

import re
from collections.abc import Iterator, Sequence

from tasks.extract.cutting import WHOLE, Body, Part, Shape, Unit, starting
from tasks.extract.cutting import volumes as cut
from tasks.extract.large import LargeFile, Uncuttable, Volume
from tasks.extract.scan import refuse_unbroken, text_encoding

_HEADER = re.compile(rb"\n0")


def volumes(
    file: LargeFile,
    layout: str,  # noqa: ARG001 - CODA has no layouts
    size: int,
) -> Iterator[Volume]:
    """Cut a file into volumes of so many bytes.

    Raises:
        MalformedFile: NUL bytes.
        Uncuttable: the volumes would not say the same as the whole.
    """
    refuse_unbroken(file)
    yield from cut(_Coda(file, text_encoding(file), leeway=WHOLE), size)


class _Coda(Shape):
    """The blocks of a file."""

    def units(self, level: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """From one header to the next."""
        del level
        return starting(self.file, _HEADER, start, stop)

    def opened(self, level: int, start: int, stop: int) -> Unit:
        """A block is not taken apart."""
        del level, stop
        raise Uncuttable(f"the block that begins at byte {start} is too large for its numbers")

    def around(self, body: Body) -> tuple[Sequence[Part], Sequence[Part]]:
        """Nothing: blocks stand by themselves."""
        del body
        return (), ()
