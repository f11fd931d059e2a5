"""Identify: exactly one format and one layout, decided by content, or an error that names them all.

The order of the register never decides, and neither does a file's name.
"""

from dataclasses import dataclass
from typing import NoReturn

from schemas.errors import AmbiguousFormat, EmptyFile, UnknownFormat, UnsafeContainer
from tasks.extract.containers import is_container, members
from tasks.extract.formats import FORMATS
from tasks.extract.source import Clue, Format, Source

_BLANK = b"\0 \t\r\n\xef\xbb\xbf"
_GLANCE = 64  # bytes that tell of nearly every file that it is not empty


@dataclass(frozen=True)
class Identified:
    """The one reader for a file, and why.

    Attributes:
        format: the reader.
        layout: the bank layout, "" where the format has none.
        because: the evidence, one sentence.
        proved_for: the one file that it reads, where it was proposed for that; -1 reads any.
    """

    format: Format
    layout: str
    because: str
    proved_for: int = -1


def clues(source: Source) -> list[tuple[Format, Clue]]:
    """Every reader that believes the file is its own, with its evidence."""
    return [(one, clue) for one in FORMATS for clue in one.sniff(source)]


def identify(source: Source) -> Identified:
    """Find the one reader for a file.

    Raises:
        EmptyFile: there is nothing to read.
        UnsafeContainer: a zip or gzip that could not be unpacked, or that nobody unpacked.
        UnknownFormat: no reader recognises the content.
        AmbiguousFormat: several do.
    """
    if not source.data[:_GLANCE].strip(_BLANK) and not source.data.strip(_BLANK):
        raise EmptyFile(source.name, "the file is empty", "export it again")
    if is_container(source.data):
        _refuse_container(source)
    found = clues(source)
    if not found:
        raise UnknownFormat(
            source.name,
            "no reader recognises its content",
            "buffet bank propose FILE works out the layout of a CSV; see buffet formats and banks",
        )
    if len(found) > 1:
        names = ", ".join(sorted(_label(one, clue) for one, clue in found))
        raise AmbiguousFormat(
            source.name,
            f"{len(found)} readers recognise its content: {names}",
            "make the layouts tell each other apart: a longer header line or a preamble pattern",
        )
    one, clue = found[0]
    return Identified(one, clue.layout, clue.because)


def _refuse_container(source: Source) -> NoReturn:
    """Good containers are unpacked before anyone asks; this is one that could not be."""
    members(source.name, source.data)
    raise UnsafeContainer(
        source.name, "it was not unpacked when it came, but can be now", "drop it in once more"
    )


def _label(one: Format, clue: Clue) -> str:
    return f"{one.name} {clue.layout}".strip()
