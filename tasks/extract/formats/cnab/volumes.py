"""Cut a large CNAB 240 file between its lots: the header of the file, some lots, a trailer.

The trailer of the file counts lots and records; each volume gets one that fits, and the file's own
is held against what was counted. A lot is not taken apart: its movements are numbered with five
digits, so that it is never very large.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.extract.cutting import WHOLE, Body, Part, Shape, Unit, of_lines, starting
from tasks.extract.large import LargeFile, Uncuttable
from tasks.extract.scan import first_match, last_match, matches

_WIDTH = 240
_HEADER = re.compile(rb"\n[^\n]{7}0")
_LOT = re.compile(rb"\n[^\n]{7}1")
_END = re.compile(rb"\n[^\n]{7}9")
_RECORD = re.compile(rb"\n(?=[^\s])")
_LOTS, _RECORDS = slice(17, 23), slice(23, 29)


@dataclass(kw_only=True)
class _Cnab(Shape):
    """The lots of a file; `lots` and `records` are counted."""

    whole: Unit
    lots: int = 0
    records: int = 0

    def units(self, level: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The file, then its lots."""
        if level:
            yield from starting(self.file, _LOT, start, stop)
        else:
            yield start, stop

    def opened(self, level: int, start: int, stop: int) -> Unit:
        """The file is taken apart, a lot is not."""
        del stop
        if level:
            raise Uncuttable(f"the lot that begins at byte {start} is too large for its numbers")
        return self.whole

    def look(self, body: Body) -> None:
        """Refuse trimmed lines, which are told of once for the whole; count lots and records."""
        lines = body.data.decode(self.encoding, errors="replace").splitlines()
        if any(0 < len(line) < _WIDTH for line in lines):
            raise Uncuttable("some of its lines are trimmed")
        lots, records = _count(body.data)
        self.lots += lots
        self.records += records

    def leave(self, level: int, unit: Unit) -> None:
        """Hold the trailer of the file against what was counted."""
        del level
        end, (lots, records) = self._trailer(), _count(self.file.part(unit.start, unit.first))
        stated = end[_LOTS] + end[_RECORDS]
        if stated != b"%06d%06d" % (self.lots + lots, self.records + records + 1):
            raise Uncuttable("its trailer counts other lots or records than there are")

    def around(self, body: Body) -> tuple[Sequence[Part], Sequence[Part]]:
        """The header, and a trailer that fits."""
        if not body.above:
            return (), ()
        head = self.file.part(self.whole.start, self.whole.first)
        (lots, records), (above, more) = _count(body.data), _count(head)
        end = self._trailer()
        told = b"%06d%06d" % (lots + above, records + more + 1)
        fitting = end[: _LOTS.start] + told + end[_RECORDS.stop :]
        return ((self.whole.start, self.whole.first),), (fitting,)

    def _trailer(self) -> bytes:
        end = self.file.part(self.whole.last, self.whole.stop)
        if len(end.rstrip(b"\x1a\r\n")) != _WIDTH:
            raise Uncuttable("some of its lines are trimmed")
        return end


def _count(data: bytes) -> tuple[int, int]:
    """Lots and records."""
    text = b"\n" + data
    return sum(1 for _ in _LOT.finditer(text)), sum(1 for _ in _RECORD.finditer(text))


def _shape(file: LargeFile, encoding: str) -> _Cnab:
    """One header, lots, one trailer; a file that is not so is not cut."""
    headers = matches(file, _HEADER, 0, file.size_bytes)
    if sum(1 for _ in headers) != 1:
        raise Uncuttable("it was put together from several files")
    first = first_match(file, _LOT, 0, file.size_bytes)
    end = last_match(file, _END, 0, file.size_bytes)
    if first is None or end is None or end[0] < first[0]:
        raise Uncuttable("it has no lots between its header and its trailer")
    whole = Unit(0, first[0] + 1, end[0] + 1, file.size_bytes)
    return _Cnab(file, encoding, depth=2, leeway=WHOLE, whole=whole)


volumes = of_lines(_shape)
