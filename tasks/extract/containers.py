"""Containers: a zip or a gzip is unpacked in memory, whole and within limits, or refused.

A container is a sender's promise and may be a trap: small on the disk and endless when unpacked,
made of parts that lie over each other, or with names that point elsewhere. All that it says of
itself is checked before a byte is unpacked, and checked again while unpacking. One bad member
refuses the container: half of a package is nobody's month.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter

from schemas.errors import UnsafeContainer
from schemas.masking import masked_numbers

MEMBER_COUNT = 10_000  # a year of daily files of every account of a large family of companies
MEMBER_BYTES = 256 << 20  # statements are texts; the largest one of a bank has some 100 MB
TOTAL_BYTES = 512 << 20  # all members lie in memory at once
RATIO = 200  # statements shrink to a tenth, XML to a fiftieth; zeros to a thousandth
FREE_BYTES = 8 << 20  # below this, it does not matter how well a file was packed

_NAME_LENGTH = 1024
_BLOCK = 1 << 16
_LITTER = (".ds_store", "thumbs.db", "desktop.ini")
_ZIP, _EMPTY_ZIP, _GZIP, _ENTRY = b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"PK\x01\x02"
_OTHERS = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "rar", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
_DOCUMENT_PARTS = {"[Content_Types].xml", "mimetype"}
_SECRET = 0x1 | 0x40
_UTF8_NAME = 0x800
_RAW, _WITH_GZIP_HEAD = -15, 31
_GZIP_PIECES = 1_000
_DRIVE = re.compile(r"[A-Za-z]:")
_REMEDY = "unpack it yourself, look at what is in it, and drop the statement files"


@dataclass(frozen=True)
class Member:
    """One file of a container.

    Attributes:
        name: its path inside the container, as a person may read it; never a path to write to.
        data: its bytes.
    """

    name: str
    data: bytes

    @property
    def base_name(self) -> str:
        """The file's own name; a bank layout may find the account number in it."""
        return self.name.rpartition("/")[2]


def may_be_container(head: bytes) -> bool:
    """Whether a file that begins so is worth a closer look."""
    return head.startswith((_GZIP, _ZIP, _EMPTY_ZIP))


def is_container(data: bytes) -> bool:
    """Whether the bytes are a zip or a gzip; a workbook is a document, although it is a zip."""
    if not may_be_container(data) or data.startswith(_GZIP):
        return data.startswith(_GZIP)
    if data.count(_ENTRY) > MEMBER_COUNT:
        return True
    try:
        names = {entry.filename for entry in _directory(data).infolist()}
    except _ProblemError:
        head = data[:_BLOCK]  # damaged: what it was meant to be
        return not any(part.encode() in head for part in _DOCUMENT_PARTS)
    return not names & _DOCUMENT_PARTS


def members(name: str, data: bytes) -> tuple[Member, ...]:
    """The files in a container, in its order; folders and the litter of macOS are left out.

    Args:
        name: the container's file name; the file in a gzip is called the same, without ".gz".
        data: its bytes; `is_container` is true of them.

    Raises:
        UnsafeContainer: it is damaged, too large, protected, or built to deceive.
    """
    try:
        found = (_gunzip(name, data),) if data.startswith(_GZIP) else tuple(_unzip(data))
        _refuse_nested(found)
    except _ProblemError as problem:
        raise UnsafeContainer(masked_numbers(name), str(problem), _REMEDY) from problem
    if not found:
        raise UnsafeContainer(masked_numbers(name), "there is no file in it", "pack it again")
    return found


class _ProblemError(Exception):
    """What is wrong with a container, in words."""


def _gunzip(name: str, data: bytes) -> Member:
    """The one file of a gzip, which may be made of several pieces, one after the other."""
    pieces: list[bytes] = []
    view, size, at = memoryview(data), 0, 0
    while at < len(view):
        if view[at : at + 3] != _GZIP:
            if not data[at:].strip(b"\0"):
                break  # some programs fill up with zeros
            raise _ProblemError(f"from byte {at} on it is not gzip")
        if len(pieces) == _GZIP_PIECES:
            raise _ProblemError(f"it is made of more than {_GZIP_PIECES} pieces")
        piece, used = _inflated(view[at:], _WITH_GZIP_HEAD, MEMBER_BYTES - size)
        pieces.append(piece)
        size += len(piece)
        at += used
    inner = re.sub(r"(?i)(?<=.)\.(gz|gzip)$", "", name.rpartition("/")[2])
    return Member(re.sub(r"(?i)\.tgz$", ".tar", inner), b"".join(pieces))


def _unzip(data: bytes) -> Iterator[Member]:
    """The files of a zip, each checked against what the directory says of it."""
    archive = _directory(data)
    entries = archive.infolist()
    spans = _spans(data, entries, archive.start_dir)
    names = _checked_names(entries)
    total = sum(entry.file_size for entry in entries)
    if total > TOTAL_BYTES:
        raise _ProblemError(f"unpacked it has more than {TOTAL_BYTES >> 20} MB")
    if total > max(FREE_BYTES, RATIO * len(data)):
        raise _ProblemError(f"it grows more than {RATIO} times when it is unpacked")
    view = memoryview(data)
    for entry, name, (start, end) in zip(entries, names, spans, strict=True):
        _check(entry, name)
        if name.endswith("/") or _is_litter(name):
            continue
        yield Member(name, _content(entry, name, view[start:end]))


def _directory(data: bytes) -> zipfile.ZipFile:
    """The directory at the end of a zip, parsed; its length is known before it is."""
    if data.count(_ENTRY) > MEMBER_COUNT:
        raise _ProblemError(f"it holds more than {MEMBER_COUNT} files")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        ValueError,
        OverflowError,
        IndexError,
        struct.error,
    ) as error:
        raise _ProblemError("it cannot be opened; it was cut short or damaged") from error


def _spans(
    data: bytes, entries: Sequence[zipfile.ZipInfo], directory_at: int
) -> list[tuple[int, int]]:
    """Where the packed bytes of each entry lie; entries that share bytes are refused."""
    spans, heads = [], []
    for entry in entries:
        head = entry.header_offset
        if head < 0 or data[head : head + 4] != _ZIP or head + 30 > len(data):
            raise _ProblemError(f"{_shown(entry.filename)} is not where the directory says")
        name_length, extra_length = struct.unpack_from("<HH", data, head + 26)
        start = head + 30 + name_length + extra_length
        spans.append((start, start + entry.compress_size))
        heads.append(head)
    at = 0
    for head, end in sorted(zip(heads, (end for _, end in spans), strict=True)):
        if not at and head:
            raise _ProblemError("there are bytes before its first file that belong to none")
        if head < at or end > directory_at:
            raise _ProblemError("its files lie over each other")
        at = end
    return spans


def _checked_names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of all entries, none of which may point elsewhere or come twice."""
    names = [_name(entry) for entry in entries]
    for name in names:
        parts = name.removesuffix("/").split("/")
        if not name.strip("/") or len(name) > _NAME_LENGTH or "\0" in name:
            raise _ProblemError("one of its files has a name that no file can have")
        if ".." in parts or not parts[0] or _DRIVE.match(name):
            raise _ProblemError(f"the name {_shown(name)} points out of the package")
    name, times = max(Counter(names).items(), key=itemgetter(1), default=("", 1))
    if times > 1:
        raise _ProblemError(f"it holds {times} files named {_shown(name)}")
    return names


def _name(entry: zipfile.ZipInfo) -> str:
    """The name with slashes; macOS writes UTF-8 without saying so."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8_NAME:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return _printable(name.replace("\\", "/"), keeps="\0")


def _check(entry: zipfile.ZipInfo, name: str) -> None:
    """Refuse what is no plain file, what is protected, and what is said to be too large."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _ProblemError(f"{_shown(name)} is a link or a device, not a file")
    if entry.flag_bits & _SECRET:
        raise _ProblemError(f"{_shown(name)} is protected by a password")
    if name.endswith("/") and entry.file_size:
        raise _ProblemError(f"{_shown(name)} is called a folder but has bytes")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _ProblemError(
            f"{_shown(name)} is packed by method {entry.compress_type}, not deflate"
        )
    if entry.file_size > MEMBER_BYTES:
        raise _ProblemError(f"{_shown(name)} has more than {MEMBER_BYTES >> 20} MB")
    if entry.file_size > max(FREE_BYTES, RATIO * entry.compress_size):
        raise _ProblemError(f"{_shown(name)} grows more than {RATIO} times when it is unpacked")


def _content(entry: zipfile.ZipInfo, name: str, packed: memoryview) -> bytes:
    """The bytes of one entry: its length and checksum are as the directory says."""
    if entry.compress_type == zipfile.ZIP_STORED:
        data, used = packed.tobytes(), len(packed)
    else:
        data, used = _inflated(packed, _RAW, entry.file_size)
    if used != len(packed) or len(data) != entry.file_size or zlib.crc32(data) != entry.CRC:
        raise _ProblemError(f"{_shown(name)} is damaged: its checksum does not fit")
    return data


def _inflated(packed: memoryview, form: int, limit: int) -> tuple[bytes, int]:
    """One packed stream, unpacked block by block, and the number of packed bytes that it took."""
    engine, parts, size, taken = zlib.decompressobj(form), [], 0, 0
    block: bytes | memoryview = b""
    try:
        while not engine.eof:
            if not block:
                block = packed[taken : taken + _BLOCK]
                taken += len(block)
            is_over = not block
            part = engine.decompress(block, _BLOCK)
            if is_over and not part and not engine.eof:
                raise _ProblemError("it was cut short")
            block = engine.unconsumed_tail
            parts.append(part)
            size += len(part)
            if size > limit:
                raise _ProblemError("it holds more than it says, or than we unpack")
            if size > max(FREE_BYTES, RATIO * taken):
                raise _ProblemError(f"it grows more than {RATIO} times when it is unpacked")
    except zlib.error as error:
        raise _ProblemError("it is damaged: it cannot be unpacked") from error
    return b"".join(parts), taken - len(engine.unused_data)


def _refuse_nested(found: Sequence[Member]) -> None:
    for member in found:
        if kind := _archive_kind(member.data):
            said = f"{_shown(member.name)} is itself an archive ({kind})"
            raise _ProblemError(f"{said}; a package inside a package is not opened")


def _archive_kind(data: bytes) -> str:
    """What kind of archive the bytes are, "" for none; a workbook is none."""
    if data[257:262] == b"ustar":
        return "tar"
    if is_container(data):
        return "gzip" if data.startswith(_GZIP) else "zip"
    return next((kind for magic, kind in _OTHERS.items() if data.startswith(magic)), "")


def _is_litter(name: str) -> bool:
    """Whether a member is what file managers leave behind."""
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last.startswith("._") or last.lower() in _LITTER


def _shown(name: str) -> str:
    """A member's name fit for a message."""
    return masked_numbers(_printable(name[:100]))


def _printable(name: str, *, keeps: str = "") -> str:
    return "".join(c if c.isprintable() or c == keeps else ascii(c)[1:-1] for c in name)
