"""Look through a large text file with little memory: what stands where, and in which encoding."""

import codecs
import re
from bisect import bisect_right, insort
from collections.abc import Iterator

import numpy as np

from schemas.errors import MalformedFile
from tasks.extract.large import MEGABYTE, LargeFile, Uncuttable
from tasks.extract.source import Source, decode

OVERLAP = 4_096
"""No pattern that is looked for is longer."""

_BLOCK = 4 * MEGABYTE
_PART = 1 << 16  # bytes that stay near the processor
_FEED, _RETURN = b"\n\r"
_BACKWARDS = (1 << 14, 1 << 18, 1 << 24)  # how far from the end to look, little at first
_ASCII = bytes(range(128))
_TWO_BYTES = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ONE_BYTE = re.compile(r"(?:cp125|cp437|cp85|iso8859|latin|koi8|mac|ascii)")


def matches(
    file: LargeFile, pattern: re.Pattern[bytes], start: int, stop: int, hint: bytes = b""
) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Where a pattern is found in a part of the file, in order; none overlaps the one before.

    The part is looked at as if it began a line: a pattern may begin with a line feed there. Behind
    a match, and in front of it, so much stands in its string as OVERLAP says, if there is so much.

    Args:
        file: the file.
        pattern: what to look for.
        start: where the part begins.
        stop: where it ends.
        hint: bytes that every match holds; blocks without them are passed over.
    """
    buffer, base, at, done = b"\n", start - 1, start, 0
    while True:
        block = file.part(at, min(at + _BLOCK, stop))
        at += len(block)
        buffer += block
        limit = len(buffer) if at >= stop else len(buffer) - OVERLAP
        if not hint or hint in buffer:
            for match in pattern.finditer(buffer, done):
                if match.start() >= limit:
                    break
                yield base + match.start(), match
                done = match.end()
        if at >= stop:
            return
        done = max(done, limit)
        dropped = max(0, done - OVERLAP)
        buffer, base, done = buffer[dropped:], base + dropped, done - dropped


def first_match(
    file: LargeFile, pattern: re.Pattern[bytes], start: int, stop: int, hint: bytes = b""
) -> tuple[int, int] | None:
    """Where the first match begins and ends; null if there is none."""
    for place, match in matches(file, pattern, start, stop, hint):
        return place, place + len(match[0])
    return None


def last_match(
    file: LargeFile, pattern: re.Pattern[bytes], start: int, stop: int
) -> tuple[int, int] | None:
    """Where the last match begins and ends, looked for from the end; null if it is far from it."""
    for size in _BACKWARDS:
        begun = max(start, stop - size)
        found = list(pattern.finditer(b"\n" + file.part(begun, stop)))
        if found and (found[-1].start() or begun == start):
            return begun - 1 + found[-1].start(), begun - 1 + found[-1].end()
        if begun == start:
            break
    return None


class Lines:
    """On which line a byte of a large file stands; counted from the nearest place known."""

    def __init__(self, file: LargeFile) -> None:
        self._file = file
        self._known = [(0, 1)]

    def at(self, place: int) -> int:
        """The line of a byte, from 1."""
        start, line = self._known[bisect_right(self._known, (place, 1 << 62)) - 1]
        if start == place:
            return line
        for at in range(start, place, _BLOCK):
            line += line_breaks(self._file.part(at, min(at + _BLOCK, place)))
        insort(self._known, (place, line))
        return line

    def learn(self, place: int, line: int) -> None:
        """A place whose line is known from elsewhere; behind it nothing is counted again."""
        if self._known[bisect_right(self._known, (place, line)) - 1] != (place, line):
            insort(self._known, (place, line))


def line_breaks(data: bytes, start: int = 0, stop: int | None = None) -> int:
    """How many line feeds are in a part of a text: `bytes.count` stops at each, this at none."""
    stop = len(data) if stop is None else stop
    parts = (
        np.frombuffer(data, np.uint8, min(_PART, stop - at), at) for at in range(start, stop, _PART)
    )
    return sum(int(np.count_nonzero(part == _FEED)) for part in parts)


def text_encoding(file: LargeFile, declared: str = "") -> str:
    """The encoding that `tasks.extract.source.decode` would use, found out block by block.

    Args:
        file: the file.
        declared: the encoding that the file itself names.

    Raises:
        MalformedFile: a NUL byte.
        Uncuttable: characters of several bytes that are not UTF-8, or lines that end in returns.
    """
    start = file.part(0, 4)
    if start.startswith(_TWO_BYTES) or start[:4] in (b"<\0?\0", b"\0<\0?"):
        raise Uncuttable("its characters have two bytes")
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, at, end = True, 0, b""
    for block in file.blocks(MEGABYTE):
        if (nul := block.find(b"\0")) >= 0:
            raise MalformedFile(
                f"{file.name}: byte {at + nul}",
                "a NUL byte, which no text has",
                "export the file again; it is damaged",
            )
        at += len(block)
        end = _refuse_lone_returns(end + block)
        if is_utf8 and (decoder.getstate()[0] or not block.isascii()):
            is_utf8 = _fits(decoder, block, is_last=at >= file.size_bytes)
    if end:
        raise Uncuttable("its lines end in returns alone")
    if start.startswith(codecs.BOM_UTF8):
        if not is_utf8:
            raise Uncuttable("it begins like UTF-8 and goes on otherwise")
        return "utf-8-sig"
    return "utf-8" if is_utf8 else _of_one_byte(_high(file), declared)


def refuse_unbroken(file: LargeFile) -> None:
    """Raises Uncuttable for a file whose lines do not end."""
    if b"\n" not in file.part(0, 1 << 16):
        raise Uncuttable("it has no line breaks")


def as_read(data: bytes, encoding: str, declared: str = "") -> bytes:
    """A part of a file in an encoding that its reader is sure to know.

    Args:
        data: the part.
        encoding: the encoding of the whole, by which this part alone might not be known.
        declared: the encoding that the part itself names.
    """
    if data.isascii() or encoding == "utf-8":
        return data
    text = data.removeprefix(codecs.BOM_UTF8).decode(encoding.removesuffix("-sig"))
    if decode(Source(0, "", data), declared=declared)[0] == text:
        return data
    return codecs.BOM_UTF8 + text.encode()


def _fits(decoder: codecs.IncrementalDecoder, block: bytes, *, is_last: bool) -> bool:
    try:
        decoder.decode(block, final=is_last)
    except UnicodeDecodeError:
        decoder.reset()
        return False
    return True


def _high(file: LargeFile) -> set[int]:
    """The bytes of a file that are not ASCII."""
    return {byte for block in file.blocks(MEGABYTE) for byte in block.translate(None, _ASCII)}


def _of_one_byte(high: set[int], declared: str) -> str:
    """The first encoding of single bytes that knows all of these."""
    for encoding in dict.fromkeys((declared, "cp1252")):
        try:
            name = codecs.lookup(encoding).name if encoding else "utf-8"
            if name == "utf-8":
                continue
            if not _ONE_BYTE.match(name):
                raise Uncuttable("its characters may have several bytes")
            bytes(sorted(high)).decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        return encoding
    return "latin-1"


def _refuse_lone_returns(block: bytes) -> bytes:
    """Lines must end in line feeds; a return at the very end is handed back, as one may follow."""
    end = b"\r" if block.endswith(b"\r") else b""
    if b"\r" in block:
        text = np.frombuffer(block, np.uint8, len(block) - len(end))
        returns = np.flatnonzero(text == _RETURN)
        if len(returns) and (returns[-1] + 1 >= len(text) or (text[returns + 1] != _FEED).any()):
            raise Uncuttable("some of its lines end in returns alone")
    return end
