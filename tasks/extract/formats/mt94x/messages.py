"""The messages of MT940 and MT942 files, put together from the fields beside the plain entries."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from tasks.extract.formats.mt94x.fields import HEADING, OTHER, TEXT, Opened

_CLOCK = frozenset(["13", "20", "21", "25", "28"])
_BALANCES = frozenset(["60", "62", "64", "65"])
_TAIL = re.compile(r"\n[ \t]*-[ \t]*(?=\n|\Z)|\n-XXX|-\}|\n[ \t]*\{[1-5]:")
_TRAILER = re.compile(r"\{[1-5S]:[^{}]*(?:\{[^{}]*\})*\}|[^\S\n]|[\x00-\x08\x0e-\x1f-]")
_INTERIM = re.compile(r"\{2:[IO]942")
_BLOCK = re.compile(r"\{4:")

_SHORT = {"25P": "25", "28C": "28", "13": "13D"}
"""Tags that state the same; :13: is an older one."""

CREDIT_LIMIT = "34F C"
"""The name of the second floor limit of a message; the first is then that of the debits."""


@dataclass
class Message:
    """One message of a file: its fields, and which entries it holds.

    Attributes:
        line: where it begins, 1-based.
        first: the number of its first entry in the batch, from 0.
        count: how many entries it holds.
        fields: what stands in the fields beside the entries, by tag, the first of each; the
            balances are "60" and "62", and of several closing balances the last counts.
        pages: the letters of these tags: F for first and final, M for a page between.
        is_interim: its header says MT942.
        has_block: its header opens a text block, which "-}" must close.
        is_ended: its end, "-" or "-}", is there.
        lost: balances whose tags are damaged, as printed.
    """

    line: int
    first: int
    count: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    is_interim: bool = False
    has_block: bool = False
    is_ended: bool = False
    lost: list[str] = field(default_factory=list)

    def put(self, tag: str, body: str) -> None:
        """Keep the text of a field."""
        if tag[:2] in ("60", "62"):
            name = tag[:2]
            self.pages[name] = tag[2]
            self.fields[name] = body
        elif tag == "34F" and tag in self.fields:
            self.fields.setdefault(CREDIT_LIMIT, body)
        else:
            self.fields.setdefault(_SHORT.get(tag, tag), body)


class Field(NamedTuple):
    """A field of a file, with the columns of `fields.OTHERS`."""

    file: int
    at: int
    entry: int
    line: int
    role: int
    mark: str
    part: str
    is_lost: bool


@dataclass(frozen=True)
class Document:
    """A file as messages.

    Attributes:
        opened: the file.
        messages: its messages.
        behind: what stands behind the end of the last one, without trailers; "" for nothing.
    """

    opened: Opened
    messages: list[Message]
    behind: str = ""


@dataclass
class Changes:
    """What becomes of entries that are more than :61: and :86:, or that end their message.

    By the number of the entry in the batch: its field :61:; its texts, joined by line breaks, null
    without one; the entry as the bank printed it; and the text of :NS:, if it has one.
    """

    heads: dict[int, str] = field(default_factory=dict)
    texts: dict[int, str | None] = field(default_factory=dict)
    printed: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)


def documents(
    files: Sequence[Opened], others: Iterable[tuple[object, ...]]
) -> tuple[list[Document], Changes]:
    """Put the messages of files together.

    Args:
        files: the files.
        others: `fields.Fields.others`.
    """
    changes = Changes()
    found = []
    for file, its in groupby(map(Field._make, others), key=lambda one: one.file):
        fields = list(its)
        walk = _Walk(changes, fields)
        found.append(Document(files[file], walk.messages, _behind(fields[-1].part)))
    return found, changes


def _behind(last: str) -> str:
    """What stands behind the end that the last field of a file holds, or behind a last balance."""
    if tail := _TAIL.search(last):
        text = last[tail.start() if tail[0].endswith(":") else tail.end() :]
    else:
        text = last.partition("\n")[2] if last[:2] in _BALANCES else ""
    return _TRAILER.sub("", text).strip()


class _Walk:
    """Walks over the fields of one file and hands each to its message or entry."""

    def __init__(self, changes: Changes, fields: Sequence[Field]) -> None:
        self.changes = changes
        self.fields = {one.at: one for one in fields}
        self.message = Message(line=1, first=fields[0].entry + 1)
        self.messages = [self.message]
        self.entry = fields[0].entry  # the last entry before us
        self.is_open = False  # that entry stands before us, and :86: belongs to it
        self.more: dict[int, list[int]] = {}  # where the fields stand of an entry that has others
        self._head(fields[0].part)
        for one in fields:
            if one.role == OTHER:
                self._reach(one.entry)
                self._field(one)
        self._reach(fields[-1].entry)
        self._end(fields[-1])
        for entry, numbers in self.more.items():
            self._gather(entry, numbers)

    def _reach(self, entry: int) -> None:
        """Go to a field which these many entries stand before."""
        self.is_open = self.is_open or entry > self.entry
        self.entry = entry

    def _head(self, before: str) -> None:
        """What the block headers before a message say."""
        self.message.is_interim = _INTERIM.search(before) is not None
        self.message.has_block = _BLOCK.search(before) is not None

    def _field(self, one: Field) -> None:
        """A field beside the plain entries: more of one, a part of its message, or of the next."""
        tag, _, body = one.part.partition(":")
        if self.is_open and (
            tag in ("86", "NS") or (tag in _CLOCK and not self._is_heading(one.at))
        ):
            if self.entry not in self.more:
                self.more[self.entry] = self._own(one.at - 1)
            self.more[self.entry].append(one.at)
            return
        if self._begins(tag):
            self._next_message(tag, one)
        if one.is_lost:
            self.message.lost.append((one.mark + one.part.split("\n")[0]).strip())
        else:
            self.message.put(tag, body)
        self.is_open = False

    def _is_heading(self, at: int) -> bool:
        """Tell ":20:" that begins a message from the time 12:20:15, cut at the end of a line."""
        following = self.fields.get(at + 1)
        is_before_heading = following is not None and following.part.partition(":")[0] in HEADING
        return is_before_heading or _TAIL.search(self.fields[at - 1].part) is not None

    def _begins(self, tag: str) -> bool:
        """Does this field belong to the next message?"""
        message = self.message
        has_entries = self.entry >= message.first
        if tag == "20":
            return bool(message.fields) or has_entries
        if tag[:2] == "60":
            return "60" in message.fields or "62" in message.fields
        return tag[:2] in ("21", "25", "28") and ("62" in message.fields or has_entries)

    def _next_message(self, tag: str, one: Field) -> None:
        """End the message and begin another; one that begins with a balance keeps the account."""
        before = self.fields[one.at - 1]
        self._end(before)
        ended = self.message
        self.message = Message(line=one.line, first=self.entry + 1)
        self.messages.append(self.message)
        if tag[:2] == "60" and "25" in ended.fields:
            self.message.put("25", ended.fields["25"])
        self._head(before.part)

    def _end(self, last: Field) -> None:
        """End the message; cut what stands after its end off its last entry."""
        self.message.count = self.entry + 1 - self.message.first
        tail = _TAIL.search(last.part)
        self.message.is_ended = tail is not None
        if tail is None or not self.is_open:
            return
        self.fields[last.at] = last._replace(part=last.part[: tail.start()])
        if self.entry not in self.more:
            self.more[self.entry] = self._own(last.at)

    def _own(self, at: int) -> list[int]:
        """Where :61: of an entry and the :86: behind it stand; the last of them stands here."""
        return [at - 1, at] if self.fields[at].role == TEXT else [at]

    def _gather(self, entry: int, numbers: Sequence[int]) -> None:
        """Put the fields of an entry together; one without a tag of its own goes on the last."""
        head: list[str] = []
        texts: list[str] = []
        notes: list[str] = []
        printed: list[str] = []
        for mark, part in ((self.fields[at].mark, self.fields[at].part) for at in numbers):
            printed += ["\n", mark, part]
            if part.startswith("86:"):
                texts += ["\n", part[3:]] if texts else [part]
            elif part.startswith("NS:"):
                notes.append(part[3:])
            elif head:
                (texts or head).extend(("\n", mark, part))
            else:
                head.append(part)
        changes = self.changes
        changes.heads[entry] = "".join(head)
        changes.texts[entry] = "".join(texts) if texts else None
        changes.printed[entry] = "".join(printed).strip()
        if notes:
            changes.notes[entry] = "\n".join(notes)
