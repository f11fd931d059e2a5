"""Walk through one CAMT document with an XML parser, and keep the cells of its entries.

Runs of entries that the common pattern has read already stand in the text as one empty element
each; the walk puts them where they belong. It also guards: no document type, no bottomless nesting.
"""

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from xml.parsers import expat

import polars as pl

from schemas.errors import MalformedFile, NotAStatement
from tasks.extract.formats.camt.paths import DETAIL, DETAIL_MARK, ENTRY, REPEATED

RUN = "run-of-common-entries"
"""The element that stands for entries which were read already."""

Cells = dict[str, str]
Row = tuple[str | None, ...]
"""An entry as the cells of ROW."""

Key = tuple[int, int, int, int]
"""Of an entry, see KEYS."""

KEYS = {
    "file_no": pl.UInt32(),
    "statement_no": pl.UInt32(),
    "entry_no": pl.UInt32(),  # in the statement, from 1
    "record_no": pl.UInt32(),  # in the file, from 1
}

DetailRow = tuple[Key, int, str, tuple[str | None, ...]]
"""A detail of an entry with several: its key and number, its XML text, and the cells of DETAIL."""

MESSAGES = {
    "BkToCstmrAcctRpt": "camt052",
    "BkToCstmrStmt": "camt053",
    "BkToCstmrDbtCdtNtfctn": "camt054",
    "CBIDlyStmtReqLogMsg": "camt053",
    "CBIPrdcStmtReqLogMsg": "camt053",
}
"""The messages, and the format of each. Version 01 of 2007 writes "V01" behind these names, and has
no `NtryDtls`. Italian banks send statements in envelopes of the CBI consortium, of a day (Dly) or a
period (Prdc)."""

_NAMES = tuple(MESSAGES)

_STATEMENTS = {"Rpt", "Stmt", "Ntfctn"}
_OUTSIDE, _STATEMENT, _BALANCE, _ENTRY, _DETAIL = range(5)
_ROOMS = {
    "Ntry": {(_STATEMENT, "")},
    "Bal": {(_STATEMENT, "")},
    "TxDtls": {(_ENTRY, "NtryDtls"), (_ENTRY, "")},
}
_MAX_DEPTH = 100
_MAX_TEXT = 4_000_000
_NONE = (None,) * (1 + len(DETAIL))
_LINES = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_BLANK = " \t\r\n"
_REMEDY = "ask the bank for a clean export; the file is kept as it is"


class MisplacedRun(Exception):
    """A run of common entries does not stand within a statement; the file is walked in full."""


@dataclass
class Statement:
    """One `Stmt`, `Rpt` or `Ntfctn`: its cells, its balances, and how many entries it holds."""

    place: str
    head: Cells
    cells: Cells = field(default_factory=dict)
    balances: list[Cells] = field(default_factory=list)
    entry_count: int = 0


class Walk:
    """The handlers of the parser; `run` is the element that stands for entries read already.

    Attributes:
        statements: the statements so far.
        rows: the entries so far, and `keys` their keys, in the order of the file.
        details: the details of those entries that have several.
        runs: how many entries each run has that was read already and waits for its element.
        placed: the key of the first entry of each run that has found its place.
        record_count: how many entries there were so far, in runs or not.
        has_message: one of MESSAGES has been seen.
        has_unread: so have comments, CDATA sections or instructions, which may hold anything.
    """

    def __init__(self, name: str, file_no: int, run: str = "") -> None:
        self.name, self.file_no = name, file_no
        self._run = run
        self.statements: list[Statement] = []
        self.rows: list[Row] = []
        self.keys: list[Key] = []
        self.details: list[DetailRow] = []
        self.record_count = 0
        self.has_message = False
        self.has_unread = False
        self.runs: deque[int] = deque()
        self.placed: list[Key] = []
        self._fed = bytearray()
        self._base = 0
        self._keep: int | None = None
        self._stack: list[tuple[str, int]] = []
        self._path, self._room = "", _OUTSIDE
        self._outer: list[str] = []
        self._siblings: Counter[str] = Counter()
        self._head: Cells = {}
        self._cells: Cells = {}
        self._entry: Cells = {}
        self._parts: list[tuple[Cells, int, int]] = []
        self._text: list[str] = []
        self._text_size = 0
        self._locals: dict[str, str] = {}
        self._parser = self._made_parser()

    def end(self) -> None:
        """The file ends here.

        Raises:
            MalformedFile: it was cut short.
            MisplacedRun: not every run has found its place.
            NotAStatement: a document without any of the messages.
        """
        self.feed(b"", is_last=True)
        if self.runs:
            raise MisplacedRun
        if not self.has_message:
            raise NotAStatement(
                self.name,
                "there is no account report, statement or notification in this document",
                "ask the bank for the statement itself",
            )

    def feed(self, text: bytes, *, is_last: bool = False) -> None:
        """Walk on.

        Raises:
            MalformedFile: it is not well-formed XML, nested too deep, or has a document type.
            MisplacedRun: see there.
        """
        self._fed += text
        try:
            self._parser.Parse(text, is_last)
        except expat.ExpatError as error:
            raise MalformedFile(
                f"{self.name}: line {error.lineno}",
                f"not well-formed XML: {expat.ErrorString(error.code)}",
                "download the file again; it was cut short or damaged",
            ) from error
        if is_last:
            # the parser and its handlers hold each other; let go of both
            self._parser = expat.ParserCreate()
        keep = self._parser.CurrentByteIndex if self._keep is None else self._keep
        if not is_last and keep > self._base:
            del self._fed[: keep - self._base]
            self._base = keep

    def _made_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.buffer_size = 65_536
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.CommentHandler = self._pass_over
        parser.StartCdataSectionHandler = self._pass_over
        parser.ProcessingInstructionHandler = self._pass_over
        return parser

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == self._run:
            self._place_run()
            return
        local = self._locals.get(tag) or self._localised(tag)
        stack = self._stack
        stack.append((self._path, self._room))
        if len(stack) > _MAX_DEPTH:
            self._refuse(f"elements are nested more than {_MAX_DEPTH} deep")
        if self._text:
            self._text, self._text_size = [], 0
        room, path = self._room, self._path
        if room == _OUTSIDE:
            self._enter_outer(local)
            return
        if local in _ROOMS and (room, path) in _ROOMS[local]:
            self._enter(local)
            return
        if local != "Pty":
            self._path = f"{path}/{local}" if path else local
        if attributes and "Ccy" in attributes:
            self._cells.setdefault(f"{self._path}/@Ccy", attributes["Ccy"].strip(_BLANK))

    def _end(self, tag: str) -> None:
        if tag == self._run:
            return
        if self._text:
            self._store()
        path, room = self._stack.pop()
        if room != self._room:
            self._leave(room)
        elif room == _OUTSIDE:
            self._outer.pop()
        self._path, self._room = path, room

    def _data(self, text: str) -> None:
        self._text.append(text)
        self._text_size += len(text)
        if self._text_size > _MAX_TEXT:
            self._refuse(f"an element holds more than {_MAX_TEXT:,} characters")

    def _store(self) -> None:
        text = "".join(self._text).strip(_BLANK)
        self._text, self._text_size = [], 0
        if not text:
            return
        if "\n" in text or "\r" in text:
            text = _LINES.sub(" ", text)
        path, cells = self._path, self._cells
        if path not in cells:
            cells[path] = text
        elif path in REPEATED:
            cells[path] += f" {text}"

    def _localised(self, tag: str) -> str:
        return self._locals.setdefault(tag, tag.rpartition(":")[2])

    def _enter_outer(self, local: str) -> None:
        """Around the statements: an envelope, the document, the message and its header."""
        parent = self._outer[-1] if self._outer else ""
        path = f"{parent}/{local}"
        self._siblings[path] += 1
        number = self._siblings[path]
        is_statement = local in _STATEMENTS and parent.rpartition("/")[2].startswith(_NAMES)
        if is_statement:
            self._room, self._path, self._cells = _STATEMENT, "", {}
            self.statements.append(Statement(f"{path}[{number}]", self._head, self._cells))
            return
        if local.removesuffix("V01") in MESSAGES:
            self.has_message = True
            self._head = self._cells = {}
            self._path = ""
        else:
            self._path = f"{self._path}/{local}" if self._path else local
        self._outer.append(path if number == 1 else f"{path}[{number}]")

    def _enter(self, local: str) -> None:
        """An entry or a balance of a statement, or a detail of an entry."""
        self._path, self._cells = "", {}
        if local == "Bal":
            self._room = _BALANCE
            self.statements[-1].balances.append(self._cells)
            return
        at = self._parser.CurrentByteIndex
        if local == "Ntry":
            self._room, self._entry, self._keep, self._parts = _ENTRY, self._cells, at, []
        else:
            self._room = _DETAIL
            self._parts.append((self._cells, at, 0))

    def _leave(self, room: int) -> None:
        """Step out of a detail, an entry, a balance or a statement into what holds it."""
        if self._room == _DETAIL:
            cells, start, _ = self._parts[-1]
            stop = self._parser.CurrentByteIndex
            self._parts[-1] = (cells, start, stop + self._end_size(stop))
            self._cells = self._entry
        elif self._room == _ENTRY:
            self._finish_entry()
        elif room == _STATEMENT:
            self._cells = self.statements[-1].cells
        else:
            self._cells = self._head

    def _finish_entry(self) -> None:
        statement, start = self.statements[-1], self._keep or 0
        stop = self._parser.CurrentByteIndex
        raw = self._printed(start, stop + self._end_size(stop))
        self._keep = None
        only = self._parts[0][0] if len(self._parts) == 1 else None
        key = self._next_key(1)
        if len(self._parts) > 1:
            for number, (cells, first, last) in enumerate(self._parts, start=1):
                texts = self._printed(first, last)
                self.details.append((key, number, texts, tuple(map(cells.get, DETAIL))))
        single = _NONE if only is None else (DETAIL_MARK, *map(only.get, DETAIL))
        self.keys.append(key)
        self.rows.append((raw, *map(self._entry.get, ENTRY), *single))
        self._parts, self._cells = [], statement.cells

    def _place_run(self) -> None:
        if self._room != _STATEMENT or self._path or not self.runs:
            raise MisplacedRun
        self.placed.append(self._next_key(self.runs.popleft()))

    def _next_key(self, count: int) -> Key:
        """The key of the first of so many entries, which come next."""
        statement = self.statements[-1]
        key = (
            self.file_no,
            len(self.statements),
            statement.entry_count + 1,
            self.record_count + 1,
        )
        statement.entry_count += count
        self.record_count += count
        return key

    def _end_size(self, at: int) -> int:
        """How long the end tag is that starts at an offset; an empty element has ended there."""
        if not self._fed.startswith(b"</", at - self._base):
            return 0
        return self._fed.find(b">", at - self._base) + 1 - (at - self._base)

    def _printed(self, start: int, stop: int) -> str:
        return self._fed[start - self._base : stop - self._base].decode("utf-8")

    def _pass_over(self, *_: object) -> None:
        self.has_unread = True

    def _refuse_doctype(self, *_: object) -> None:
        self._refuse("a document type declaration has no place in a statement")

    def _refuse(self, problem: str) -> None:
        line = self._parser.CurrentLineNumber
        raise MalformedFile(f"{self.name}: line {line}", problem, _REMEDY)
