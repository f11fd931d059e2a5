"""A JSON document of the platform: parsed exactly, its entries kept as they are printed.

Numbers stay text, so that no cent passes through a float. A key that stands twice, NaN, and a
document that nests deeper than statements do are refused: whoever wrote them was no exporter.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from schemas.errors import MalformedFile
from tasks.extract.source import Source, decode

ENTRIES = re.compile(r'"transactions"\s*:\s*\[')

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_FLAT = re.compile(r"\{[^{}\[\]]*\}|\[[^{}\[\]]*\]")
_LONE_HALF = re.compile(r"[\ud800-\udfff]")
_BETWEEN = re.compile(r"[\s,]*")
_DEPTH = 16
_DIGITS = 60
_REMEDY = "export the document again; nothing of it was loaded"


class Number(str):
    """A JSON number as it is printed; its decimal mark is the point, by the grammar of JSON."""

    __slots__ = ()


@dataclass(frozen=True)
class Document:
    """One JSON document.

    Attributes:
        source: the file.
        encoding: the encoding that was used.
        head: everything beside the entries.
        entries: the elements of `transactions`, in order.
        printed: the same, as they stand in the file.
        raw_count: how many they are, by the brackets in the text.
    """

    source: Source
    encoding: str
    head: dict[str, object]
    entries: Sequence[object]
    printed: Sequence[str]
    raw_count: int

    def text(self, name: str) -> str | None:
        """A value beside the entries as text; null if it is missing or empty."""
        return (text_of(self.head.get(name)) or "").strip() or None


def open_document(source: Source) -> Document:
    """Parse a document.

    Raises:
        MalformedFile: it is not JSON, cut short, ambiguous, or holds no list of transactions.
    """
    text, encoding = decode(source)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _malformed(source, "a NUL character, which no text has", line)
    head = _parsed(source, text)
    entries = head.pop("transactions", None)
    starts = [found.end() for found in ENTRIES.finditer(text)]  # in a string, quotes are escaped
    if not isinstance(entries, list) or len(starts) != 1:
        raise _malformed(source, 'there is not exactly one list of "transactions"')
    start = starts[0]
    printed = _printed(text, start, len(entries))
    return Document(source, encoding, head, entries, printed, _count(source, text[start:]))


def text_of(value: object) -> str | None:
    """A JSON value as text: strings as they are, numbers without exponent, null as null."""
    if value is None:
        return None
    if isinstance(value, Number):
        return _without_exponent(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if text.isascii() else _LONE_HALF.sub("\N{REPLACEMENT CHARACTER}", text)


def _parsed(source: Source, text: str) -> dict[str, object]:
    try:
        value = json.loads(
            text,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
    except json.JSONDecodeError as error:
        raise _malformed(source, f"not JSON: {error.msg.lower()}", error.lineno) from error
    except _OddError as error:
        raise _malformed(source, str(error)) from error
    except RecursionError as error:
        raise _malformed(source, "it nests too deeply") from error
    if not isinstance(value, dict):
        raise _malformed(source, "it is not one JSON object")
    return value


class _OddError(Exception):
    """What JSON allows and a statement does not."""


def _refuse_constant(word: str) -> NoReturn:
    raise _OddError(f"{word} is not a number")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = ""
        for key, _ in pairs:
            if key in seen:
                twice = key
            seen.add(key)
        raise _OddError(f'the key "{twice[:40]}" stands twice in one object')
    return found


def _printed(text: str, start: int, count: int) -> list[str]:
    """The elements of a list as they stand in the text."""
    decoder = json.JSONDecoder(parse_int=str, parse_float=str)
    pieces, at = [], start
    for _ in range(count):
        between = _BETWEEN.match(text, at)
        begin = between.end() if between else at
        _, at = decoder.raw_decode(text, begin)
        pieces.append(text[begin:at])
    return pieces


def _count(source: Source, rest: str) -> int:
    """The number of elements up to the end of the list, by brackets and commas alone."""
    bare = _STRING.sub("s", rest)
    for _ in range(_DEPTH):
        bare, changes = _FLAT.subn("o", bare)
        if not changes:
            break
    inside = bare.partition("]")[0]
    if re.search(r"[\[{}]", inside):
        raise _malformed(source, "it nests too deeply")
    return inside.count(",") + 1 if inside.strip() else 0


def _without_exponent(number: Number) -> str:
    """1.5e2 as 150; a number of absurd size stays as it is, and is set aside as unreadable."""
    if "e" not in number.lower() or len(number) > _DIGITS:
        return str(number)
    value = Decimal(number)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), "JSON has no infinite numbers"  # noqa: S101
    return f"{value:f}" if abs(exponent) <= _DIGITS else str(number)


def _malformed(source: Source, problem: str, line: int | None = None) -> MalformedFile:
    where = f"{source.name}: line {line}" if line else source.name
    return MalformedFile(where, problem, _REMEDY)
