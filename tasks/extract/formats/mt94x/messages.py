"""One MT940 or MT942 file, cut at its tags into messages and the entries in them."""

import codecs
import re
from dataclasses import dataclass, field, replace
from itertools import accumulate
from operator import add

from schemas.errors import MalformedFile
from tasks.extract.source import Source, decode

_HEADING = frozenset(["13D", "20", "21", "25", "25P", "28", "28C", "34F", "60F", "60M", "NS"])
_TAGS = (*sorted(_HEADING), "61", "62F", "62M", "64", "65", "86", "90C", "90D")
_CLOCK = frozenset(["20", "21", "25", "28"])
_LETTERS = {f"{tag}:": "x" for tag in _TAGS} | {"61:": "1", "86:": "6"}
_MARK = re.compile(rf"\n[ \t\x1a]*:\n?({'|'.join(_TAGS)}):")
_INDENTED = re.compile(r"\n[ \t\x1a]+:")
_RAW = re.compile(rb"[\r\n][ \t\x1a]*:(?:\r\n|\r|\n)?61:")
_RUN = re.compile(r"(?:16)+|.")
_TAIL = re.compile(r"\n[ \t]*-[ \t]*(?=\n|\Z)|\n-XXX|-\}|\n[ \t]*\{[1-5]:")
_INTERIM = re.compile(r"\{2:[IO]942")
_BLOCK = re.compile(r"\{4:")

CREDIT_LIMIT = "34F C"
"""The name of the second floor limit of a message; the first is then that of the debits."""


@dataclass
class Message:
    """One message of a file: its fields, and which entries of the file it holds.

    Attributes:
        line: where it begins, 1-based.
        first: position in the file of its first entry, from 0.
        count: how many entries it holds.
        fields: what stands in the fields beside the entries, by tag, the first of each; the
            balances are "60" and "62", and of several closing balances the last counts.
        pages: the letters of these tags: F for first and final, M for a page between.
        is_interim: its header says MT942.
        has_block: its header opens a text block, which "-}" must close.
        is_ended: its end, "-" or "-}", is there.
    """

    line: int
    first: int
    count: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    is_interim: bool = False
    has_block: bool = False
    is_ended: bool = False

    def put(self, tag: str, body: str) -> None:
        """Keep the text of a field."""
        if tag[:2] in ("60", "62"):
            name = tag[:2]
            self.pages[name] = tag[2]
            self.fields[name] = body
        elif tag == "34F" and tag in self.fields:
            self.fields.setdefault(CREDIT_LIMIT, body)
        else:
            self.fields.setdefault(tag[:2] if tag in ("25P", "28C") else tag, body)


@dataclass
class Document:
    """A file as messages and entries; the lists run in parallel, one item an entry.

    Attributes:
        raw_count: entries by a count of the bytes that is independent of the tokenizer.
        heads: the field :61: with its tag and its further lines, as in "61:2601310131D1,00NTRF".
        texts: the field :86: in the same way, null without one; several are joined by line breaks.
        lines: where the entry begins, 1-based.
        notes: the text of :NS:, of the few entries that have one, by the number of the entry.
        printed: the entry as the bank printed it, of those that are more than :61: and :86:.
    """

    source: Source
    encoding: str
    raw_count: int
    messages: list[Message] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    notes: dict[int, str] = field(default_factory=dict)
    printed: dict[int, str] = field(default_factory=dict)


def open_document(source: Source) -> Document:
    """Decode a file and cut it into messages.

    Raises:
        UndecodableFile: a byte order mark that the bytes contradict.
        MalformedFile: a NUL byte.
    """
    source = _unmarked(source)
    text, encoding = decode(source)
    if (offset := text.find("\0")) >= 0:
        raise MalformedFile(
            f"{source.name}: line {text.count(chr(10), 0, offset) + 1}",
            "a NUL byte, which no text has",
            "export the statement again; the file was damaged or is not text",
        )
    data = text.encode() if encoding == "utf-16" else source.data
    document = Document(source, encoding, raw_count=_count_entries(data))
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if "\r" in text:
        text = text.replace("\r", "\n")
    _Cutter(document, "\n" + text).cut()
    return document


def _unmarked(source: Source) -> Source:
    """Without the byte order marks that stand within files put together from others."""
    if source.data.find(codecs.BOM_UTF8, 1) < 0:
        return source
    start = len(codecs.BOM_UTF8)
    within = source.data[start:].replace(codecs.BOM_UTF8, b"")
    return replace(source, data=source.data[:start] + within)


def _count_entries(data: bytes) -> int:
    """The tags :61: at the beginning of a line, also where the line breaks after the colon."""
    plain = data.count(b"\n:61:")
    if plain == data.count(b"61:"):
        return plain
    return len(_RAW.findall(b"\n" + data.removeprefix(codecs.BOM_UTF8)))


def _split(text: str) -> tuple[list[str], list[str], str]:
    """The text before the first tag and each field from its tag on; their marks; their letters.

    The marks are the colons, with blanks or a line break where a bank writes some; where every
    field begins in the usual way there is no list of them.
    """
    if not _INDENTED.search(text):
        parts = text.split("\n:")
        letters = [_LETTERS.get(part[:3]) or _LETTERS.get(part[:4]) for part in parts[1:]]
        if None not in letters:
            return parts, [], "".join(filter(None, letters))
    found = list(_MARK.finditer(text))
    ends = [match.start() for match in found] + [len(text)]
    fields = [text[match.start(1) : end] for match, end in zip(found, ends[1:], strict=True)]
    marks = [text[match.start() : match.start(1)] for match in found]
    known = "".join([_LETTERS[f"{match[1]}:"] for match in found])
    return [text[: ends[0]], *fields], ["", *marks], known


class _Cutter:
    """Walks over the fields of a file and hands each to its message or entry."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.parts, self.marks, self.letters = _split(text)
        breaks = [part.count("\n") for part in self.parts]
        extra = [mark.count("\n") for mark in self.marks] or [0] + [1] * (len(breaks) - 1)
        self.lines = list(accumulate(map(add, breaks, extra)))  # up to the end of each part
        self.message = Message(line=1, first=0)
        self.is_open = False  # an entry stands before us, to which :86: belongs
        self.starts: list[int] = []  # the part at which each entry begins
        self.more: dict[int, list[int]] = {}  # further parts, of entries that have some

    def cut(self) -> None:
        """Take the fields of a file, runs of plain entries at once."""
        document, parts = self.document, self.parts
        document.messages.append(self.message)
        self._head(parts[0])
        for run in _RUN.finditer(self.letters):
            start, stop = run.start() + 1, run.end() + 1
            if self.letters[start - 1] == "1":
                document.heads += parts[start:stop:2]
                document.texts += parts[start + 1 : stop : 2] or [None]
                document.lines += [line + 1 for line in self.lines[start - 1 : stop - 1 : 2]]
                self.starts += range(start, stop, 2)
                self.is_open = True
            else:
                self._field(start)
        self._end(len(parts) - 1)
        self.message.count = len(document.heads) - self.message.first
        for entry in range(len(document.heads)) if self.marks else self.more:
            self._gather(entry)

    def _head(self, before: str) -> None:
        """What the block headers before a message say."""
        self.message.is_interim = _INTERIM.search(before) is not None
        self.message.has_block = _BLOCK.search(before) is not None

    def _field(self, number: int) -> None:
        """A field beside the plain entries: more of one, a part of its message, or of the next."""
        tag, _, body = self.parts[number].partition(":")
        is_more = tag in ("86", "NS") or (tag in _CLOCK and not self._is_heading(number))
        if self.is_open and is_more:
            last = len(self.document.heads) - 1
            self.more.setdefault(last, []).append(number)
            return
        if self._begins(tag):
            self._next_message(tag, number)
        self.message.put(tag, body)
        self.is_open = False

    def _is_heading(self, number: int) -> bool:
        """Tell ":20:" that begins a message from the time 12:20:15, cut at the end of a line."""
        following = self.parts[number + 1] if number + 1 < len(self.parts) else ""
        return (
            following.partition(":")[0] in _HEADING
            or _TAIL.search(self.parts[number - 1]) is not None
        )

    def _begins(self, tag: str) -> bool:
        """Does this field belong to the next message?"""
        message = self.message
        has_entries = len(self.document.heads) > message.first
        if tag == "20":
            return bool(message.fields) or has_entries
        if tag[:2] == "60":
            return "60" in message.fields or "62" in message.fields
        return tag[:2] in ("21", "25", "28") and ("62" in message.fields or has_entries)

    def _next_message(self, tag: str, number: int) -> None:
        """End the message and begin another; one that begins with a balance keeps the account."""
        before = self.parts[number - 1]
        self._end(number - 1)
        document, ended = self.document, self.message
        ended.count = len(document.heads) - ended.first
        self.message = Message(line=self.lines[number - 1] + 1, first=len(document.heads))
        document.messages.append(self.message)
        if tag[:2] == "60" and "25" in ended.fields:
            self.message.put("25", ended.fields["25"])
        self._head(before)

    def _end(self, number: int) -> None:
        """Cut what stands after the end of a message off its last entry."""
        tail = _TAIL.search(self.parts[number])
        self.message.is_ended = tail is not None
        if tail is None or not self.is_open:
            return
        part = self.parts[number] = self.parts[number][: tail.start()]
        document, last = self.document, len(self.document.heads) - 1
        if last in self.more:
            return
        if document.texts[last] is None:
            document.heads[last] = part
        else:
            document.texts[last] = part

    def _gather(self, entry: int) -> None:
        """Put the fields of an entry together; one without a tag of its own goes on the last."""
        document, start = self.document, self.starts[entry]
        own = range(start, start + (1 if document.texts[entry] is None else 2))
        head: list[str] = []
        texts: list[str] = []
        notes: list[str] = []
        printed: list[str] = []
        for number in (*own, *self.more.get(entry, ())):
            part, mark = self.parts[number], self.marks[number] if self.marks else "\n:"
            printed += [mark, part]
            if part.startswith("86:"):
                texts += ["\n", part[3:]] if texts else [part]
            elif part.startswith("NS:"):
                notes.append(part[3:])
            elif head:
                (texts or head).extend((mark, part))
            else:
                head.append(part)
        document.heads[entry] = "".join(head)
        document.texts[entry] = "".join(texts) if texts else None
        document.printed[entry] = "".join(printed)
        if notes:
            document.notes[entry] = "\n".join(notes)
