"""Cut a large Norma 43 file between its accounts, from a record 11 to the next.

The record 88 counts all records above it but 00; where accounts are put into several volumes, each
gets one that fits, and the file's own is held against what was counted. An account is not taken
apart: its record 33 counts movements with five digits, so that it is never very large.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from tasks.extract.cutting import WHOLE, Body, Part, Shape, Unit, ending, of_lines, starting
from tasks.extract.large import Uncuttable
from tasks.extract.scan import last_match

_ACCOUNT = re.compile(rb"\n11")
_END = re.compile(rb"\n88")
_BORDER = re.compile(rb"\n88[^\n]*\n\s*(?=11|00)")
_RECORD = re.compile(rb"\n(?=[^\s])(?!00)")
_STATED = re.compile(rb"88.{18}([0-9]{6})", re.DOTALL)


@dataclass
class _Norma43(Shape):
    """Blocks that end with a record 88, and accounts; `counted` are the records of a block."""

    counted: int = 0

    def units(self, level: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Blocks, then accounts."""
        if level:
            return starting(self.file, _ACCOUNT, start, stop)
        return ending(self.file, _BORDER, start, stop)

    def opened(self, level: int, start: int, stop: int) -> Unit:
        """A block is taken apart, an account is not."""
        if level:
            raise Uncuttable(f"the account that begins at byte {start} is too large for its counts")
        self.counted = 0
        end = last_match(self.file, _END, start, stop)
        return Unit(start, start, end[0] + 1 if end else stop, stop)

    def look(self, body: Body) -> None:
        """Count the records."""
        self.counted += _count(body.data)

    def leave(self, level: int, unit: Unit) -> None:
        """Hold the record 88 of a block against what was counted; some banks count it, too."""
        del level
        if unit.last < unit.stop:
            found = _STATED.match(self.file.part(unit.last, unit.stop))
            if found is None or int(found[1]) - self.counted not in (0, 1):
                raise Uncuttable("its record 88 counts other records than there are")

    def around(self, body: Body) -> tuple[Sequence[Part], Sequence[Part]]:
        """A record 88 that fits; the end of a file that has none stays without."""
        if not body.above or body.stop == body.above[0].stop:
            return (), ()
        end = b"" if body.data.endswith(b"\n") else b"\n"
        return (), (end + b"88%b%06d\n" % (b"9" * 18, _count(body.data)),)


def _count(data: bytes) -> int:
    return sum(1 for _ in _RECORD.finditer(b"\n" + data))


volumes = of_lines(partial(_Norma43, depth=2, leeway=WHOLE))
