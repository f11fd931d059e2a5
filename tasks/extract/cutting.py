"""Cut a large text file where the nesting of its format allows it.

    file ─▶ units (groups, accounts, statements) ─▶ runs of whole units, as many as a volume holds
                └─ a unit that is too large ─▶ its own units; at the innermost level its records

Of a statement that is too large, the records go into volumes that have its head and an end made
for them. One more volume, the frame, has its head and its own end and no record: it says what the
bank says of the statement. So nothing that the bank states of the whole is held against a part.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial

import polars as pl

from tasks.extract.large import LargeFile, Uncuttable, Volume
from tasks.extract.scan import (
    Lines,
    as_read,
    line_breaks,
    matches,
    refuse_unbroken,
    text_encoding,
)

LEEWAY = 1.5
WHOLE = 8.0
"""For units that are never taken apart, because the format itself holds them small."""

_WINDOWS = (1 << 14, 1 << 18, 1 << 22)  # bytes in which a cut is looked for, few at first
_BACK = 1 << 16
_MOST_BEHIND = 4  # volumes that the rest may have, if it cannot be cut

Cut = Callable[[LargeFile, str, int], Iterator[Volume]]
"""Cuts a file of a layout into volumes of so many bytes."""

Part = tuple[int, int] | bytes
"""Bytes of the file from one place to another, or bytes that were made up."""


class Kind(Enum):
    """What a volume holds: whole units, records of one statement, or its frame without records."""

    RUN = "run"
    PIECE = "piece"
    FRAME = "frame"


@dataclass(frozen=True)
class Unit:
    """A group, an account, a statement: its head, what it holds, and its end, by their places."""

    start: int
    first: int
    last: int
    stop: int


@dataclass(frozen=True)
class Body:
    """What a volume has for itself.

    Attributes:
        kind: see there.
        above: the units in which it stands, the outermost first.
        start: where in the file it begins.
        stop: where it ends.
        data: its bytes.
    """

    kind: Kind
    above: tuple[Unit, ...]
    start: int
    stop: int
    data: bytes


@dataclass
class Shape:
    """How the units of one file nest, and what must stand around some of them.

    A format derives its own from this one. It is made for one file and used once: it may count what
    it has seen.

    Attributes:
        file: the file.
        encoding: its encoding.
        declared: the encoding that the file itself names.
        depth: how many levels of units there are; the innermost ones are statements.
        is_unbroken: it has no line breaks, its places are bytes.
        is_framed: a statement in pieces gets a frame; without one, each piece has its row.
        leeway: an innermost unit that is at most so many volumes large is taken whole.
    """

    file: LargeFile
    encoding: str
    declared: str = ""
    depth: int = 1
    is_unbroken: bool = False
    is_framed: bool = True
    leeway: float = LEEWAY
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        self.lines = Lines(self.file)

    def units(self, level: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The units of a level, which fill a part of the file without a gap."""
        raise NotImplementedError

    def opened(self, level: int, start: int, stop: int) -> Unit:
        """Where head and end of a unit are.

        Raises:
            Uncuttable: it cannot be taken apart.
        """
        raise NotImplementedError

    def boundary(self, data: bytes, at: int) -> int | None:
        """The first place, not before another, at which a record may begin a piece."""
        raise NotImplementedError

    def around(self, body: Body) -> tuple[Sequence[Part], Sequence[Part]]:
        """What stands in front of the bytes of a volume and behind them."""
        del body
        return (), ()

    def look(self, body: Body) -> None:
        """Count, or raise Uncuttable for what may be read in another way in parts."""

    def leave(self, level: int, unit: Unit) -> None:
        """A unit has been taken apart; raises Uncuttable if its totals are not those counted."""

    def check(
        self, body: Body, statements: pl.DataFrame, rows: pl.DataFrame, findings: pl.DataFrame
    ) -> None:
        """Look at the rows of a volume, STATEMENT, TYPED and FINDING; may raise Uncuttable."""

    def siblings(self, body: Body) -> tuple[tuple[str, int], ...]:
        """See `tasks.extract.large.Volume`."""
        del body
        return ()

    def again(self, body: Body) -> int:
        """Balance lines that stand around the volume and are those of another one."""
        del body
        return 0

    def lead(self, body: Body) -> int:
        """How many bytes in front of its first line are counted with that line."""
        del body
        return 0

    def goes_on(self, body: Body, *, is_first: bool) -> bool | None:
        """See `tasks.extract.large.Volume`; of a statement in pieces all but the first one do."""
        return body.kind is not Kind.RUN and not is_first


def starting(
    file: LargeFile, pattern: re.Pattern[bytes], start: int, stop: int
) -> Iterator[tuple[int, int]]:
    """Units that each begin with a line, for a pattern that begins with the line feed before it."""
    borders = (place + 1 for place, _ in matches(file, pattern, start, stop))
    return between(borders, start, stop)


def ending(
    file: LargeFile, pattern: re.Pattern[bytes], start: int, stop: int
) -> Iterator[tuple[int, int]]:
    """Units that each end where the pattern does."""
    borders = (place + len(match[0]) for place, match in matches(file, pattern, start, stop))
    return between(borders, start, stop)


def between(borders: Iterable[int], start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Units from one border to the next, which fill a part of the file."""
    begun = start
    for border in borders:
        if border > begun:
            yield begun, border
            begun = border
    yield begun, stop


def of_lines(make: Callable[[LargeFile, str], Shape]) -> Cut:
    """What cuts files whose lines end.

    Args:
        make: gives the shape of a file of some encoding.
    """

    def cut(file: LargeFile, layout: str, size: int) -> Iterator[Volume]:
        """Cut a file into volumes of so many bytes.

        Raises:
            MalformedFile: NUL bytes.
            Uncuttable: the volumes would not say the same as the whole.
        """
        del layout
        refuse_unbroken(file)
        yield from volumes(make(file, text_encoding(file)), size)

    return cut


def volumes(shape: Shape, size: int) -> Iterator[Volume]:
    """The volumes of a file, each of about so many bytes.

    Raises:
        Uncuttable: the volumes would not say the same as the whole.
    """
    return _Cutting(shape, size).level((), 0, shape.file.size_bytes)


@dataclass
class _Cutting:
    """One file being cut: `spare` are bytes of heads and ends that no volume has yet."""

    shape: Shape
    size: int
    spare: list[tuple[int, int]] = field(default_factory=list)

    def level(self, above: tuple[Unit, ...], start: int, stop: int) -> Iterator[Volume]:
        """Units of one level: runs of the small ones, and what the large ones are made of."""
        begun = start
        is_innermost = len(above) == self.shape.depth - 1
        most = self.size * (self.shape.leeway if is_innermost else LEEWAY)
        for first, end in self.shape.units(len(above), start, stop):
            is_large = end - first > most
            if (is_large or end - begun > self.size) and begun < first:
                yield self._bound(Kind.RUN, above, begun, first)
                begun = first
            if is_large:
                yield from self._apart((*above, self.shape.opened(len(above), first, end)))
                begun = end
        if begun < stop:
            yield self._bound(Kind.RUN, above, begun, stop)

    def _apart(self, above: tuple[Unit, ...]) -> Iterator[Volume]:
        unit = above[-1]
        self.spare += [(unit.start, unit.first), (unit.last, unit.stop)]
        if len(above) < self.shape.depth:
            yield from self.level(above, unit.first, unit.last)
        else:
            yield from self._pieces(above)
        self.shape.leave(len(above) - 1, unit)

    def _pieces(self, above: tuple[Unit, ...]) -> Iterator[Volume]:
        """The records of a statement, and its frame."""
        unit = above[-1]
        start = unit.first
        while start < unit.last:
            stop = self._stop(start, unit.last)
            yield self._bound(Kind.PIECE, above, start, stop, is_first=start == unit.first)
            start = stop
        if self.shape.is_framed:
            yield self._bound(Kind.FRAME, above, start, start, is_first=unit.first == unit.last)

    def _stop(self, start: int, last: int) -> int:
        """Where the piece ends that begins here."""
        if last - start <= self.size * LEEWAY:
            return last
        file, at = self.shape.file, start + self.size
        back = min(at - start, _BACK)
        for window in _WINDOWS:
            data = file.part(at - back, min(at + window, last))
            place = self.shape.boundary(data, back)
            if place is not None:
                return at - back + place
            if at + window >= last:
                break
        if last - start > _MOST_BEHIND * max(self.size, _WINDOWS[-1]):
            raise Uncuttable(f"there is no place to cut it behind byte {at}")
        return last

    def _bound(
        self, kind: Kind, above: tuple[Unit, ...], start: int, stop: int, *, is_first: bool = True
    ) -> Volume:
        """Put a volume together."""
        shape, file = self.shape, self.shape.file
        body = Body(kind, above, start, stop, file.part(start, stop))
        shape.look(body)
        before, after = shape.around(body)
        data: list[bytes] = []
        lines: list[tuple[int, int]] = []
        count, is_behind = 0, False
        for part in (*before, (start, stop), *after):
            if isinstance(part, bytes):
                one = part
            else:
                is_body = part == (start, stop)
                one = body.data if is_body else file.part(*part)
                if one:
                    shares_line = is_behind and not data[-1].endswith(b"\n")
                    lead = shape.lead(body) if is_body else 0
                    lines += self._lines(part[0], count, lead, shares_line=shares_line)
                is_behind |= is_body
            data.append(one)
            breaks = len(one) if shape.is_unbroken else line_breaks(one)
            if one is body.data and not shape.is_unbroken:
                shape.lines.learn(stop, shape.lines.at(start) + breaks)
            count += breaks
        spans = [*self.spare, (start, stop)]
        self.spare = []
        return Volume(
            data=as_read(b"".join(data), shape.encoding, shape.declared),
            spans=tuple(span for span in spans if span[0] < span[1]),
            lines=tuple(lines),
            encoding=shape.encoding,
            again_count=shape.again(body),
            goes_on=shape.goes_on(body, is_first=is_first),
            is_part=kind is Kind.PIECE and shape.is_framed,
            siblings=shape.siblings(body),
            check=partial(shape.check, body),
        )

    def _lines(
        self, start: int, count: int, lead: int, *, shares_line: bool
    ) -> list[tuple[int, int]]:
        """What is to be added behind so many lines, or bytes, for a part that begins somewhere.

        The end of a volume that shares a line with its records leaves that line to them.
        """
        if self.shape.is_unbroken:
            return [(count, start - count)]
        at = self.shape.lines.at
        own = at(start) - count - 1
        if shares_line:
            return [(count + 2, own)]
        if not lead:
            return [(count + 1, own)]
        skipped = at(start + lead) - at(start)
        return [(count + 1, own + skipped), (count + 1 + skipped, own)]
