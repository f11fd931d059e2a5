"""One OFX file as text: decoded, checked to be whole, and cut at the start of every record."""

import re
from dataclasses import dataclass
from itertools import accumulate, pairwise

from schemas.errors import MalformedFile
from tasks.extract.source import Source, decode

SPECIAL = "[&\\r\\n\ufdd0\ufdd1]"
"""In a value: an entity, a line break, or what was hidden in a CDATA section."""

# What banks write behind CHARSET: and ENCODING:, and the encoding they can mean by it.
CHARSETS = {
    "1250": "cp1250",
    "1251": "cp1251",
    "1252": "cp1252",
    "1254": "cp1254",
    "1257": "cp1257",
    "8859-1": "iso8859-1",
    "8859-2": "iso8859-2",
    "8859-9": "iso8859-9",
    "8859-15": "iso8859-15",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE": "utf-8",
}
_NAMES = "|".join(sorted(CHARSETS, key=len, reverse=True))
_DECLARED = re.compile(
    rf"(?:CHARSET:|ENCODING[:=])\s*[\"']?(?:WINDOWS-?|CP-?|ISO-?)?({_NAMES})", re.IGNORECASE
)

_START = re.compile(r"<STMTTRNP?\s*>")
_RECORD_END = re.compile(
    r"</STMTTRNP?\s*>"
    r"|(?=</(?:BANKTRANLISTP?|INVBANKTRAN|INVTRANLIST|(?:CC|INV)?STMTRS|OFX)\s*>)"
)
_OFX = re.compile(r"<OFX(?:\s[^<>]*)?>")
_OFX_END = re.compile(r"</OFX\s*>")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9.]*(?=\s*/?>)")
_ODD_TAG = re.compile(r"</?[A-Z0-9.]*[a-z][A-Za-z0-9.]*\s*/?>")
_MARK = re.compile(r"<!--|<!\[CDATA\[")
_DTD = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_SPECIAL = re.compile(SPECIAL)
_LINE_END = re.compile(r"[\r\n]+")
_NOT_LINE_END = re.compile(r"[^\r\n]")
_ELEMENT = re.compile(r"<(/?)([A-Za-z][\w.]*)[^<>]*?(/?)>\s*([^<]?)")
_ENTITY = re.compile(
    r"&(?:(amp|lt|gt|quot|apos|nbsp)|#(\d{1,7})|#x([0-9a-f]{1,6}));", re.IGNORECASE
)
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}

# Code points that no text contains stand for < and & of a CDATA section while tags are looked for.
_HIDDEN = str.maketrans("<&", "\ufdd0\ufdd1")
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
class Document:
    """One OFX file, whole.

    Attributes:
        source: the file.
        encoding: the encoding that was used.
        raw_count: record start tags, counted in the bytes.
        pieces: the text before, between and after the records.
        records: each record from its start tag to its end; tags in upper case, comments blanked.
        printed: the same records exactly as the bank wrote them.
        lines: the line on which each record starts, from 1.
        open_lines: the lines of the records that have no end tag.
    """

    source: Source
    encoding: str
    raw_count: int
    pieces: list[Piece]
    records: list[str]
    printed: list[str]
    lines: list[int]
    open_lines: list[int]


def open_document(source: Source) -> Document:
    """Read one file and cut it at its records.

    Raises:
        UndecodableFile: a byte order mark that the bytes contradict.
        MalformedFile: NUL bytes, no `<OFX>`, a document type declaration, a file that was cut
            short, or, in OFX 2, elements that do not nest.
    """
    original, encoding = decode(source, declared=_declared(source.data))
    _refuse_nul(source, original, encoding)
    if "\n" not in original:
        original = original.replace("\r", "\n")
    raw_count = _count(source.data, encoding)
    text = original
    if "!" in text:  # a first look that costs nothing
        text = _plain(text)
        _refuse_dtd(source, text)
    starts = [match.start() for match in _START.finditer(text)]
    if len(starts) != raw_count or _is_odd(text, starts):
        text = _TAG.sub(lambda match: match[0].upper(), text)
        starts = [match.start() for match in _START.finditer(text)]
    opening = _OFX.search(text)
    if opening is None:
        raise MalformedFile(
            source.name, "there is no <OFX> in the file", "export the statement again as OFX"
        )
    is_xml = text[: opening.start()].lstrip().startswith("<?")
    document = _cut(source, encoding, raw_count, (text, original), starts)
    _refuse_cut_short(document)
    if is_xml:
        _refuse_bad_nesting(document)
    return document


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
        return _ENTITIES[name.lower()]
    code = int(number) if number else int(hexadecimal, 16)
    is_character = 32 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF
    return chr(code) if is_character else match[0]


def _declared(data: bytes) -> str:
    """The encoding that the header names, "" if it names none that we know."""
    end = data.find(b"<OFX>", 0, 2048)
    found = _DECLARED.search(data[: end if end >= 0 else 2048].decode("latin-1"))
    return CHARSETS[found[1].upper()] if found else ""


def _count(data: bytes, encoding: str) -> int:
    if encoding == "utf-16":
        data = data.replace(b"\0", b"")
    upper = data.upper()
    return upper.count(b"<STMTTRN") - upper.count(b"<STMTTRNR")  # not STMTTRNRS, STMTTRNRQ


def _plain(text: str) -> str:
    """Blank comments and the marks of CDATA sections, keeping every character's place."""
    parts, done = [], 0
    while mark := _MARK.search(text, done):
        end = "-->" if mark[0] == "<!--" else "]]>"
        stop = text.find(end, mark.end())
        if stop < 0:
            break  # never ended: what follows is read as it stands
        inner = text[mark.end() : stop].translate(_HIDDEN)
        if end == "-->":
            inner = _NOT_LINE_END.sub(" ", inner)
        parts += [text[done : mark.start()], " " * len(mark[0]), inner, " " * len(end)]
        done = stop + len(end)
    return "".join([*parts, text[done:]])


def _is_odd(text: str, starts: list[int]) -> bool:
    """Are tags in lower or mixed case? Looks at the head, the first record and the last one.

    A bank writes its tags in one way throughout a file.
    """
    first_end = starts[1] if len(starts) > 1 else len(text)
    last_start = starts[-1] if starts else len(text)
    return bool(_ODD_TAG.search(text, 0, first_end) or _ODD_TAG.search(text, last_start))


def _cut(
    source: Source, encoding: str, raw_count: int, texts: tuple[str, str], starts: list[int]
) -> Document:
    text, original = texts
    spans = list(pairwise([*starts, len(text)]))
    records = [text[start:stop] for start, stop in spans]
    printed = records if text == original else [original[start:stop] for start, stop in spans]
    head = text[: starts[0]] if starts else text
    counts = [record.count("\n") for record in records]
    lines = list(accumulate(counts, initial=1 + head.count("\n")))[: len(records)]
    pieces, open_lines = [Piece(0, 1, head)], []
    for index, record in enumerate(records):
        if record.rstrip().endswith("</STMTTRN>"):
            continue
        end = _RECORD_END.search(record)
        stop = end.end() if end else len(record)
        if not end or not end[0]:
            open_lines.append(lines[index])
        pieces.append(Piece(index + 1, lines[index] + record.count("\n", 0, stop), record[stop:]))
        printed[index] = printed[index][:stop]
        records[index] = record[:stop]
    return Document(source, encoding, raw_count, pieces, records, printed, lines, open_lines)


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


def _refuse_dtd(source: Source, text: str) -> None:
    found = _DTD.search(text)
    if found is not None:
        raise MalformedFile(
            f"{source.name}: line {text.count(chr(10), 0, found.start()) + 1}",
            "a document type declaration has no place in a statement",
            "do not open this file elsewhere; ask the bank for a clean export",
        )


def _refuse_cut_short(document: Document) -> None:
    tail, is_record_last = document.pieces[-1], document.pieces[-1].after < len(document.records)
    if _OFX_END.search(tail.text) and not is_record_last:
        return
    problem, line = "the file ends before </OFX>", tail.line_at(len(tail.text))
    if is_record_last:
        line = document.lines[-1] + document.records[-1].count("\n")
    elif document.open_lines and document.open_lines[-1] == document.lines[-1]:
        problem, line = "the file ends inside this <STMTTRN>", document.lines[-1]
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
        raise _malformed(document, "<STMTTRN> is not closed", document.open_lines[0])


def _unclosed(document: Document, name: str, piece: Piece, offset: int) -> MalformedFile:
    return _malformed(document, f"<{name}> is not closed", piece.line_at(offset))


def _malformed(document: Document, problem: str, line: int) -> MalformedFile:
    return MalformedFile(
        f"{document.source.name}: line {line}",
        f"{problem}; OFX 2 is XML, its elements must nest",
        "export the statement again, or as OFX 1",
    )
