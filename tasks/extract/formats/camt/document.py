"""One CAMT file as UTF-8, and the count of its entries in these bytes."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.errors import MalformedFile
from tasks.extract.source import Source, decode

_SLICE_BYTES = 1_000_000
_HEAD_BYTES = 65_536

_DECLARED = re.compile(rb"""^<\?xml[^<>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_STATEMENT = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)(?:Rpt|Stmt|Ntfctn)[\s/>]")
_ENTRY_TAG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Ntry(?=[\s/>])")
_DECLARATION = re.compile(rb"(?:\A|(?<=>))(\s*)((?:\xef\xbb\xbf)?<\?xml\s[^<>]*>)")
_ENCODING = re.compile(rb"""<\?xml\s[^<>]*?encoding\s*=\s*["']([^"'<>]*)["']""")
_NEXT = re.compile(rb"</[^<>]*>\s*(?:\xef\xbb\xbf)?<\?xml\s")
_NAKED_UTF16 = (b"<\0?\0", b"\0<\0?")
_UNREAD = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)


@dataclass(frozen=True)
class Document:
    """One file that is about to be read.

    Attributes:
        file_no: its position in the batch.
        name: its name as messages show it.
        data: it as UTF-8, without byte order mark.
        encoding: the encoding in which it came.
        prefix: what stands before the names of its elements, for example b"ns:".
        is_unicode: every character is one; a declared encoding may yield halves of characters.
    """

    file_no: int
    name: str
    data: bytes
    encoding: str
    prefix: bytes
    is_unicode: bool

    def slices(self, size: int) -> Iterator[tuple[int, int]]:
        """Cut the file into even slices of at most so many bytes, each ended by an entry if any."""
        end_tag, at = b"</%bNtry>" % self.prefix, 0
        size = -(-len(self.data) // max(1, -(-len(self.data) // size)))
        while at < len(self.data):
            stop = min(at + size, len(self.data))
            if stop < len(self.data):
                end = self.data.rfind(end_tag, at, stop)
                stop = end + len(end_tag) if end >= 0 else stop
            yield at, stop
            at = stop

    def count(self, *, has_unread: bool) -> int:
        """Entries by their start tags, without those in comments, CDATA and instructions.

        A file that writes all its tags alike needs no search: each entry has one start and one end.

        Args:
            has_unread: there are such parts, which may hold anything.
        """
        if not has_unread:
            plain = self.data.count(b"<%bNtry>" % self.prefix)
            if self.data.count(b"Ntry>") == 2 * plain:
                return plain
        # only in a well-formed file, where each of these has an end, is this search fast
        return len(_ENTRY_TAG.findall(_UNREAD.sub(b"", self.data)))


def open_document(source: Source) -> Document:
    """Make a file ready to be read.

    Raises:
        UndecodableFile: a byte order mark that the bytes contradict.
        MalformedFile: NUL bytes.
    """
    data, encoding = _utf8(source)
    statement = _STATEMENT.search(data, 0, _HEAD_BYTES)
    prefix = statement[1] if statement else b""
    is_unicode = encoding.startswith("utf-8") or _is_utf8(data)
    return Document(source.file_no, source.name, data, encoding, prefix, is_unicode)


def head_of(data: bytes) -> bytes:
    """The first 64 kB as UTF-8 that is good enough to recognise a file."""
    head = data[:_HEAD_BYTES]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="ignore").encode(errors="replace")
    if head.startswith(_NAKED_UTF16):
        return head.replace(b"\0", b"")
    return head.removeprefix(codecs.BOM_UTF8)


def _utf8(source: Source) -> tuple[bytes, str]:
    """The file as UTF-8 without byte order mark, and the encoding in which it came."""
    data = source.data
    found = _DECLARED.match(data[:400].removeprefix(codecs.BOM_UTF8).lstrip())
    encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    if data.isascii() or _is_utf8(data):
        plain = data.removeprefix(codecs.BOM_UTF8)
    else:
        text, encoding = decode(_marked(source), declared=found[1].decode() if found else "")
        plain = text.encode("utf-8", errors="surrogatepass")
    if plain.startswith(_NAKED_UTF16):
        text, encoding = decode(_marked(source))
        plain = text.encode("utf-8", errors="surrogatepass")
    nul = plain.find(b"\0")
    if nul >= 0:
        line = plain.count(b"\n", 0, nul) + 1
        raise MalformedFile(
            f"{source.name}: line {line}",
            "there is a NUL character in the file",
            "export the statement again; the file was damaged or is not text",
        )
    return _as_one(plain), encoding


def _as_one(data: bytes) -> bytes:
    """One document with its declaration at the very top, as XML prescribes.

    A declaration that stands elsewhere becomes blanks, so that lines keep their numbers. Documents
    that were put one behind the other, as BNP Paribas does, are held by one more element, if all
    declare the same encoding; else the file is left as it is, which no XML parser reads.
    """
    if data.find(b"<?xml", 1) < 0 or len(set(map(bytes.lower, _ENCODING.findall(data)))) > 1:
        return data
    blank = _DECLARATION.sub(lambda found: found[1] + b" " * len(found[2]), data)
    return b"<Documents>%b</Documents>" % blank if _NEXT.search(data) else blank


def _marked(source: Source) -> Source:
    """UTF-16 may come without its byte order mark; then the first two characters betray it."""
    marks = {b"<\0?\0": codecs.BOM_UTF16_LE, b"\0<\0?": codecs.BOM_UTF16_BE}
    mark = marks.get(source.data[:4])
    return Source(source.file_no, source.name, mark + source.data) if mark else source


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _SLICE_BYTES):
            decoder.decode(data[at : at + _SLICE_BYTES], at + _SLICE_BYTES >= len(data))
    except UnicodeDecodeError:
        return False
    return True
