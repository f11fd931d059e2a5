"""One CAMT file from its bytes to the cells of its entries, slice by slice.

    bytes ─▶ UTF-8 ─▶ slice ─▶ entries of known shapes; each run of them becomes one empty element
                                └▶ what remains: the walk (an XML parser), which places the runs

If anything is odd, from a run within a comment to a broken end, the file is walked in full, and
that walk alone decides what is wrong and on which line.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from schemas.errors import MalformedFile, NotAStatement
from tasks.extract.formats.camt.shapes import Shapes
from tasks.extract.formats.camt.walk import MESSAGES, RUN, MisplacedRun, Row, Walk
from tasks.extract.source import Source, decode

_SLICE_BYTES = 1_000_000
_HEAD_BYTES = 65_536

_DECLARED = re.compile(rb"""^<\?xml[^<>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MESSAGE = re.compile(rf"<((?:[A-Za-z_][\w.-]*:)?)(?:{'|'.join(MESSAGES)})[\s/>]".encode())
_ENTRY_TAG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Ntry(?=[\s/>])")
_UNREAD = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)


@dataclass
class Document:
    """One file, read.

    Attributes:
        encoding: the encoding that was used.
        raw_count: `Ntry` start tags, counted in the bytes.
        walk: its statements, and the entries that were not taken yet.
    """

    encoding: str
    raw_count: int
    walk: Walk


class Taker(Protocol):
    """Takes rows over from a walk when there are many."""

    def look(self, walk: Walk) -> None:
        """Take the rows if they are many."""

    def start_over(self) -> None:
        """Forget all that was taken from this file."""


def open_document(source: Source, taker: Taker, shapes: dict[str, Shapes] | None) -> Document:
    """Read one file.

    Args:
        source: the file.
        taker: is offered the rows after every slice.
        shapes: by prefix, the shapes that earlier files taught; null walks through all entries.

    Raises:
        UndecodableFile: a byte order mark that the bytes contradict.
        MalformedFile: not well-formed, NUL bytes, a document type declaration, or nested too deep.
        NotAStatement: a document without any of the three messages.
    """
    data, encoding = _utf8(source)
    message = _MESSAGE.search(data, 0, _HEAD_BYTES)
    prefix = message[1].decode() if message else ""
    walk = None
    if shapes is not None and RUN.encode() not in data:
        known = shapes.setdefault(prefix, Shapes(prefix))
        known.start_file()
        with suppress(MalformedFile, MisplacedRun):
            walk = _quick(source.name, data, taker, known)
    if walk is None:
        taker.start_over()
        walk = _full(source.name, data, taker)
    if not walk.has_message:
        raise NotAStatement(
            source.name,
            "there is no account report, statement or notification in this document",
            "ask the bank for the statement itself",
        )
    return Document(encoding, _count(data, walk, prefix), walk)


def head_of(data: bytes) -> str:
    """The first 64 kB as text that is good enough to recognise a file; comments are gone."""
    head = data[:_HEAD_BYTES]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = head.decode("utf-16", errors="ignore")
    elif head[:4] in (b"<\0?\0", b"\0<\0?"):
        text = head.replace(b"\0", b"").decode("latin-1")
    else:
        text = head.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    return re.sub(r"<!--.*?(?:-->|\Z)", "", text.lstrip("\ufeff"), flags=re.DOTALL)


def _utf8(source: Source) -> tuple[bytes, str]:
    """The file as UTF-8 without byte order mark, and the encoding in which it came."""
    data = source.data
    found = _DECLARED.match(data.removeprefix(codecs.BOM_UTF8)[:200])
    encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    if data.isascii() or _is_utf8(data):
        plain = data.removeprefix(codecs.BOM_UTF8)
    else:
        text, encoding = decode(_marked(source), declared=found[1].decode() if found else "")
        plain = text.encode("utf-8", errors="surrogatepass")
    if plain[:4] in (b"<\0?\0", b"\0<\0?"):
        text, encoding = decode(_marked(source))
        plain = text.encode("utf-8", errors="surrogatepass")
    nul = plain.find(b"\0")
    if nul >= 0:
        line = plain.count(b"\n", 0, nul) + 1
        raise MalformedFile(
            f"{source.name}: line {line}",
            "there is a NUL character in the file",
            "export the statement again; the file was damaged or is not text",
        )
    return plain, encoding


def _marked(source: Source) -> Source:
    """UTF-16 may come without its byte order mark; then the first two characters betray it."""
    marks = {b"<\0?\0": codecs.BOM_UTF16_LE, b"\0<\0?": codecs.BOM_UTF16_BE}
    mark = marks.get(source.data[:4])
    return Source(source.file_no, source.name, mark + source.data) if mark else source


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _SLICE_BYTES):
            decoder.decode(data[at : at + _SLICE_BYTES], at + _SLICE_BYTES >= len(data))
    except UnicodeDecodeError:
        return False
    return True


def _quick(name: str, data: bytes, taker: Taker, known: Shapes) -> Walk:
    walk = Walk(name, RUN)
    for piece in _slices(data, known.end_tag):
        rest: list[str] = []
        run: list[Row] = []
        end = -1
        for start, stop, shape, cells in known.entries(piece):
            if start != end:
                rest += (piece[max(end, 0) : start], f"<{RUN}/>")
                run = []
                walk.runs.append(run)
            run.append((shape, cells))
            end = stop
        rest.append(piece[max(end, 0) :])
        walk.feed("".join(rest).encode())
        taker.look(walk)
    walk.feed(b"", is_last=True)
    if walk.runs:
        raise MisplacedRun
    return walk


def _full(name: str, data: bytes, taker: Taker) -> Walk:
    walk = Walk(name)
    for at in range(0, len(data), _SLICE_BYTES):
        walk.feed(data[at : at + _SLICE_BYTES])
        taker.look(walk)
    walk.feed(b"", is_last=True)
    return walk


def _slices(data: bytes, end_tag: bytes) -> Iterator[str]:
    """The file as text in slices that end with an entry, where there is one."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    at = 0
    while at < len(data):
        stop = at + _SLICE_BYTES
        if stop < len(data):
            end = data.rfind(end_tag, at, stop)
            stop = end + len(end_tag) if end >= 0 else stop
        yield decoder.decode(data[at:stop])
        at = stop


def _count(data: bytes, walk: Walk, prefix: str) -> int:
    """Entries by their start tags, without those in comments, CDATA sections and instructions.

    A file that writes all its tags alike needs no search: each entry has one start and one end.
    """
    if not walk.has_unread:
        plain = data.count(f"<{prefix}Ntry>".encode())
        if data.count(b"Ntry>") == 2 * plain:
            return plain
    # only in a well-formed file, where each of these has an end, is this search fast
    return len(_ENTRY_TAG.findall(_UNREAD.sub(b"", data)))
