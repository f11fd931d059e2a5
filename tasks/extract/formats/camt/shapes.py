"""The shapes that the entries of a text have: learnt from one entry, found again in all others.

A program wrote the file, so its entries differ in their values and in little else. What stands in
an entry between its values, tags and blanks, is its shape. A shape is learnt from one entry that is
a plain tree of elements. Another entry has that shape if it has as many tags and the same bytes at
the same tags; so it is well-formed too, and its values are what stands between. Such entries may be
cut out of the file before an XML parser looks at it. All others are left to that parser (`walk`),
which reads the same cells from any shape.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from tasks.extract.formats.camt.paths import DETAIL, DETAIL_MARK, ENTRY, REPEATED
from tasks.extract.formats.camt.tags import Numbers, Tags

Slot = tuple[str, int]
"""A value that is read: its path, and the how-manieth of that path in the entry, from 0."""

_BLANK = b" \t\r\n"
_TOKEN = re.compile(rb'<(/?)([A-Za-z_][\w.:-]*)( Ccy="[A-Z]{3}")?( ?/)?>([^<]*)')
_CODE_BYTES = 3
_WANTED = frozenset(ENTRY) | {f"{DETAIL_MARK}/{path}" for path in DETAIL}
_REPEATED = frozenset(f"{DETAIL_MARK}/{path}" for path in REPEATED)
_MOST_SHAPES = 64
_MOST_LESSONS = 32
_FEWEST = 2
_FEWEST_PART = 500
_LONGEST_ENTRY = 16_384


@dataclass(frozen=True, eq=False)
class Shape:
    """One shape; a place in an entry is a tag, counted from 0, and an offset from its start.

    Attributes:
        tag_count: how many tags the entry has.
        literals: the bytes that stand between the values, each with its place.
        codes: the places of currency codes, three capital letters each.
        slots: where the values that are read begin, and whether each is such a code; others end
            at the next tag.
        has_detail: the entry has exactly one detail.
    """

    tag_count: int
    literals: tuple[tuple[int, int, bytes], ...]
    codes: tuple[tuple[int, int], ...]
    slots: dict[Slot, tuple[int, int, bool]]
    has_detail: bool

    def fits(self, tags: Tags, rows: Numbers) -> Numbers:
        """Those of the entries that have this shape."""
        firsts, stops = tags.firsts[rows], tags.stops[rows]
        for tag, offset, literal in self.literals:
            is_there = tags.holds(tags.places[firsts + tag] + offset, stops, literal)
            if not is_there.all():
                rows, firsts, stops = rows[is_there], firsts[is_there], stops[is_there]
        for tag, offset in self.codes:
            is_there = tags.is_capital(tags.places[firsts + tag] + offset, _CODE_BYTES)
            if not is_there.all():
                rows, firsts = rows[is_there], firsts[is_there]
        return rows

    def span(self, slot: Slot, tags: Tags, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Where the values of a slot start and stop in these entries."""
        tag, offset, is_code = self.slots[slot]
        at = tags.firsts[rows] + tag
        starts = tags.places[at] + offset
        return starts, starts + _CODE_BYTES if is_code else tags.places[at + 1]


@dataclass(frozen=True)
class Found:
    """The entries of a text whose shape is known.

    Attributes:
        rows: which of the entries of the text they are.
        owners: the number of the shape of each.
        shapes: the shapes.
    """

    rows: Numbers
    owners: Numbers
    shapes: list[Shape]


@dataclass
class Shapes:
    """The shapes of the files of one batch."""

    known: list[Shape] = field(default_factory=list)

    def find(self, tags: Tags) -> Found:
        """The entries of known shapes; new shapes are learnt from those that have none."""
        owners = np.full(len(tags.firsts), -1)
        counts = tags.lasts - tags.firsts + 1
        free = np.flatnonzero(tags.is_plain)
        for number, shape in enumerate(self.known):
            owners[shape.fits(tags, free[counts[free] == shape.tag_count])] = number
            free = free[owners[free] < 0]
        fewest = max(_FEWEST, len(tags.firsts) // _FEWEST_PART)
        for _ in range(_MOST_LESSONS):
            if len(free) < fewest or len(self.known) >= _MOST_SHAPES:
                break
            alike = free[counts[free] == np.bincount(counts[free]).argmax()]
            taught = _learnt(tags.entry(int(alike[0])))
            fitting = taught.fits(tags, alike) if taught else alike[:0]
            if taught and len(fitting) >= fewest:
                owners[fitting] = len(self.known)
                self.known.append(taught)
            free = free[(free != alike[0]) & ~np.isin(free, fitting, assume_unique=True)]
        rows = np.flatnonzero(owners >= 0)
        return Found(rows, owners[rows], self.known)


def _learnt(entry: bytes) -> Shape | None:
    """The shape of an entry; null for one that is no plain tree, or has more than one detail."""
    if len(entry) > _LONGEST_ENTRY:
        return None
    lesson, at = _Lesson(), 0
    for token in _TOKEN.finditer(entry):
        is_end, name, currency, is_empty, text = token.groups()
        if token.start() != at or (at and not lesson.open_tags):
            return None
        at = token.end()
        tag = name.decode("ascii", errors="replace")
        if is_end:
            is_right = lesson.closes(tag) and not (currency or is_empty)
        else:
            is_right = lesson.opens(tag, is_empty=bool(is_empty))
        if not is_right:
            return None
        lesson.marks(token[0][: len(token[0]) - len(text)], has_code=bool(currency))
        is_leaf = not is_end and not is_empty and entry.startswith(b"</%s>" % name, at)
        if not lesson.holds(text, is_leaf=is_leaf):
            return None
    if at != len(entry) or lesson.open_tags:
        return None
    return lesson.shape()


class _Lesson:
    """A shape in the making: what was seen so far, and the elements that are still open."""

    def __init__(self) -> None:
        self.open_tags: list[tuple[str, str]] = []
        self._literals: list[tuple[int, int, bytes]] = []
        self._codes: list[tuple[int, int]] = []
        self._slots: dict[Slot, tuple[int, int, bool]] = {}
        self._sights: Counter[str] = Counter()
        self._detail_count = 0
        self._tag, self._size = -1, 0
        self._place, self._bytes = (0, 0), b""
        self._path = ""

    def opens(self, tag: str, *, is_empty: bool) -> bool:
        self._path = _path(self.open_tags, tag)
        self._detail_count += self._path == f"NtryDtls/{DETAIL_MARK}"
        if not is_empty:
            self.open_tags.append((tag, self._path))
        return self._path != DETAIL_MARK  # where no detail belongs

    def closes(self, tag: str) -> bool:
        return bool(self.open_tags) and self.open_tags.pop()[0] == tag

    def marks(self, markup: bytes, *, has_code: bool) -> None:
        self._tag, self._size = self._tag + 1, len(markup)
        if not has_code:
            self._bytes += markup
            return
        head, mark, tail = markup.partition(b' Ccy="')
        code = len(head) + len(mark)
        self._bytes += head + mark
        self._ends_literal(self._tag, code + _CODE_BYTES)
        self._codes.append((self._tag, code))
        self._sees(f"{self._path}/@Ccy", code, is_code=True)
        self._bytes = tail[_CODE_BYTES:]

    def holds(self, text: bytes, *, is_leaf: bool) -> bool:
        if is_leaf:
            self._ends_literal(self._tag + 1, 0)
            self._sees(self._path, self._size, is_code=False)
        else:
            self._bytes += text
        return is_leaf or not text.strip(_BLANK)

    def shape(self) -> Shape | None:
        if self._detail_count > 1:
            return None
        self._ends_literal(0, 0)
        return Shape(
            tag_count=self._tag + 1,
            literals=tuple(self._literals),
            codes=tuple(self._codes),
            slots=self._slots,
            has_detail=bool(self._detail_count),
        )

    def _ends_literal(self, tag: int, offset: int) -> None:
        """The literal so far ends; the next one begins at this place."""
        self._literals.append((*self._place, self._bytes))
        self._place, self._bytes = (tag, offset), b""

    def _sees(self, path: str, offset: int, *, is_code: bool) -> None:
        if path not in _WANTED:
            return
        self._slots[path, self._sights[path]] = (self._tag, offset, is_code)
        self._sights[path] += 1


def _path(open_tags: list[tuple[str, str]], tag: str) -> str:
    """The path of an element below the entry, or below its detail; without prefixes and `Pty`."""
    if not open_tags:
        return ""
    above, name = open_tags[-1][1], tag.rpartition(":")[2]
    if name == "Pty":
        return above
    path = f"{above}/{name}" if above else name
    return path.replace(f"NtryDtls/{DETAIL_MARK}/", f"{DETAIL_MARK}/", 1)


def joins(path: str) -> bool:
    """Several values of this path are all read; of any other path the first one is."""
    return path in _REPEATED
