"""Identify: exactly one format and one layout, decided by content, or an error that names them all.

The order of the register never decides, and neither does a file's name.
"""

from dataclasses import dataclass

from schemas.errors import AmbiguousFormat, EmptyFile, UnknownFormat
from tasks.extract.formats import FORMATS
from tasks.extract.source import Clue, Format, Source


@dataclass(frozen=True)
class Identified:
    """The one reader for a file, and why.

    Attributes:
        format: the reader.
        layout: the bank layout, "" where the format has none.
        because: the evidence, one sentence.
    """

    format: Format
    layout: str
    because: str


def clues(source: Source) -> list[tuple[Format, Clue]]:
    """Every reader that believes the file is its own, with its evidence."""
    return [(one, clue) for one in FORMATS for clue in one.sniff(source)]


def identify(source: Source) -> Identified:
    """Find the one reader for a file.

    Raises:
        EmptyFile: there is nothing to read.
        UnknownFormat: no reader recognises the content.
        AmbiguousFormat: several do.
    """
    if not source.data.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise EmptyFile(source.name, "the file is empty", "export it again")
    found = clues(source)
    if not found:
        raise UnknownFormat(
            source.name,
            "no reader recognises its content",
            "see buffet formats and buffet banks; a new bank is a TOML in tasks/extract/banks",
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


def _label(one: Format, clue: Clue) -> str:
    return f"{one.name} {clue.layout}".strip()
