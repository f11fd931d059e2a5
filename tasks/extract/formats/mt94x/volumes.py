"""Cut a large MT940 or MT942 file between its statements, between the pages of one, or its entries.

A message is known by its :20: with a field of a heading behind it, and by the closing balance or
the end mark in front. Entries of a single long message go under its head; an end mark is put behind
them, and no closing balance, so that nothing is proved with a part of them. Whether RC and RD mean
what the handbook says is proved by the sums of all volumes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.findings import Code
from tasks.extract.cutting import Body, Kind, Part, Shape, Unit, between
from tasks.extract.cutting import volumes as cut
from tasks.extract.formats.mt94x.fields import MAY_BE_LOST
from tasks.extract.formats.mt94x.pages import EASTERN
from tasks.extract.large import LargeFile, Uncuttable, Volume
from tasks.extract.scan import OVERLAP, first_match, last_match, matches, text_encoding

_MESSAGE = re.compile(rb"\n:20:")
_HEADING = re.compile(rb":20:[^\n]*\n(?:(?!:)[^\n]*\n)*:(?:13D?|21|25P?|28C?|34F|60[FM]|NS):")
_PAGE = re.compile(rb"\n:28C?:\s*\d+/0*(\d+)")
_END_MARK = re.compile(rb"\n[ \t]*-[ \t]*\r?(?:\n|\Z)|\n-XXX[^\n]*\n|-\}")
_MIDDLE = re.compile(rb"\n:6[02]M:\s*([CD])\d{6}([A-Z]{3})[ \t]*([\d,.]+)")
_OWNER = re.compile(rb"\n:25P?:((?:[^\n]|\n(?!:))*)")
_CLOSING = re.compile(rb"\n:62([FM]):")
_READABLE = re.compile(
    rb"\n:62[FM]:\s*[CD]\d{6}[A-Z]{3}[ \t]*(?:\d+,?\d*|,\d+|\d+\.\d{0,2})[ \t]*\r?\n"
    rb"(?!.*\n:(?:6[12]|90))",
    re.DOTALL,
)
_LAST_FIELD = re.compile(rb"\n:(?:62[FM]:[CD]\d{6}[A-Z]{3}[\d,.]+|6[45]:[^\n]*)\s*\Z")
_ENTRY = re.compile(rb"\n:61:")
_AFTER = re.compile(rb"\n:(?:62[FM]|6[45]|90[CD]):")
_BESIDE = re.compile(rb"\n:(?:6[02][FM]|6[45]|13D?|34F|90[CD]):")
_SUMS = re.compile(rb"\n:90[CD]:")
_TAIL = re.compile(rb"\n[ \t]*-[ \t]*\r?(?:\n|\Z)|\n-XXX|-\}|\n[ \t]*\{[1-5]:")
_REVERSAL = r"^:61:\s*\d{6}(?:\d{4}| {4})?\s*R[CD]"
_INDENTED = re.compile(rb"\n[ \t\x1a]+:|\n:\r?\n")
_BOM = b"\xef\xbb\xbf"
_WIDE = pl.Decimal(38, 4)


def volumes(
    file: LargeFile,
    layout: str,  # noqa: ARG001 - MT94x has no layouts
    size: int,
) -> Iterator[Volume]:
    """Cut a file into volumes of so many bytes.

    Raises:
        MalformedFile: NUL bytes.
        Uncuttable: the volumes would not say the same as the whole.
    """
    encoding = text_encoding(file)
    is_told = encoding != "utf-8" and first_match(file, EASTERN, 0, file.size_bytes)
    if is_told or encoding == "latin-1":
        raise Uncuttable("what stands at its beginning tells what its letters are")
    tail = b"\n" + file.part(max(0, file.size_bytes - (1 << 16)), file.size_bytes)
    tail = tail[max(tail.rfind(b"\n:61:"), tail.rfind(b"\n:20:")) :]
    if not _END_MARK.search(tail) and not _CLOSING.search(tail):
        raise Uncuttable("its last message has no end")
    yield from cut(_Messages(file, encoding), size)


@dataclass
class _Messages(Shape):
    """Messages of one file; `pages` are head and end of a statement of several, else empty."""

    pages: list[tuple[int, int]] = field(default_factory=list)
    total: pl.Series = field(default_factory=lambda: pl.Series([0], dtype=_WIDE))
    has_reversals: bool = False
    currencies: set[str | None] = field(default_factory=set)

    def units(self, level: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The statements."""
        del level
        starts = (place for place, is_new in self._starts(start, stop) if is_new)
        return between(starts, start, stop)

    def _starts(self, start: int, stop: int) -> Iterator[tuple[int, bool]]:
        """Where messages begin, and whether a statement begins there or only a page of one."""
        for place, match in matches(self.file, _MESSAGE, start, stop, b":20:"):
            found = _start(match.string, match.start())
            if found is not None:
                yield place + found[0], found[1]

    def opened(self, level: int, start: int, stop: int) -> Unit:
        """A statement of one message has a head and an end; one of pages is cut at its pages."""
        del level
        self.total, self.has_reversals = pl.Series([0], dtype=_WIDE), False
        self.pages = []
        self.currencies = set()
        first = first_match(self.file, _ENTRY, start, stop, b"\n:61:")
        if first is None:
            return Unit(start, stop, stop, stop)
        last = self._end(start, stop)
        if first_match(self.file, _SUMS, last - 1, stop):
            raise Uncuttable("its sums (:90C:, :90D:) are those of many entries")
        pages = [place for place, _ in self._starts(start + 1, stop)]
        if pages:
            owners = {tuple(_OWNER.findall(self._top(one))[:1]) for one in (start, *pages)}
            if len(owners) > 1:
                raise Uncuttable("its pages are those of several accounts")
            self.pages = [(start, first[0] + 1), (last, stop)]
            return Unit(start, start, stop, stop)
        if odd := first_match(self.file, _BESIDE, first[0] + 1, last - 1):
            raise Uncuttable(f"other fields stand between its entries: see byte {odd[0]}")
        if b"\n:60" not in self._top(start) and _CLOSING.search(b"\n" + self.file.part(last, stop)):
            raise Uncuttable("a message has a closing balance and no opening one")
        entry = last_match(self.file, _ENTRY, start, last)
        if entry and _TAIL.search(self.file.part(entry[0], last)):
            raise Uncuttable("its last entry holds what may be the end of a message")
        return Unit(start, first[0] + 1, last, stop)

    def _top(self, place: int) -> bytes:
        """The fields with which a message begins."""
        return b"\n" + self.file.part(place, place + OVERLAP)

    def _end(self, start: int, stop: int) -> int:
        """Where the end of the last message of a statement begins: its balance, or its end mark."""
        entry = last_match(self.file, _ENTRY, start, stop)
        if entry is None:
            raise Uncuttable(f"there is much behind its entries: see byte {stop}")
        for pattern in (_AFTER, _END_MARK):
            if found := first_match(self.file, pattern, entry[1], stop):
                return found[0] + (self.file.part(found[0], found[0] + 1) == b"\n")
        raise Uncuttable("a message has no end")

    def boundary(self, data: bytes, at: int) -> int | None:
        """An entry begins with :61:, a page with :20:.

        The entry in front must not hold what may be taken for the end of a message.
        """
        if self.pages:
            for match in _MESSAGE.finditer(data, at):
                found = _start(data, match.start())
                if found is not None and at <= match.start() + found[0]:
                    return match.start() + found[0]
            return None
        for match in _ENTRY.finditer(data, max(0, at - 1)):
            before = data.rfind(b"\n:61:", 0, match.start())
            if not _TAIL.search(data, max(0, before), match.start() + 1):
                return match.start() + 1
        return None

    def around(self, body: Body) -> tuple[Sequence[Part], Sequence[Part]]:
        """Head and end of a long statement; an end mark behind some of its entries.

        Some of its pages have the end too, for without it their last one would be missing.
        """
        if body.kind is Kind.RUN:
            return (), ()
        if self.pages:
            head, end = self.pages
            return ((head,) if body.kind is Kind.FRAME else ()), (b"\n", end)
        unit = body.above[0]
        after: Part = (unit.last, unit.stop) if body.kind is Kind.FRAME else b"-\n"
        return ((unit.start, unit.first),), (after,)

    def lead(self, body: Body) -> int:
        """Block headers and mail stand in front of the :20: by which a message is known."""
        text = b"\n" + body.data[:OVERLAP]
        first = text.find(b"\n:")
        return first if body.start and text.startswith(b"\n:20:", first) else 0

    def look(self, body: Body) -> None:
        """Refuse what is read in another way if the whole holds it."""
        if _INDENTED.search(b"\n" + body.data):
            raise Uncuttable("its tags are indented")
        if MAY_BE_LOST.search(b"\n" + body.data):
            raise Uncuttable("a tag may be damaged")
        if body.data.find(_BOM, 0 if body.start else 1) >= 0:
            raise Uncuttable("byte order marks stand within it")

    def check(
        self, body: Body, statements: pl.DataFrame, rows: pl.DataFrame, findings: pl.DataFrame
    ) -> None:
        """Are RC and RD what the handbook says? Opening + Σ = closing proves it of a long one."""
        if body.kind is Kind.RUN:
            return
        if statements.height != 1:
            raise Uncuttable("a part of a statement is taken for several")
        if (findings["code"] == Code.AMOUNT_AMBIGUOUS.value).any():
            raise Uncuttable("the balances prove doubtful amounts, which no part of them does")
        self.currencies.add(statements.item(0, "currency"))
        if len(self.currencies) > 1:
            raise Uncuttable("the currency of a statement is that of one of its balances alone")
        self.has_reversals |= bool(rows["raw_text"].str.contains(_REVERSAL).any())
        self.total = self.total + rows["amount"].cast(_WIDE, strict=False).sum()
        is_turned = (findings["code"] == Code.REVERSAL_TURNED.value).any()
        if body.kind is Kind.PIECE and not is_turned:
            return
        balances = statements.select(pl.col("opening_balance", "closing_balance").cast(_WIDE))
        ((opening, closing),) = balances.rows()
        is_proven = opening is not None and closing is not None
        if body.kind is Kind.PIECE or (
            self.has_reversals and not (is_proven and opening + self.total.item() == closing)
        ):
            raise Uncuttable("the balances do not prove what its reversals (RC, RD) mean")


def _start(text: bytes, at: int) -> tuple[int, bool] | None:
    """Where a message begins whose :20: stands behind a line feed; null if it is none for sure.

    Returns:
        how far from the line feed it begins, which is before it if block headers or mail stand
        there; and whether a statement begins with it.
    """
    if not _HEADING.match(text, at + 1, at + 1 + OVERLAP):
        return None
    first = max(0, at - OVERLAP // 2)
    before = text[first : at + 1]
    closing = [found[1] for found in _CLOSING.finditer(before)][-1:]
    marks = list(_END_MARK.finditer(before))
    if marks and before.find(b"\n:", marks[-1].end() - 1) < 0:
        place = marks[-1].end() + first - at
        if place != 1 and not _READABLE.search(before):
            return None  # what stands between is shown as a part of the field above
    elif _LAST_FIELD.search(before):
        place = 1
    else:
        return None
    after = text[at : at + OVERLAP // 4]
    if closing == [b"M"]:
        closed, opened = (list(_MIDDLE.finditer(one)) for one in (before, after))
        is_page = closed and opened and closed[-1].groups() == opened[0].groups()
        return (place, False) if is_page else None
    page = _PAGE.search(after)
    is_new = closing == [b"F"] or page is None or int(page[1]) == 1
    return (place, True) if is_new else None
