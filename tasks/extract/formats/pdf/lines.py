"""The lines of a statement, whether they come from a PDF or from a text that was made of one."""

from dataclasses import dataclass

from schemas.errors import MalformedFile, UndecodableFile
from tasks.extract.source import Source

MOST_CHARACTERS = 2_000


@dataclass(frozen=True)
class Line:
    """A line that is not blank.

    Attributes:
        place: "page 2 line 14", or "line 14" of a text without pages.
        text: as printed, without blanks at its end; its columns stand below each other.
    """

    place: str
    text: str


def text_lines(source: Source, encoding: str) -> list[Line]:
    """The lines of a text that was made of a statement; form feeds part its pages.

    Raises:
        UndecodableFile: the bytes are not in that encoding.
        MalformedFile: a NUL byte, or a line that no statement has.
    """
    try:
        text = source.data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UndecodableFile(
            source.name, f"byte {error.start} is not {encoding}", "make the text again"
        ) from error
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = [
        line_of(source, f"line {number}", part.replace("\f", ""))
        for number, part in enumerate(text.split("\n"), start=1)
        if part.strip()
    ]
    return [line for line in lines if line.text]


def line_of(source: Source, place: str, text: str) -> Line:
    """A line as it is compared with patterns.

    Raises:
        MalformedFile: it is longer than paper is wide, or has a NUL byte.
    """
    text = text.rstrip()
    if len(text) > MOST_CHARACTERS or "\0" in text:
        what = "a NUL byte" if "\0" in text else f"{len(text)} characters"
        raise MalformedFile(
            f"{source.name}: {place}",
            f"the line has {what}, which no statement has",
            "download the statement again from the bank",
        )
    return Line(place, text)
