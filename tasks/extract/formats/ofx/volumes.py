"""Cut a large OFX file: head and end of the file around some of its statements or transactions.

The head is all in front of the first statement (header, sign-on), the end all behind the last one.
In OFX 2, which must nest, what a statement stands in is closed and opened again where the first and
the last statement are of another kind than those of the volume.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.findings import Code
from schemas.money import NO_CURRENCY
from tasks.extract.cutting import Body, Kind, Part, Shape, Unit
from tasks.extract.cutting import volumes as cut
from tasks.extract.formats.ofx.document import WIDE, declared
from tasks.extract.formats.ofx.records import FAR_DAYS
from tasks.extract.large import LargeFile, Uncuttable, Volume
from tasks.extract.scan import first_match, last_match, matches, text_encoding
from tasks.extract.source import Reading, Source

Read = Callable[[Sequence[Source], str], Reading]

_STATEMENT = re.compile(rb"<((?:CC|INV)?)STMTRS\s*+>")
_STATEMENT_END = re.compile(rb"</((?:CC|INV)?)STMTRS\s*+>")
_RECORD = re.compile(rb"<STMTTRNP?\s*+>")
_RECORD_END = re.compile(rb"</STMTTRNP?\s*+>\s*+")
_LIST_END = re.compile(rb"</(?:BANKTRANLISTP?|INVBANKTRAN|INVTRANLIST|(?:CC|INV)?STMTRS)\s*+>")
_BETWEEN = re.compile(
    rb"</STMTTRNP?\s*+>\s*+(?!<STMTTRNP?\s*+>)"
    rb"|</(?:BANKTRANLISTP?|INVBANKTRAN|INVTRANLIST|(?:CC|INV)?STMTRS)\s*+>"
)
_THOUSANDS = re.compile(rb"<(?:TRN|BAL)AMT\s*+>[^<\d]*+[1-9]\d{0,2}+\.\d{3}[^<\d\r\n.,]*+[<\r\n]")
_BALANCE = re.compile(rb"<LEDGERBAL\s*+>\s*+<BALAMT\s*+>([^<]*+)")
_WHOLE = re.compile(rb"\D*+[1-9]\d++[^\d.,]*+\Z")
_SIGN_ON = re.compile(rb"<(?:DTSERVER|ORG|FID)\s*+>")
_OFX_END = re.compile(rb"</OFX\s*+>")
_ODD_TAG = re.compile(rb"</?+[A-Z0-9.]*+[a-z][A-Za-z0-9.]*+\s*+/?+>")
_WRAPPERS = {
    b"": (b"BANKMSGSRSV1", b"STMTTRNRS"),
    b"CC": (b"CREDITCARDMSGSRSV1", b"CCSTMTTRNRS"),
    b"INV": (b"INVSTMTMSGSRSV1", b"INVSTMTTRNRS"),
}


def volumes(
    read: Read,
    file: LargeFile,
    layout: str,  # noqa: ARG001 - OFX has no layouts
    size: int,
) -> Iterator[Volume]:
    """Cut an OFX file of any version into volumes of so many bytes.

    Args:
        read: the reader, which knows the encodings that a header may name.
        file: the file.
        layout: it has none.
        size: how many bytes a volume shall have, more or less.

    Raises:
        MalformedFile: NUL bytes.
        Uncuttable: the volumes would not say the same as the whole.
    """
    first = first_match(file, _STATEMENT, 0, file.size_bytes, b"STMTRS")
    last = last_match(file, _STATEMENT_END, 0, file.size_bytes)
    if first is None or last is None:
        raise Uncuttable("no whole statement is found in it")
    head, end = file.part(0, first[0]), file.part(last[1], file.size_bytes)
    if _RECORD.search(head.upper()) or _RECORD.search(end.upper()):
        raise Uncuttable("some of its transactions stand in no statement")
    if not _OFX_END.search(end) or b"<!" in end:
        raise Uncuttable("it does not end with </OFX>")
    if _ODD_TAG.search(head) or _ODD_TAG.search(end):
        raise Uncuttable("its tags are not all in capital letters")
    kinds = _kind(_STATEMENT, file.part(*first)), _kind(_STATEMENT_END, file.part(*last))
    named = _named(read, head + _bridge(*kinds), end)
    encoding = text_encoding(file, named)
    whole = Unit(0, first[0], last[1], file.size_bytes)
    shape = _Ofx(file, encoding, declared=named, depth=2, whole=whole, kinds=kinds)
    yield from cut(shape, size)


def _named(read: Read, head: bytes, end: bytes) -> str:
    """The encoding that the header names: that in which the reader understands two odd bytes."""
    if (encoding := declared(head)) in WIDE.values():
        return encoding
    (file,) = read([Source(0, "", head + b"\x80\xe9" + end)], "").files
    return "" if file.encoding in ("cp1252", "latin-1") else file.encoding


@dataclass(kw_only=True)
class _Ofx(Shape):
    """`whole` is the file as a unit, `kinds` are those of its first and its last statement.

    `named` are the currencies that the transactions of a statement name which has none itself.
    """

    whole: Unit
    kinds: tuple[bytes, bytes]
    named: set[str] = field(default_factory=set)

    def units(self, level: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The file; its statements, each up to the next one."""
        if level == 0:
            yield start, stop
            return
        begun: int | None = None
        for place, _ in matches(self.file, _STATEMENT, start, stop, b"STMTRS"):
            if begun is not None:
                yield begun, place
            begun = place
        if begun is not None:
            yield begun, stop

    def opened(self, level: int, start: int, stop: int) -> Unit:
        """Where the transactions of a statement begin and end; nothing may stand between them."""
        if level == 0:
            return self.whole
        self.named = set()
        first = first_match(self.file, _RECORD, start, stop, b"<STMTTRN")
        last = last_match(self.file, _RECORD, start, stop)
        if first is None:
            return Unit(start, stop, stop, stop)
        if last is None:
            raise Uncuttable(f"there is much behind the transactions of byte {first[0]}")
        end = first_match(self.file, _RECORD_END, last[1], stop) or (stop, stop)
        closing = first_match(self.file, _LIST_END, last[1], stop)
        if closing is None:
            raise Uncuttable(f"the transactions behind byte {last[0]} have no end")
        done = min(end[1], closing[0])
        if (odd := first_match(self.file, _BETWEEN, first[0], done)) and odd[1] < done:
            raise Uncuttable(f"other elements stand between its transactions: see byte {odd[0]}")
        return Unit(start, first[0], done, stop)

    def boundary(self, data: bytes, at: int) -> int | None:
        """A transaction begins with its start tag."""
        found = _RECORD.search(data, at)
        return found.start() if found else None

    def around(self, body: Body) -> tuple[Sequence[Part], Sequence[Part]]:
        """The head and the end of the file; of a statement in pieces its own as well."""
        if not body.above:
            return (), ()
        whole = self.whole
        before: list[Part] = [(0, whole.first)]
        after: list[Part] = [(whole.last, whole.stop)]
        start, stop = body.start, body.stop
        if body.kind is not Kind.RUN:
            statement = body.above[1]
            before.append((statement.start, statement.first))
            after.insert(0, (statement.last, statement.stop))
            start, stop = statement.start, statement.stop
        return self._bridged(before, after, start, stop)

    def _bridged(
        self, before: list[Part], after: list[Part], start: int, stop: int
    ) -> tuple[Sequence[Part], Sequence[Part]]:
        """With what the statements stand in, where the file begins or ends with another kind."""
        if start > self.whole.first:
            before.insert(1, _bridge(self.kinds[0], self._kind_at(start)))
        if stop < self.whole.last:
            after.insert(len(after) - 1, _bridge(self._kind_at(stop), self.kinds[1]))
        return before, after

    def _kind_at(self, place: int) -> bytes:
        return _kind(_STATEMENT, self.file.part(place, place + 64))

    def check(
        self, body: Body, statements: pl.DataFrame, rows: pl.DataFrame, findings: pl.DataFrame
    ) -> None:
        """Refuse what only the whole statement tells: signs, and whether its clock is right."""
        clock = statements.select("file_no", "statement_no", "stated_on")
        days = rows.join(clock, on=["file_no", "statement_no"], how="left")
        gap = (pl.col("booked_on") - pl.col("stated_on")).dt.total_days()
        if body.kind is Kind.PIECE and days.select((gap > FAR_DAYS).any()).item():
            raise Uncuttable("some of its transactions are far later than the file itself")
        is_doubtful = (findings["code"] == Code.AMOUNT_AMBIGUOUS.value).any()
        if body.kind is Kind.PIECE and is_doubtful and not (rows["amount"] < 0).any():
            raise Uncuttable("no amount has a sign in a part of it")
        if body.kind is Kind.PIECE and statements["currency"].null_count():
            self.named.update(rows["currency"].unique().to_list())
            is_foreign = (findings["code"] == Code.CURRENCY_UNREADABLE.value).any()
            if is_foreign or len(self.named - {NO_CURRENCY}) > 1:
                raise Uncuttable("it names no currency, and its transactions name several")

    def look(self, body: Body) -> None:
        """Refuse what only the whole can tell: comments, odd tags, corrections, another sign-on."""
        if not body.above:
            return
        data = body.data
        if body.kind is Kind.FRAME:
            unit = body.above[1]
            data = self.file.part(unit.start, unit.first) + self.file.part(unit.last, unit.stop)
        if b"!" in data and b"<!" in data:
            raise Uncuttable("it has comments or marked sections, which may hold anything")
        if _ODD_TAG.search(data):
            raise Uncuttable("its tags are not all in capital letters")
        if _THOUSANDS.search(data):
            raise Uncuttable("only the whole tells what a point in its amounts is")
        is_card = b"<CCSTMTRS" in data
        for balance in _BALANCE.findall(data):
            if _WHOLE.match(balance) or (is_card and b"-" not in balance):
                raise Uncuttable("only the whole tells how its balances are written")
        if body.kind is Kind.PIECE and b"<CORRECTFITID" in data:
            raise Uncuttable("some of its transactions correct others")
        if _SIGN_ON.search(data):
            raise Uncuttable("it has several sign-ons")


def _kind(tag: re.Pattern[bytes], data: bytes) -> bytes:
    """What stands before STMTRS in the tag of a statement."""
    found = tag.match(data)
    return found[1] if found else b""


def _bridge(one: bytes, other: bytes) -> bytes:
    """Out of what a statement of one kind stands in, into what one of another kind stands in."""
    if one == other:
        return b""
    (outer, inner), (next_outer, next_inner) = _WRAPPERS[one], _WRAPPERS[other]
    return b"</%b></%b><%b><%b>" % (inner, outer, next_outer, next_inner)
