"""Cut a large QIF file between its sections, or between the records of one.

Dates and amounts of QIF are read as the whole file shows that they are written. So the whole is
looked through first: its different dates are given to the reader, which says in which order it
reads them, and every volume states that order. Amounts must all be written in one way, and every
volume must show it.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.statement import AccountKind
from tasks.extract.cutting import Body, Kind, Part, Shape, Unit
from tasks.extract.cutting import volumes as cut
from tasks.extract.formats.qif.document import KINDS, LISTS, OPENING_PAYEE
from tasks.extract.large import MEGABYTE, LargeFile, Uncuttable, Volume
from tasks.extract.scan import first_match, matches, text_encoding
from tasks.extract.source import Reading, Source

Read = Callable[[Sequence[Source], str], Reading]

_HEADING = re.compile(rb"\n!([^\r\n]*)")
_BORDER = re.compile(rb"\n!(?:account|type:)[^\r\n]*", re.IGNORECASE)
_NO_LIST = rb"(?!(?:%b)[ \t]*[\r\n])" % "|".join(LISTS).encode()
_SECTION = re.compile(rb"\n!type:[ \t]*" + _NO_LIST, re.IGNORECASE)
_ORDER = re.compile(rb"(?:option|clear):\s*([md])[md]y!?\s*\Z", re.IGNORECASE)
_ODD = re.compile(rb"\n[ \t\xef]|\n\^[^\r\n]|\x1a")
_DATE = re.compile(rb"\nD([^\r\n]*)")
_AMOUNT = re.compile(rb"\n[TU$]([^\r\n]*)")
_NAME = re.compile(rb"\nN([^\r\n]*)")
_UNNAMED = re.compile(rb"\nN[ \t]*[\r\n]")
_RECORD = re.compile(rb"\n\^\r?\n(?=[^!^\r\n])")
_OWN = re.compile(rb"\nL[ \t]*\[([^\r\n]+)\][ \t]*[\r\n]")
_SHORT_YEAR = re.compile(rb"\s*\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*(\d{1,2})\b")
_DAY = re.compile(r"D\s*(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-']")
_PLAIN = {
    b".": re.compile(rb"\s*[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d\d?)?\s*\Z|[^.,]*\Z"),
    b",": re.compile(rb"\s*[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d\d?)?\s*\Z|[^.,]*\Z"),
}
_MOST_DATES = 200_000
_CENTURY = 70


def volumes(
    read: Read,
    file: LargeFile,
    layout: str,  # noqa: ARG001 - QIF has no layouts
    size: int,
) -> Iterator[Volume]:
    """Cut a file into volumes of so many bytes.

    Args:
        read: the reader, which says in which order it reads the dates of the whole.
        file: the file.
        layout: it has none.
        size: how many bytes a volume shall have, more or less.

    Raises:
        MalformedFile: NUL bytes.
        Uncuttable: the volumes would not say the same as the whole.
    """
    encoding = text_encoding(file)
    if not file.part(0, 4).removeprefix(b"\xef\xbb\xbf").startswith(b"!"):
        raise Uncuttable("it does not begin with a heading")
    if not file.part(max(0, file.size_bytes - 64), file.size_bytes).rstrip().endswith(b"\n^"):
        raise Uncuttable("its last record is not ended")
    written = _Written()
    for heading, text in _sections(file):
        written.add(heading, text)
    order = written.order or _order(read, written.dates)
    yield from cut(_Qif(file, encoding, is_framed=False, mark=written.mark(), order=order), size)


def _sections(file: LargeFile) -> Iterator[tuple[bytes, bytes]]:
    """The file in parts, each under one heading and ended by a line."""
    heading, end = b"", b"\n"
    for block in file.blocks():
        text = end + block.removeprefix(b"\xef\xbb\xbf") if end == b"\n" else end + block
        stop = text.rfind(b"\n")
        text, end = text[: stop + 1], text[stop:]
        for heading, part in _parts(heading, text):  # noqa: B020 - the last one goes on
            yield heading, part
    yield heading, end + b"\n"


def _parts(heading: bytes, text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """A text in parts, each under one heading; the first one under the heading given."""
    at = 0
    for found in _HEADING.finditer(text):
        yield heading, text[at : found.start() + 1]
        heading, at = found[1].strip().lower(), found.start()
    yield heading, text[at:]


def _is_section(heading: bytes) -> bool:
    """Do transactions stand under a heading?"""
    return _SECTION.match(b"\n!" + heading + b"\n") is not None


@dataclass
class _Written:
    """How a file writes: its different dates, the marks that fit all amounts, the order stated.

    `account` is the one that was named last, `begun` which of them were listed under which heading,
    and `unnamed` the headings above movements of accounts without a name.
    """

    dates: dict[bytes, None] = field(default_factory=dict)
    fitting: set[bytes] = field(default_factory=lambda: {*_PLAIN})
    order: bytes = b""
    account: bytes | None = None
    begun: set[tuple[bytes | None, bytes]] = field(default_factory=set)
    unnamed: set[str] = field(default_factory=set)

    def add(self, heading: bytes, text: bytes) -> None:
        """Look at a part under a heading."""
        if _ODD.search(text):
            raise Uncuttable("its lines are indented, or its records end oddly")
        if stated := _ORDER.match(heading):
            self.order = b"MDY" if stated[1] == b"m" else b"DMY"
        if heading == b"account" and _UNNAMED.search(text):
            raise Uncuttable("one of its accounts has no name")
        if heading == b"account":
            self.account = next(reversed(_NAME.findall(text)), self.account)
        if not _is_section(heading):
            return
        if text.startswith(b"\n!"):
            self._begin(heading)
        self._look_at_name(heading)
        self.dates.update(dict.fromkeys(_DATE.findall(text)))
        amounts = set(_AMOUNT.findall(text))
        self.fitting = {one for one in self.fitting if all(map(_PLAIN[one].match, amounts))}
        if len(self.dates) > _MOST_DATES:
            raise Uncuttable("it has very many different dates")
        if not self.fitting:
            raise Uncuttable("its amounts are not all written in one way")

    def _begin(self, heading: bytes) -> None:
        """A heading begins; the records below must not stand above as well."""
        if (self.account, heading) in self.begun:
            raise Uncuttable("an account stands under several headings, which may overlap")
        self.begun.add((self.account, heading))

    def _look_at_name(self, heading: bytes) -> None:
        kind = heading.partition(b":")[2].strip().decode("latin-1")
        if self.account is None and KINDS.get(kind) is AccountKind.BANK:
            self.unnamed.add(kind)
        if len(self.unnamed) > 1:
            raise Uncuttable("its accounts have no names, and are told by all of its headings")

    def mark(self) -> bytes:
        """The decimal mark; any, if none of the amounts has one."""
        years = [int(found[1]) for one in self.dates if (found := _SHORT_YEAR.match(one))]
        if any(b"'" in one for one in self.dates) and min(years, default=_CENTURY) < _CENTURY:
            raise Uncuttable("some of its years are marked as those of this century")
        return min(self.fitting)


def _order(read: Read, dates: Collection[bytes]) -> bytes:
    """The order in which the reader reads these dates; empty if it makes no difference.

    They are given forwards and backwards, so that it is not their sequence that decides; and as the
    file has them, where it may show that years stand in front.
    """
    there = sorted(dates)
    reading = _read(read, *there, *reversed(there))
    if any(one.files[0].error for one in (reading, _read(read, *dates))):
        raise Uncuttable("its dates are not all written in one order")
    for day, text in reading.records.select("booked_text", "raw_text").iter_rows():
        found = _DAY.match(text)
        if found and day and int(found[1]) != int(found[2]):
            return b"MDY" if int(day[4:6]) == int(found[1]) else b"DMY"
    return b""


def _read(read: Read, *dates: bytes) -> Reading:
    """A file that has a record for each of these dates."""
    rows = b"".join(b"D%b\nT1\n^\n" % one for one in dates)
    return read([Source(0, "", b"!Type:Bank\n" + rows)], "")


@dataclass(kw_only=True)
class _Qif(Shape):
    """`accounts` are the blocks !Account so far; `named` the account that a record itself names."""

    mark: bytes
    order: bytes
    accounts: list[tuple[int, int]] = field(default_factory=list)
    named: bytes = b""
    seen: set[tuple[str | None, str | None]] = field(default_factory=set)

    def units(self, level: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The sections, each with the accounts and lists above it."""
        del level
        begun, has_section = start, False
        above = account = None
        for place, match in matches(self.file, _BORDER, start, stop, b"!"):
            at = place + 1
            if account is not None:
                self.accounts.append((account, at))
            account = at if match[0][2:3] in b"Aa" else None
            if not _SECTION.match(match[0] + b"\n"):
                above = at if above is None else above
                continue
            if has_section:
                border = at if above is None else above
                yield begun, border
                begun = border
            above, has_section = None, True
        yield begun, stop

    def opened(self, level: int, start: int, stop: int) -> Unit:
        """A section is all up to its heading, its records, and the lists behind it."""
        del level
        head = b"\n" + self.file.part(start, min(stop, start + MEGABYTE))
        heading = _SECTION.search(head)
        if heading is None:
            raise Uncuttable("it holds a long list")
        first = head.index(b"\n", heading.end())
        following = first_match(self.file, _BORDER, start + first, stop, b"!")
        last = following[0] + 1 if following else stop
        if stop - last > MEGABYTE:
            raise Uncuttable("it holds a long list")
        record = head[first : max(first, head.find(b"\n^", first) + 1)]
        own = _OWN.search(record) if OPENING_PAYEE.search(record) else None
        self.named = own[1] if own else b""
        return Unit(start, start + first, last, stop)

    def boundary(self, data: bytes, at: int) -> int | None:
        """A record begins behind the end of another; it must not look like an opening balance."""
        for found in _RECORD.finditer(data, max(0, at - 3)):
            end = data.find(b"\n^", found.end())
            if found.end() < at or end < 0:
                continue
            if not _OWN.search(b"\n" + data[found.end() : end + 1]):
                return found.end()
        return None

    def around(self, body: Body) -> tuple[Sequence[Part], Sequence[Part]]:
        """The account and the heading under which the records stand; the order of all dates."""
        before: list[Part] = []
        start = body.start if body.kind is Kind.RUN else body.above[0].start
        number = bisect_right(self.accounts, (start, 0)) - 1
        del self.accounts[: max(0, number)]
        block = self.accounts[0] if number >= 0 else None
        if block is not None:
            if block[1] - block[0] > MEGABYTE:
                raise Uncuttable("it holds a long list of accounts")
            before.append(block)
        if body.kind is not Kind.RUN:
            unit = body.above[0]
            has_account = block is not None or any(unit.start <= one[0] for one in self.accounts)
            if self.named and not has_account and body.start > unit.first:
                before.append(b"!Account\nN%b\n^\n" % self.named)
            before.append((unit.start, unit.first))
        after: list[Part] = [] if body.data.endswith(b"\n") else [b"\n"]
        if body.kind is not Kind.RUN:
            after.append((body.above[0].last, body.above[0].stop))
        if self.order:
            after.append(b"\n!Option:%b\n" % self.order)
        return before, after

    def look(self, body: Body) -> None:
        """Refuse a volume that does not show how amounts are written, or has no transactions."""
        parts = [b"\n" + body.data]
        if body.kind is Kind.RUN:
            parts = [part for heading, part in _parts(b"", parts[0]) if _is_section(heading)]
            if not parts:
                raise Uncuttable("a part of it holds lists alone")
        if body.kind is Kind.PIECE:
            is_start = body.start <= body.above[0].first
            behind = max(0, body.data.find(b"\n^")) if is_start else 0
            if OPENING_PAYEE.search(b"\n" + body.data, behind):
                raise Uncuttable("an account states its opening balance behind its first record")
        group = b"," if self.mark == b"." else rb"\."
        has_groups = re.compile(rb"\n[TU$][^\r\n]*" + group)
        has_cents = re.compile(rb"\n[TU$][^\r\n]*%b\d\d?[ \t]*[\r\n]" % re.escape(self.mark))
        if any(map(has_groups.search, parts)) and not any(map(has_cents.search, parts)):
            raise Uncuttable("a part of it does not show its decimal mark")

    def goes_on(self, body: Body, *, is_first: bool) -> bool | None:
        """Statements are told by their account, which may have several sections."""
        del body, is_first
        return None

    def check(
        self, body: Body, statements: pl.DataFrame, rows: pl.DataFrame, findings: pl.DataFrame
    ) -> None:
        """An account has its opening balance where it begins, and nowhere else."""
        del body, rows, findings
        names = ("account_ref", "account_kind", "opening_balance")
        for ref, kind, opening in statements.select(names).iter_rows():
            if (ref, kind) in self.seen and opening is not None:
                raise Uncuttable("an account has several opening balances")
            self.seen.add((ref, kind))
