"""A closer look at an OFX file that is not written plainly, before it is cut.

Comments and CDATA sections, tags in small letters or with blanks in them, records that are pending
by their tag: the file is brought into the plain form, every character in its place.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from schemas.errors import MalformedFile
from tasks.extract.formats.ofx.document import HIDDEN, Text

_START = re.compile(r"<STMTTRNP?\s*>")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9.]*(?=\s*/?>)")
_MARK = re.compile(r"<!--|<!\[CDATA\[")
_DTD = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_NOT_LINE_END = re.compile(r"[^\r\n]")
_ODD_TAG = re.compile(rb"</?[A-Z0-9.]*[a-z][A-Za-z0-9.]*\s*/?>")


@dataclass(frozen=True)
class Unfolded:
    """One file, cut at the start of every record; each list has its head in front.

    Attributes:
        texts: the head, and what follows each start tag up to the next one; tags in upper case,
            comments blanked.
        tags: "", and the start tags.
        printed: the head, and each tag with its text, as the bank wrote them.
    """

    texts: list[str]
    tags: list[str]
    printed: list[str]


def unfold(text: Text, raw_count: int) -> Unfolded:
    """Cut a file at the start of every record.

    Args:
        text: the file.
        raw_count: how many start tags it should have.

    Raises:
        MalformedFile: a document type declaration.
    """
    original = plain = text.data.decode()
    if "!" in plain:  # a first look that costs nothing
        plain = _plain(plain)
        _refuse_dtd(text, plain)
    starts = _starts(plain)
    second, last = (starts[2][0], starts[-1][0]) if len(starts) > 2 else (len(plain),) * 2
    if len(starts) != raw_count + 1 or is_odd(plain[:second].encode(), plain[last:].encode()):
        plain = _TAG.sub(lambda match: match[0].upper(), plain)
        starts = _starts(plain)
    spans = list(pairwise([*starts, (len(plain), len(plain))]))
    return Unfolded(
        texts=[plain[behind:stop] for (_, behind), (stop, _) in spans],
        tags=[plain[start:behind] for start, behind in starts],
        printed=[original[start:stop] for (start, _), (stop, _) in spans],
    )


def is_odd(first: bytes, last: bytes) -> bool:
    """Are tags in lower or mixed case, in the head with the first record or in the last one?

    A bank writes its tags in one way throughout a file.
    """
    return bool(_ODD_TAG.search(first) or _ODD_TAG.search(last))


def _starts(text: str) -> list[tuple[int, int]]:
    """The places of the start tags; in front of them that of the head, which has none."""
    return [(0, 0), *(match.span() for match in _START.finditer(text))]


def _plain(text: str) -> str:
    """Blank comments and the marks of CDATA sections, keeping every character's place."""
    parts, done = [], 0
    while mark := _MARK.search(text, done):
        end = "-->" if mark[0] == "<!--" else "]]>"
        stop = text.find(end, mark.end())
        if stop < 0:
            break  # never ended: what follows is read as it stands
        inner = text[mark.end() : stop].translate(HIDDEN)
        if end == "-->":
            inner = _NOT_LINE_END.sub(" ", inner)
        parts += [text[done : mark.start()], " " * len(mark[0]), inner, " " * len(end)]
        done = stop + len(end)
    return "".join([*parts, text[done:]])


def _refuse_dtd(text: Text, plain: str) -> None:
    found = _DTD.search(plain)
    if found is not None:
        raise MalformedFile(
            f"{text.source.name}: line {plain.count(chr(10), 0, found.start()) + 1}",
            "a document type declaration has no place in a statement",
            "do not open this file elsewhere; ask the bank for a clean export",
        )
