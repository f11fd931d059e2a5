"""One OFX file: its text, what stands around its records, and the checks that it is whole."""

import re
from dataclasses import dataclass, field
from html.entities import html5

from schemas.errors import MalformedFile, UnknownFormat
from tasks.extract.source import Source, decode

SPECIAL = "[&\\r\\n\ufdd0\ufdd1]"
"""In a value: an entity, a line break, or what was hidden in a CDATA section."""

# What banks write behind CHARSET: and ENCODING:, and the encoding they can mean by it.
CHARSETS = {
    **{f"125{number}": f"cp125{number}" for number in range(9)},
    **{f"8859-{part}": f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))},
    "874": "cp874",
    "KOI8-R": "koi8-r",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE": "utf-8",
}
WIDE = {
    "932": "cp932",
    "936": "cp936",
    "949": "cp949",
    "950": "cp950",
    "SHIFT_JIS": "cp932",
    "SHIFT-JIS": "cp932",
    "EUC-JP": "euc_jp",
    "EUC-KR": "cp949",
    "GB2312": "gb18030",
    "GBK": "gb18030",
    "GB18030": "gb18030",
    "BIG5": "cp950",
}
"""Those of them in which a character may have several bytes."""

_ENCODINGS = CHARSETS | WIDE
_NAMES = "|".join(sorted(_ENCODINGS, key=len, reverse=True))
_DECLARED = re.compile(
    rf"(?:CHARSET:|ENCODING[:=])\s*[\"']?(?:WINDOWS-?|CP-?|MS-?|ISO[-_]?)?({_NAMES})(?!\d)",
    re.IGNORECASE,
)
_NOT_OF_ISO = re.compile(rb"[\x80-\x9f]")

_OFX = re.compile(r"<OFX(?:\s[^<>]*)?>")
_OFC = re.compile(rb"(?i)\s*<OFC[\s>]")
_OFX_END = re.compile(r"</OFX\s*>")
_DIGIT = re.compile(r"\d")
_SPECIAL = re.compile(SPECIAL)
_LINE_END = re.compile(r"[\r\n]+")
_ELEMENT = re.compile(r"<(/?)([A-Za-z][\w.]*)[^<>]*?(/?)>\s*([^<]?)")
_ENTITY = re.compile(r"&(?:([a-z][a-z0-9]{1,9})|#(\d{1,7})|#x([0-9a-f]{1,6}));", re.IGNORECASE)
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}

# Code points that no text contains stand for < and & of a CDATA section while tags are looked for.
HIDDEN = str.maketrans("<&", "\ufdd0\ufdd1")
_SHOWN = str.maketrans("\ufdd0\ufdd1", "<&")


@dataclass(frozen=True)
class Piece:
    """Text that stands outside of all records.

    Attributes:
        after: how many records stand before it.
        line: the line on which it starts, from 1.
        text: the text.
    """

    after: int
    line: int
    text: str

    def line_at(self, offset: int) -> int:
        """The line of the file on which a character of the piece stands."""
        return self.line + self.text.count("\n", 0, offset)


@dataclass(frozen=True)
class Text:
    """The text of one OFX file.

    Attributes:
        source: the file.
        encoding: the encoding that was used.
        data: the text in UTF-8, without byte order mark.
    """

    source: Source
    encoding: str
    data: bytes


@dataclass(frozen=True)
class Document:
    """One OFX file without its records.

    Attributes:
        text: the file.
        raw_count: record start tags, counted in the bytes.
        record_count: how many records it was cut into.
        end_line: its last line, from 1.
        pieces: the text before, between and after the records.
        open_lines: the lines of the records that have no end tag, by their number, from 1.
    """

    text: Text
    raw_count: int
    record_count: int
    end_line: int
    pieces: list[Piece]
    open_lines: dict[int, int] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        """The file."""
        return self.text.source


def open_text(source: Source) -> Text:
    """Read the text of one file.

    Raises:
        UndecodableFile: a byte order mark that the bytes contradict.
        UnknownFormat: it is OFC.
        MalformedFile: NUL bytes.
    """
    if _OFC.match(source.data[:200]):
        raise UnknownFormat(
            source.name,
            "it is OFC, the format that was there before OFX",
            "download the statement as OFX, which some banks call Money 2000",
        )
    text, encoding = decode(source, declared=declared(source.data))
    _refuse_nul(source, text, encoding)
    data = source.data if encoding == "utf-8" else text.encode()
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    return Text(source, encoding, data)


def refuse_broken(document: Document) -> None:
    """Refuse a file that is no OFX or not whole.

    Raises:
        MalformedFile: no `<OFX>`, a file that was cut short, or, in OFX 2, elements that do not
            nest.
    """
    opening = next(filter(None, (_OFX.search(piece.text) for piece in document.pieces)), None)
    if opening is None:
        raise MalformedFile(
            document.source.name,
            "there is no <OFX> in the file",
            "export the statement again as OFX",
        )
    _refuse_cut_short(document)
    if document.pieces[0].text.lstrip().startswith("<?"):
        _refuse_bad_nesting(document)


def line_behind(document: Document) -> int:
    """The line on which text with any digit starts behind the last `</OFX>`, 0 without one."""
    tail = document.pieces[-1]
    end = max((found.end() for found in _OFX_END.finditer(tail.text)), default=len(tail.text))
    if not _DIGIT.search(tail.text, end):
        return 0
    return tail.line_at(len(tail.text) - len(tail.text[end:].lstrip()))


def value(text: str) -> str | None:
    """A value as a person reads it: entities decoded, on one line, without blanks around it.

    An empty value is null; a "&" that starts no entity stays.
    """
    text = text.strip()
    if not _SPECIAL.search(text):
        return text or None
    text = _ENTITY.sub(_decoded, text)
    lines = (line.strip() for line in _LINE_END.split(text.translate(_SHOWN)))
    return " ".join(line for line in lines if line) or None


def _decoded(match: re.Match[str]) -> str:
    name, number, hexadecimal = match.groups()
    if name:
        return _ENTITIES.get(name.lower()) or html5.get(f"{name};", match[0])
    code = int(number) if number else int(hexadecimal, 16)
    is_character = 32 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF
    return chr(code) if is_character else match[0]


def declared(data: bytes) -> str:
    """The encoding that the header names, "" if it names none that we know.

    Who writes ISO 8859-1 and has bytes that are letters in Windows alone means Windows.
    """
    end = data.find(b"<OFX>", 0, 2048)
    found = _DECLARED.search(data[: end if end >= 0 else 2048].decode("latin-1"))
    encoding = _ENCODINGS[found[1].upper()] if found else ""
    is_of_windows = encoding == "iso8859-1" and _NOT_OF_ISO.search(data)
    return "cp1252" if is_of_windows else encoding


def _refuse_nul(source: Source, text: str, encoding: str) -> None:
    offset = text.find("\0") if encoding == "utf-16" else source.data.find(b"\0")
    if offset < 0:
        return
    if encoding == "utf-16":
        offset = len(text[:offset].encode("utf-16"))  # with the byte order mark
    raise MalformedFile(
        source.name,
        f"there is a NUL byte at byte {offset}",
        "export the statement again; the file was damaged or is not text",
    )


def _refuse_cut_short(document: Document) -> None:
    tail = document.pieces[-1]
    if tail.after == document.record_count and _OFX_END.search(tail.text):
        return
    problem, line = "the file ends before </OFX>", document.end_line
    if document.record_count in document.open_lines:
        problem = "the file ends inside this <STMTTRN>"
        line = document.open_lines[document.record_count]
    raise MalformedFile(
        f"{document.source.name}: line {line}",
        problem,
        "download the statement again; the file was cut short",
    )


def _refuse_bad_nesting(document: Document) -> None:
    """OFX 2 is XML: aggregates must nest.

    Values without an end tag are let pass: banks that went from OFX 1 to 2 still write them.
    """
    unclosed: list[tuple[str, Piece, int]] = []
    leaf = ""
    for piece in document.pieces:
        for match in _ELEMENT.finditer(piece.text):
            is_end, name, is_empty, first = match.groups()
            if not is_end:
                leaf = name if first and not is_empty else ""
                if not first and not is_empty:
                    unclosed.append((name, piece, match.start()))
            elif name == leaf:
                leaf = ""
            elif not unclosed:
                raise _malformed(document, f"</{name}> ends nothing", piece.line_at(match.start()))
            elif unclosed[-1][0] == name:
                unclosed.pop()
            else:
                raise _unclosed(document, *unclosed[-1])
    if unclosed:
        raise _unclosed(document, *unclosed[-1])
    if document.open_lines:
        line = min(document.open_lines.values())
        raise _malformed(document, "<STMTTRN> is not closed", line)


def _unclosed(document: Document, name: str, piece: Piece, offset: int) -> MalformedFile:
    return _malformed(document, f"<{name}> is not closed", piece.line_at(offset))


def _malformed(document: Document, problem: str, line: int) -> MalformedFile:
    return MalformedFile(
        f"{document.source.name}: line {line}",
        f"{problem}; OFX 2 is XML, its elements must nest",
        "export the statement again, or as OFX 1",
    )
