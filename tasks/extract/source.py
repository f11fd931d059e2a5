"""The bytes of one file, the text in them, and what a reader made of them."""

import codecs
import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl
from pydantic import BaseModel

from schemas.errors import FileError, UndecodableFile
from schemas.statement import Convention
from schemas.transactions import DETAIL_TEXT
from tasks.extract.large import VOLUME_BYTES, LargeFile, Volume

_HEAD_BYTES = 1 << 16
_SCARCE = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EIO}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Source:
    """One file of a batch.

    Attributes:
        file_no: position in the batch, from 0.
        name: the file's name as messages show it, long numbers masked.
        data: its bytes.
        printed_name: the file's whole name; a bank layout may find the account number in it. It
            never decides a format and never stands in a message.
    """

    file_no: int
    name: str
    data: bytes
    printed_name: str = ""

    @cached_property
    def head(self) -> str:
        """The first 64 kB, made once, for all who want to know the file by it.

        UTF-16 by its mark, else a character a byte, so that only ASCII is what it seems to be. The
        mark and line ends before the first line are gone.
        """
        start = self.data[:_HEAD_BYTES]
        if start.startswith(_WIDE):
            return start.decode("utf-16", errors="ignore").lstrip("\ufeff\r\n")
        return start.removeprefix(codecs.BOM_UTF8).decode("latin-1").lstrip("\r\n")

    @cached_property
    def _kinds(self) -> dict[Callable[[str], str], str]:
        return {}

    def kind(self, look: Callable[[str], str]) -> str:
        """What a look at the head says; formats of a family, which all ask, share the answer."""
        if look not in self._kinds:
            self._kinds[look] = look(self.head)
        return self._kinds[look]


@dataclass(frozen=True)
class FileRead:
    """What a reader made of one file.

    Attributes:
        file_no: position in the batch.
        encoding: the encoding that was used, for example "utf-8" or "cp1252".
        raw_count: records by a count of the bytes that is independent of the reader's loop.
        marker_count: lines that state a balance and are not records.
        error: why the file was refused; then nothing of it stands in the frames.
    """

    file_no: int
    encoding: str = ""
    raw_count: int = 0
    marker_count: int = 0
    error: FileError | None = None


@dataclass(frozen=True)
class Reading:
    """What a reader made of several files of one format and layout.

    Attributes:
        convention: how these files write dates, numbers and signs.
        records: RECORD, one row a record, ordered by file_no and record_no.
        statements: STATEMENT_TEXT, one row a statement.
        files: one a source, in the order given.
        findings: FINDING, records which the reader could not even cut into cells.
        details: DETAIL_TEXT, the parts of records; most formats have none.
    """

    convention: Convention
    records: pl.DataFrame
    statements: pl.DataFrame
    files: tuple[FileRead, ...]
    findings: pl.DataFrame
    details: pl.DataFrame = field(default_factory=DETAIL_TEXT.to_frame)


@dataclass(frozen=True)
class Clue:
    """Why a format or layout believes that a file is its own.

    Attributes:
        layout: the bank layout, or "" for a format without layouts.
        because: one sentence for `buffet identify --why`.
    """

    layout: str
    because: str


@dataclass(frozen=True)
class Format:
    """A file format: its name, how to recognise it and how to read it.

    Attributes:
        name: short name, for example "ofx1".
        title: the name a person uses.
        suffixes: usual file endings; documentation only, content decides.
        sniff: all clues that a file is of this format, one a layout that fits; no clue, not ours.
        read: files of one layout in, one Reading out. It refuses single files through
            FileRead.error and never raises for bad content.
        volumes: cuts a large file of a layout into volumes of so many bytes, in order. It raises a
            FileError to refuse the file, Uncuttable where its volumes would not say the same as the
            whole. Null: files of the format are read at once, or not at all.
        volume_bytes: how large a volume is; a file of no more than two is read at once. The more
            bytes a record has, the larger they may be for the same memory.
        version: raised when what the format makes of a file changes, so that files which it read
            before are known to be read by an older reader.
        layouts: the bank layouts by name that it reads with, null for a format without layouts.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    sniff: Callable[[Source], Sequence[Clue]]
    read: Callable[[Sequence[Source], str], Reading]
    volumes: Callable[[LargeFile, str, int], Iterator[Volume]] | None = None
    volume_bytes: int = VOLUME_BYTES
    version: int = 1
    layouts: Callable[[], Mapping[str, BaseModel]] | None = None


def decode(source: Source, *, declared: str = "") -> tuple[str, str]:
    """Turn bytes into text: byte order mark, strict UTF-8, the declared encoding, cp1252, latin-1.

    Returns:
        the text without byte order mark, and the name of the encoding used.

    Raises:
        UndecodableFile: a byte order mark that the bytes contradict.
    """
    data = source.data
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise UndecodableFile(
                    source.name,
                    f"the file starts like {encoding} but byte {error.start} does not fit",
                    "export the file again; it was cut or damaged",
                ) from error
    for encoding in dict.fromkeys(("utf-8", declared, "cp1252", "latin-1")):
        if not encoding:
            continue
        try:
            return data.decode(encoding), encoding
        except (UnicodeDecodeError, LookupError):
            continue
    raise AssertionError("latin-1 decodes every byte")


def frame(columns: dict[str, list[object]], schema: pl.Schema) -> pl.DataFrame:
    """Make a frame of the schema from lists; columns that are not given are null."""
    height = len(next(iter(columns.values()), []))
    known = pl.DataFrame(columns, schema={name: schema[name] for name in columns})
    missing = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
        if name not in columns
    ]
    if not height:
        return schema.to_frame()
    return known.with_columns(missing).select(schema.names())


def is_of_machine(error: BaseException | None) -> bool:
    """The machine lacks something, or its disk is damaged; no file is bad for that."""
    return isinstance(error, OSError) and error.errno in _SCARCE


def in_order(rows: pl.DataFrame, order: Sequence[str]) -> pl.DataFrame:
    """Rows by these columns; most often they are in this order already, and are not copied."""
    if rows.height < 2:
        return rows
    keys = rows.select(order)
    return rows if keys.equals(keys.sort(order)) else rows.sort(order, maintain_order=True)


def refused(sources: Sequence[Source], errors: dict[int, FileError]) -> tuple[FileRead, ...]:
    """FileReads for files that a reader refused whole."""
    return tuple(
        FileRead(s.file_no, error=errors[s.file_no]) for s in sources if s.file_no in errors
    )
