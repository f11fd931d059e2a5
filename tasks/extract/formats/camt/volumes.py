"""Cut a large CAMT file: its head and its end around some of its statements, or entries of one.

The amounts of balances are left out of the head of a statement whose entries are taken apart, and
its totals too: nothing is proved with a part of them. The volume that frames it has the balances.
The totals, and the direction of reversals, are proved by the sums of all volumes; where they are
not what the bank states, the file is not cut.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import polars as pl

from tasks.extract.cutting import Body, Kind, Part, Shape, Unit, between
from tasks.extract.cutting import volumes as cut
from tasks.extract.large import MEGABYTE, LargeFile, Uncuttable, Volume
from tasks.extract.scan import first_match, last_match, matches, text_encoding

_HEAD_BYTES = 65_536
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_DECLARED = re.compile(rb"""<\?xml[^<>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_NAMES = {b"AcctRpt": b"Rpt", b"Stmt": b"Stmt", b"DbtCdtNtfctn": b"Ntfctn"}
_MESSAGE = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)BkToCstmr(AcctRpt|Stmt|DbtCdtNtfctn)(?=[\s/>])")
_MARKUP = re.compile(rb"<[!?]")
_TYPE = re.compile(rb">\s*(OPBD|PRCD|CLBD|ITBD)\s*<")
_REVERSAL = re.compile(rb"RvslInd>\s*(?:true|1)\s*<")
_DIRECTION = r"<(?:[\w.-]+:)?CdtDbtInd>\s*{}\s*<"
_WIDE = pl.Decimal(38, 8)


def volumes(
    file: LargeFile,
    layout: str,  # noqa: ARG001 - CAMT has no layouts
    size: int,
) -> Iterator[Volume]:
    """Cut a file into volumes of so many bytes.

    Raises:
        MalformedFile: NUL bytes.
        Uncuttable: the volumes would not say the same as the whole.
    """
    head = _COMMENT.sub(lambda found: b" " * len(found[0]), file.part(0, _HEAD_BYTES))
    message = _MESSAGE.search(head)
    if message is None:
        raise Uncuttable("its message does not begin near the top")
    if sum(1 for _ in matches(file, _MESSAGE, 0, file.size_bytes, b"BkToCstmr")) != 1:
        raise Uncuttable("it holds several messages")
    declared = _DECLARED.match(head.removeprefix(b"\xef\xbb\xbf"))
    told = declared[1].decode() if declared else ""
    tags = _Tags(message[1], _NAMES[message[2]])
    first = first_match(file, tags.statement, message.end(), file.size_bytes)
    last = last_match(file, tags.statement_end, 0, file.size_bytes)
    if first is None or last is None:
        raise Uncuttable("no whole statement is found in it")
    if _MARKUP.search(file.part(message.start(), first[0]) + file.part(last[1], file.size_bytes)):
        raise Uncuttable("it has comments or marked sections, which may hold anything")
    whole = Unit(0, first[0], last[1], file.size_bytes)
    encoding = text_encoding(file, told)
    yield from cut(_Camt(file, encoding, declared=told, depth=2, whole=whole, tags=tags), size)


class _Tags:
    """The patterns of the elements, with the prefix that the file writes."""

    def __init__(self, prefix: bytes, name: bytes) -> None:
        self.prefix, self.name = prefix, name.decode()
        p = re.escape(prefix)
        self.statement = re.compile(rb"<%b%b(?=[\s/>])" % (p, name))
        self.statement_end = re.compile(rb"</%b%b\s*+>\s*+" % (p, name))
        self.border = re.compile(rb"</%b%b\s*+>\s*+<%b%b(?=[\s>])" % (p, name, p, name))
        self.entry = re.compile(rb"<%bNtry(?=[\s/>])" % p)
        self.entry_end = re.compile(rb"</%bNtry\s*+>\s*+" % p)
        self.between = re.compile(rb"</%bNtry\s*+>\s*+(?!<%bNtry[\s>])" % (p, p))
        self.totals = re.compile(rb"<%bTxsSummry\s*>(.*?)</%bTxsSummry\s*>" % (p, p), re.DOTALL)
        self.balance = re.compile(rb"<%bBal\s*>.*?</%bBal\s*>" % (p, p), re.DOTALL)
        self.amount = re.compile(rb"(<%bAmt(?:\s[^<>]*)?>)[^<]*(?=</%bAmt\s*>)" % (p, p))

    def inside(self, name: bytes, text: bytes) -> bytes | None:
        """What the first element of a name holds."""
        tag = re.escape(self.prefix) + name
        found = re.search(rb"<%b\s*>(.*?)</%b\s*>" % (tag, tag), text, re.DOTALL)
        return found[1] if found else None

    def without_amounts(self, text: bytes) -> bytes:
        """The head of a statement whose balances have no amounts."""
        return self.balance.sub(lambda one: self.amount.sub(rb"\1", one[0]), text)

    def with_currency(self, text: bytes, currency: str | None) -> bytes:
        """The head of a statement whose account has a currency, if only that of its entries."""
        end = b"</%bAcct>" % self.prefix
        told = b"<%bCcy>%b</%bCcy>" % (self.prefix, (currency or "").encode(), self.prefix)
        return text.replace(end, told + end, 1) if currency else text


@dataclass
class _Sums:
    """What the entries of a long statement add up to, by direction; `net` is of those booked.

    `currency` is that of the statement as its first entries have it.
    """

    counts: list[int] = field(default_factory=lambda: [0, 0])
    totals: list[Decimal] = field(default_factory=lambda: [Decimal(0), Decimal(0)])
    net: Decimal = Decimal(0)
    currency: str | None = None
    has_reversals: bool = False
    is_known: bool = True


@dataclass(kw_only=True)
class _Camt(Shape):
    """`whole` is the file as a unit; the others count statements and entries as they are cut."""

    whole: Unit
    tags: _Tags
    statements: int = 0
    entries: int = 0
    held: int = 0
    has_reversals: bool = False
    totals: bytes = b""
    sums: _Sums = field(default_factory=_Sums)

    def units(self, level: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The file; its statements."""
        if level == 0:
            return iter([(start, stop)])
        found = matches(self.file, self.tags.border, start, stop)
        return between((place + match[0].rindex(b"<") for place, match in found), start, stop)

    def opened(self, level: int, start: int, stop: int) -> Unit:
        """Where the entries of a statement begin and end; nothing may stand between them."""
        if level == 0:
            return self.whole
        self.entries, self.sums, self.totals = 0, _Sums(), b""
        tags, file = self.tags, self.file
        first = first_match(file, tags.entry, start, stop)
        if first is None:
            return Unit(start, stop, stop, stop)
        last = last_match(file, tags.entry_end, first[0], stop)
        if last is None:
            raise Uncuttable(f"there is much behind its entries: see byte {stop}")
        odd = first_match(file, tags.between, first[0], last[1])
        if odd is not None and odd[1] < last[1]:
            raise Uncuttable(f"other elements stand between its entries: see byte {odd[0]}")
        if first[0] - start > MEGABYTE or stop - last[1] > MEGABYTE:
            raise Uncuttable("a statement says very much beside its entries")
        around = file.part(start, first[0]) + file.part(last[1], stop)
        if _MARKUP.search(around):
            raise Uncuttable("it has comments or marked sections, which may hold anything")
        types = set(_TYPE.findall(around))
        if b"ITBD" in types and not (types & {b"OPBD", b"PRCD"} and b"CLBD" in types):
            raise Uncuttable("its entries tell whether its interim balances are those of all")
        found = tags.totals.search(around)
        self.totals = found[1] if found else b""
        return Unit(start, first[0], last[1], stop)

    def boundary(self, data: bytes, at: int) -> int | None:
        """An entry begins with its start tag."""
        found = self.tags.entry.search(data, at)
        return found.start() if found else None

    def around(self, body: Body) -> tuple[Sequence[Part], Sequence[Part]]:
        """The head and the end of the file; of a statement in pieces its own as well."""
        if not body.above:
            return (), ()
        whole, tags = self.whole, self.tags
        before: list[Part] = [(0, whole.first)]
        after: list[Part] = [(whole.last, whole.stop)]
        if body.kind is not Kind.RUN:
            unit = body.above[1]
            texts = [
                tags.totals.sub(b"", self.file.part(*span))
                for span in ((unit.start, unit.first), (unit.last, unit.stop))
            ]
            if body.kind is Kind.PIECE:
                texts = [tags.without_amounts(text) for text in texts]
            elif not tags.balance.search(b"".join(texts)):
                texts[0] = tags.with_currency(texts[0], self.sums.currency)
            before.append(texts[0])
            after.insert(0, texts[1])
        return before, after

    def look(self, body: Body) -> None:
        """Count, and refuse comments and sections of text."""
        if not body.above:
            return
        if (b"!" in body.data or b"?" in body.data) and _MARKUP.search(body.data):
            raise Uncuttable("it has comments or marked sections, which may hold anything")
        self.held = len(self.tags.entry.findall(body.data))
        self.has_reversals = _REVERSAL.search(body.data) is not None

    def siblings(self, body: Body) -> tuple[tuple[str, int], ...]:
        """How many statements and entries stand before."""
        found = [(self.tags.name, self.statements)]
        if body.kind is Kind.RUN:
            self.statements += len(self.tags.statement.findall(body.data))
        else:
            found.append(("Ntry", self.entries))
            self.entries += self.held
            self.statements += body.kind is Kind.FRAME
        return tuple(found)

    def check(
        self, body: Body, statements: pl.DataFrame, rows: pl.DataFrame, findings: pl.DataFrame
    ) -> None:
        """Sum up the entries of a long statement; compare the sums with what the bank states."""
        if not body.above:
            return
        held = 1 if body.kind is not Kind.RUN else len(self.tags.statement.findall(body.data))
        count = rows.height + int(findings.get_column("is_set_aside").sum())
        if statements.height != held or count != self.held:
            raise Uncuttable("a part of it holds other statements or entries than it seems")
        if body.kind is Kind.PIECE:
            if not self.sums.counts[0] + self.sums.counts[1]:
                self.sums.currency = statements.item(0, "currency")
            self._add(rows, count)
        elif body.kind is Kind.FRAME:
            self._prove(statements)

    def _add(self, rows: pl.DataFrame, count: int) -> None:
        amount = pl.col("amount").cast(_WIDE, strict=False)
        cells = rows.select("amount", "status", amount.alias("exact"))
        zeros = rows.filter(pl.col("amount") == 0).get_column("raw_text")
        credit, debit = (zeros.str.contains(_DIRECTION.format(one)) for one in ("CRDT", "DBIT"))
        exact = pl.col("exact")
        (found,) = cells.select(
            exact.filter(exact > 0).sum().alias("credits"),
            exact.filter(exact < 0).sum().alias("debits"),
            (exact > 0).sum().alias("credit_count"),
            (exact < 0).sum().alias("debit_count"),
            exact.filter(pl.col("status") == "booked").sum().alias("net"),
            (exact.is_null() | (pl.col("amount") != exact)).any().alias("is_rounded"),
        ).iter_rows(named=True)
        sums = self.sums
        sums.counts[0] += found["credit_count"] + int(credit.sum())
        sums.counts[1] += found["debit_count"] + int(debit.sum())
        sums.totals[0] += found["credits"] or 0
        sums.totals[1] -= found["debits"] or 0
        sums.net += found["net"] or 0
        sums.has_reversals |= self.has_reversals
        is_clear = bool((credit ^ debit).all()) and not found["is_rounded"]
        sums.is_known &= rows.height == count and is_clear

    def _prove(self, statements: pl.DataFrame) -> None:
        names = ("currency", "opening_balance", "closing_balance")
        ((currency, opening, closing),) = statements.select(names).rows()
        sums = self.sums
        if self.entries and currency != sums.currency:
            raise Uncuttable("its currency is that of its first entry")
        if (self.totals or sums.has_reversals) and not sums.is_known:
            raise Uncuttable("some of its entries cannot be added up")
        has_both = opening is not None and closing is not None
        if sums.has_reversals and has_both and opening + sums.net != closing:
            raise Uncuttable("its balances do not prove which way its reversals are booked")
        (credit_count, debit_count), (credit, debit) = sums.counts, sums.totals
        self._compare(
            b"TtlNtries", credit_count + debit_count, {credit + debit, abs(credit - debit)}
        )
        self._compare(b"TtlCdtNtries", credit_count, {credit})
        self._compare(b"TtlDbtNtries", debit_count, {debit})

    def _compare(self, name: bytes, count: int, totals: set[Decimal]) -> None:
        """Raises Uncuttable if the bank states another count or total; some state the net sum."""
        text = self.tags.inside(name, self.totals) or b""
        stated = _number(self.tags.inside(b"NbOfNtries", text))
        printed = _number(self.tags.inside(b"Sum", text))
        if stated not in (None, count) or (printed is not None and abs(printed) not in totals):
            raise Uncuttable("its entries do not make the totals that the bank states")


def _number(text: bytes | None) -> Decimal | None:
    try:
        number = Decimal(text.decode().strip()) if text else None
    except (InvalidOperation, UnicodeDecodeError):
        return None
    return number if number is not None and number.is_finite() else None
