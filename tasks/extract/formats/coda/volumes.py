"""Cut a large CODA file between its blocks, from a header (0) to its trailer (9).

Each block counts and adds up itself. None is taken apart: movements are numbered with four digits,
so that a block is never large.
"""

import re
from collections.abc import Iterator
from functools import partial

from tasks.extract.cutting import WHOLE, Shape, Unit, of_lines, starting
from tasks.extract.large import Uncuttable

_HEADER = re.compile(rb"\n0")


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


volumes = of_lines(partial(_Coda, leeway=WHOLE))
