"""The shapes that the entries of a file have, learnt as they come, each one strict pattern.

A program wrote the file, so its entries differ in their values and in little else. The text of an
entry between its values, tags and blanks, is its shape. A shape becomes a pattern which matches
nothing but a well-formed `Ntry` element without markup in its values, so what it matches may be
cut out of the file before an XML parser looks at it. Entries of no known shape are left to that
parser (`walk`), which reads the same cells from any shape.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.extract.formats.camt.paths import DETAIL, DETAIL_MARK, ENTRY, REPEATED

Cells = tuple[str | None, ...]

_BLANK = " \t\r\n"
_TOKEN = re.compile(r'<(/?)([A-Za-z_][\w.:-]*)( Ccy="[A-Z]{3}")?( ?/)?>([^<]*)')
_TEXT = r"[^<>\x00-\x1f]"
_VALUE = rf"(?! )({_TEXT}++)(?<! )"
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

_WANTED = frozenset(ENTRY) | {f"{DETAIL_MARK}/{path}" for path in DETAIL}
_REPEATED = frozenset(f"{DETAIL_MARK}/{path}" for path in REPEATED)
_MOST_SHAPES = 32
_LONGEST_ENTRY = 16_384
_FAILURES = 300
_SIGHTS = 2


@dataclass(frozen=True, eq=False)
class Shape:
    """One shape.

    Attributes:
        pattern: group 1 is the entry, each further group a value that is read.
        paths: the paths of the values, in the order of the groups; a repeated one several times.
        has_detail: the entry has exactly one detail.
    """

    pattern: re.Pattern[str]
    paths: tuple[str, ...]
    has_detail: bool


class Shapes:
    """The shapes of the files of one batch that write their elements with one prefix."""

    def __init__(self, prefix: str) -> None:
        self._start, self._stop = f"<{prefix}Ntry>", f"</{prefix}Ntry>"
        self.end_tag = self._stop.encode()
        self._known: list[Shape] = []
        self._sights: Counter[str] = Counter()
        self._failures = 0

    def start_file(self) -> None:
        """In each file new shapes may be learnt, until too many entries taught nothing."""
        self._failures = 0

    def entries(self, text: str) -> Iterator[tuple[int, int, Shape, Cells]]:
        """The entries of known shapes: start, end with the blanks behind it, shape and groups."""
        if not text.isascii() and ("\ufffe" in text or "\uffff" in text):
            return
        known, tag = self._known, self._start
        at = text.find(tag)
        while at >= 0:
            shape: Shape | None
            for shape in known:
                match = shape.pattern.match(text, at)
                if match:
                    break
            else:
                shape, match = self._learnt(text, at)
            if shape is None or match is None:
                at = text.find(tag, at + 1)
                continue
            if shape is not known[0]:
                known.remove(shape)
                known.insert(0, shape)
            cells = match.groups()
            if "&" in cells[0]:
                cells = _decoded(cells)
            if cells:
                yield at, match.end(), shape, cells
            at = text.find(tag, match.end())

    def _learnt(self, text: str, at: int) -> tuple[Shape | None, re.Match[str] | None]:
        """Make a shape of the entry that starts here, at its second sight; null where it cannot."""
        stop = text.find(self._stop, at, at + _LONGEST_ENTRY)
        if stop < 0 or self._failures > _FAILURES:
            return None, None
        self._failures += 1
        sketch = _sketched(text[at : stop + len(self._stop)])
        if sketch is None:
            return None, None
        source, paths, has_detail = sketch
        self._sights[source] += 1
        if self._sights[source] < _SIGHTS:
            return None, None
        shape = Shape(re.compile(source), paths, has_detail)
        match = shape.pattern.match(text, at)
        if match:
            self._failures -= _SIGHTS
            self._known.insert(0, shape)
            del self._known[_MOST_SHAPES:]
        return shape, match


def _decoded(cells: Cells) -> Cells:
    """Cells with their entities decoded; empty if an "&" starts none of the usual five."""
    raw = cells[0] or ""
    if raw.count("&") != len(_ENTITY.findall(raw)):
        return ()
    return (raw, *(_ENTITY.sub(lambda m: _ENTITIES[m[1]], cell or "") for cell in cells[1:]))


def _sketched(entry: str) -> tuple[str, tuple[str, ...], bool] | None:
    """The pattern of an entry as text, the paths of its groups, and whether it has a detail.

    Null for an entry that is no plain tree of elements, or has more than one detail.
    """
    sketch, at = _Sketch(), 0
    for token in _TOKEN.finditer(entry):
        is_end, tag, currency, is_empty, text = token.groups()
        if token.start() != at or (at and not sketch.open_tags):
            return None
        at = token.end()
        markup = token[0][: len(token[0]) - len(text)]
        if is_end:
            is_right = sketch.closes(tag) and not (currency or is_empty)
        else:
            is_right = sketch.opens(tag, is_empty=bool(is_empty))
        if not is_right:
            return None
        sketch.pieces.append(sketch.currency(markup) if currency else re.escape(markup))
        is_leaf = not is_end and not is_empty and entry.startswith(f"</{tag}>", at)
        if not sketch.holds(text, is_leaf=is_leaf):
            return None
    if at != len(entry) or sketch.open_tags or sketch.detail_count > 1:
        return None
    source = "".join(sketch.pieces)
    return f"({source})[{_BLANK}]*+", tuple(sketch.paths), bool(sketch.detail_count)


class _Sketch:
    """A pattern in the making: its pieces, the paths of its groups, and the elements still open."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.paths: list[str] = []
        self.open_tags: list[tuple[str, str]] = []
        self.detail_count = 0
        self._path = ""

    def opens(self, tag: str, *, is_empty: bool) -> bool:
        self._path = _path(self.open_tags, tag)
        self.detail_count += self._path == f"NtryDtls/{DETAIL_MARK}"
        if not is_empty:
            self.open_tags.append((tag, self._path))
        return self._path != DETAIL_MARK  # where no detail belongs

    def closes(self, tag: str) -> bool:
        return bool(self.open_tags) and self.open_tags.pop()[0] == tag

    def currency(self, markup: str) -> str:
        name, code = f"{self._path}/@Ccy", "[A-Z]{3}"
        if name in _WANTED and name not in self.paths:
            self.paths.append(name)
            code = f"({code})"
        head, _, tail = markup.partition(' Ccy="')
        return f'{re.escape(head)} Ccy="{code}{re.escape(tail[3:])}'

    def holds(self, text: str, *, is_leaf: bool) -> bool:
        value = text.strip(_BLANK)
        if not value:
            self.pieces.append(re.escape(text))
        elif is_leaf and value == text:
            self.pieces.append(self._value())
        return not value or (is_leaf and value == text)

    def _value(self) -> str:
        path = self._path
        if path not in _WANTED or (path in self.paths and path not in _REPEATED):
            return f"{_TEXT}++"
        self.paths.append(path)
        return _VALUE


def _path(open_tags: list[tuple[str, str]], tag: str) -> str:
    """The path of an element below the entry, or below its detail; without prefixes and `Pty`."""
    if not open_tags:
        return ""
    above, name = open_tags[-1][1], tag.rpartition(":")[2]
    if name == "Pty":
        return above
    path = f"{above}/{name}" if above else name
    return path.replace(f"NtryDtls/{DETAIL_MARK}/", f"{DETAIL_MARK}/", 1)
