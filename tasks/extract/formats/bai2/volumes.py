"""Cut a large BAI2 file between its files, groups, accounts, or details of one account.

What is taken apart gets trailers that are written to fit, from a count of the bytes; the reader
holds them against its own. The trailers of the whole are held against what was counted in all
parts; if one of them is wrong, the file is not cut, for only the whole can say what that means.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.findings import Code
from tasks.extract.cutting import Body, Kind, Part, Shape, Unit, starting
from tasks.extract.cutting import volumes as cut
from tasks.extract.large import MEGABYTE, LargeFile, Uncuttable, Volume
from tasks.extract.scan import first_match, last_match, text_encoding

_OPENS = [re.compile(rb"\n[ \t]*%b," % code) for code in (b"01", b"02", b"03", b"16")]
_ENDS = [re.compile(rb"\n[ \t]*%b," % code) for code in (b"99", b"98", b"49")]
_CODED = re.compile(rb"\n[ \t]*(?:0[123]|16|49|88|9[89]),")
_INSIDE = re.compile(rb"/[ \t]*(?:0[123]|16|49|88|9[89]),")
_DETAIL = re.compile(rb"\n[ \t]*16,[^,\n]*,[ \t]*([^,\n/]*?)[ \t]*[,\r\n/]")
_TRAILER = re.compile(rb"\s*(?:49|98|99),([^/\n]*)/?\s*\Z")
_STATED = {
    b"49": re.compile(rb"\n[ \t]*49,[ \t]*([^,/\s]*)"),
    b"98": re.compile(rb"\n[ \t]*98,[ \t]*([^,/\s]*)"),
}
_ACCOUNT = re.compile(rb"[ \t]*03,([^,\n/]*)(?:,([^,\n/]*))?")
_INTERIM = re.compile(rb"\s*02,(?:[^,\n/]*,){6}\s*[13]\s*[,/\r\n]")
_NUMBER = re.compile(rb"[+-]?\d{1,22}\Z")


@dataclass
class _Count:
    """What was counted of a unit: its total, null if not all of it is known, parts, records."""

    total: int | None = 0
    parts: int = 0
    records: int = 0

    def add(self, total: int | None, parts: int, records: int) -> None:
        """Count on."""
        self.total = None if self.total is None or total is None else self.total + total
        self.parts += parts
        self.records += records


def volumes(
    file: LargeFile,
    layout: str,  # noqa: ARG001 - BAI2 has no layouts
    size: int,
) -> Iterator[Volume]:
    """Cut a file into volumes of so many bytes.

    Raises:
        MalformedFile: NUL bytes.
        Uncuttable: the volumes would not say the same as the whole.
    """
    encoding = text_encoding(file)
    end = last_match(file, _ENDS[0], 0, file.size_bytes)
    if end is None or b"\x1a" in file.part(end[0], file.size_bytes):
        raise Uncuttable("it does not end with its trailer (99)")
    yield from cut(_Bai2(file, encoding, depth=3), size)


@dataclass
class _Bai2(Shape):
    """`counts` are those of the file, the group and the account that are being taken apart."""

    counts: list[_Count] = field(default_factory=lambda: [_Count(), _Count(), _Count()])
    has_balances: bool = False
    is_interim: bool = False

    def units(self, level: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Files, groups or accounts, each up to the next one."""
        return starting(self.file, _OPENS[level], start, stop)

    def opened(self, level: int, start: int, stop: int) -> Unit:
        """From the header to the first record of the next level; from the trailer on."""
        self.counts[level] = _Count()
        first = first_match(self.file, _OPENS[level + 1], start, stop)
        last = last_match(self.file, _ENDS[level], start, stop)
        if first is None or last is None or last[0] < first[0] or first[0] - start > MEGABYTE:
            raise Uncuttable(f"the records behind byte {start} have no usual header and trailer")
        unit = Unit(start, first[0] + 1, last[0] + 1, stop)
        head = self.file.part(unit.start, unit.first)
        if level == 1:
            self.is_interim = _INTERIM.match(head) is not None
        if level == 2:
            self.has_balances = b"010," in head and b"015," in head
            if self.is_interim and b"015," in head:
                raise Uncuttable("its group is an interim report that may state closing balances")
        return unit

    def boundary(self, data: bytes, at: int) -> int | None:
        """A detail begins with its line."""
        found = _OPENS[3].search(data, max(0, at - 1))
        return found.start() + 1 if found else None

    def around(self, body: Body) -> tuple[Sequence[Part], Sequence[Part]]:
        """The headers above, and trailers that fit."""
        before: list[Part] = [(unit.start, unit.first) for unit in body.above]
        if not body.above:
            return (), ()
        heads = [self.file.part(unit.start, unit.first) for unit in body.above]
        counted = self._counted(body)
        if body.kind is Kind.PIECE:
            found = _ACCOUNT.match(heads[2])
            heads[2] = b"03,%b,%b,,,,/\n" % ((found[1], found[2] or b"") if found else (b"", b""))
            before[2] = heads[2]
        after = b"" if not body.data or body.data.endswith(b"\n") else b"\n"
        for head, code in zip(reversed(heads), self._codes(body), strict=True):
            counted.records += _coded(head) + 1
            total = b"" if counted.total is None else b"%d" % counted.total
            parts = b"" if code == b"49" else b",%d" % counted.parts
            after += b"%b,%b%b,%d/\n" % (code, total, parts, counted.records)
            counted.parts = 1
        return before, (after,)

    def _codes(self, body: Body) -> Sequence[bytes]:
        """The trailers that are missing, the innermost first."""
        return (b"49", b"98", b"99")[3 - len(body.above) :]

    def _counted(self, body: Body) -> _Count:
        """What a volume holds, as its first trailer must state it."""
        data, level = b"\n" + body.data, len(body.above) - 1
        if body.kind is Kind.RUN:
            stated = _STATED[b"98" if level == 0 else b"49"].findall(data)
            totals = [_number(one) for one in stated]
            total = None if None in totals else sum(one or 0 for one in totals)
            here = _Count(total, len(stated), _coded(body.data))
            self.counts[level].add(here.total, here.parts, here.records)
            return here
        if body.kind is Kind.PIECE:
            here = _Count(_sum(data), 0, _coded(body.data))
            self.counts[2].add(here.total, 0, here.records)
            return here
        total, *_, records = self._stated(body.above[2])
        counted = self.counts[2]
        head = _coded(self.file.part(body.above[2].start, body.above[2].first))
        if records != counted.records + head + 1:
            raise Uncuttable("the trailer of an account counts other records than there are")
        self.counts[1].add(total, 1, records)
        return _Count(None if total is None else total - (counted.total or 0))

    def _stated(self, unit: Unit) -> list[int | None]:
        """The numbers of a trailer; null for a total that is blank."""
        found = _TRAILER.match(self.file.part(unit.last, min(unit.stop, unit.last + MEGABYTE)))
        texts = [one.strip() for one in found[1].split(b",")] if found else []
        numbers = [_number(one) for one in texts]
        if len(numbers) < 2 or None in numbers[1:] or (numbers[0] is None and texts[0]):
            raise Uncuttable("a trailer is not one line of numbers")
        return numbers

    def leave(self, level: int, unit: Unit) -> None:
        """Hold the trailer of a group or a file against what was counted."""
        if level == 2:
            return
        counted, stated = self.counts[level], self._stated(unit)
        head = _coded(self.file.part(unit.start, unit.first))
        records = counted.records + head + 1
        is_right = stated[0] in (None, counted.total) and stated[-1] == records
        if not is_right or stated[1] != counted.parts:
            raise Uncuttable("its trailers state other totals than its parts")
        if level == 1:
            self.counts[0].add(stated[0], 1, records)

    def look(self, body: Body) -> None:
        """Refuse records that do not begin a line."""
        if _INSIDE.search(body.data):
            raise Uncuttable("its records do not each begin a line")

    def check(
        self, body: Body, statements: pl.DataFrame, rows: pl.DataFrame, findings: pl.DataFrame
    ) -> None:
        """The trailers that were made fit; and no direction depends on the balances."""
        del statements, rows
        if body.kind is Kind.RUN:
            return
        codes = set(findings.get_column("code"))
        if Code.STATED_SUM_DIFFERS.value in codes:
            raise Uncuttable("the trailer of an account states another total than it holds")
        if Code.AMOUNT_AMBIGUOUS.value in codes and self.has_balances:
            raise Uncuttable("its balances may tell whether some amounts are credits or debits")


def _coded(data: bytes) -> int:
    """Physical records."""
    return sum(1 for _ in _CODED.finditer(b"\n" + data.removeprefix(codecs.BOM_UTF8)))


def _number(text: bytes) -> int | None:
    return int(text) if _NUMBER.match(text) else None


def _sum(data: bytes) -> int:
    """The amounts of details, as control totals count them; a blank one is nothing."""
    amounts = _DETAIL.findall(data)
    if not all(map(_NUMBER.match, filter(None, amounts))):
        raise Uncuttable("some of its amounts are no whole numbers")
    return sum(map(int, filter(None, amounts)))
