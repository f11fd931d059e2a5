"""XML as workbooks use it: tags and the text between them, without document types."""

import re
from xml.parsers import expat

_PIECE_BYTES = 1 << 16
_PREFIXED = re.compile(rb"<\w+:(?:worksheet|workbook|sst|styleSheet|Relationships)[\s/>]")


class Handler:
    """Sees every tag of a part by its local name, with the text since the last tag of interest."""

    def __init__(self) -> None:
        self.text: list[str] = []

    def start(self, tag: str, given: dict[str, str]) -> None:
        """A tag opens."""

    def end(self, tag: str) -> None:
        """A tag closes."""

    @property
    def is_done(self) -> bool:
        """Enough has been read."""
        return False

    def feed(self, data: bytes) -> None:
        """Read a part.

        Raises:
            ValueError: it is not well-formed, or has a document type, which no workbook needs.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        if _PREFIXED.search(data[:_PIECE_BYTES]):
            parser.StartElementHandler = lambda tag, given: self.start(_local(tag), given)
            parser.EndElementHandler = lambda tag: self.end(_local(tag))
        parser.CharacterDataHandler = self.text.append
        parser.StartDoctypeDeclHandler = _refuse
        try:
            if not self._cut_short(parser, data):
                parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ValueError(expat.errors.messages.get(error.code, "not well-formed")) from error

    def _cut_short(self, parser: expat.XMLParserType, data: bytes) -> bool:
        for start in range(0, len(data), _PIECE_BYTES):
            parser.Parse(data[start : start + _PIECE_BYTES], False)
            if self.is_done:
                return True
        return False


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _refuse(*_: object) -> None:
    raise ValueError("it has a document type")


def tags_of(data: bytes) -> list[tuple[str, dict[str, str]]]:
    """All tags of a small part by their local names, with their attributes.

    Raises:
        ValueError: it is not well-formed, or has a document type.
    """
    found: list[tuple[str, dict[str, str]]] = []

    class Tags(Handler):
        def start(self, tag: str, given: dict[str, str]) -> None:
            found.append((tag, given))
            self.text.clear()

    Tags().feed(data)
    return found
