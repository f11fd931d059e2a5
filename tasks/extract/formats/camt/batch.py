"""The entries of a batch of files, in parts of some megabytes, and their statements.

    files ─▶ slab: one large part of a file, or many small files ─▶ tags ─▶ entries of known shapes
      └─▶ what remains of each file, each run of such entries as one empty element ─▶ walk

If anything is odd, from a run within a comment to a broken end, the file is walked in full, and
that walk alone decides what is wrong and on which line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.errors import FileError
from schemas.findings import FINDING
from schemas.statement import STATEMENT_TEXT
from tasks.extract.formats.camt.assembly import (
    STATED,
    Assembled,
    Part,
    assembled,
    one_remark_each,
)
from tasks.extract.formats.camt.document import Document, open_document
from tasks.extract.formats.camt.records import cut_details, rows_as_columns, summed
from tasks.extract.formats.camt.shapes import Shapes
from tasks.extract.formats.camt.slab import Run, Slab
from tasks.extract.formats.camt.statements import Stated, Sums, finding, stated, sums_of, weighed
from tasks.extract.formats.camt.tags import BEYOND
from tasks.extract.formats.camt.walk import RUN, DetailRow, Key, MisplacedRun, Row, Statement, Walk
from tasks.extract.source import FileRead, Source, frame, in_order

_SLAB_BYTES = 7_000_000
_SLICE_BYTES = 1_000_000
_ROWS_AT_ONCE = 8_192


@dataclass
class Batch:
    """What was read so far, and the small files that wait until they make a slab.

    Attributes:
        is_quick: look for shapes; else every entry is walked, slower and with the same result.
        files: the FileRead of each file, by its number.
    """

    is_quick: bool
    files: dict[int, FileRead] = field(default_factory=dict)
    _shapes: Shapes = field(default_factory=Shapes)
    _waiting: list[Document] = field(default_factory=list)
    _waiting_bytes: int = 0
    _parts: list[Part] = field(default_factory=list)
    _statements: list[tuple[int, int, Statement]] = field(default_factory=list)
    _rows: list[Row] = field(default_factory=list)
    _keys: list[Key] = field(default_factory=list)
    _details: list[DetailRow] = field(default_factory=list)

    def take(self, source: Source) -> None:
        """Read one more file, now or with those that follow."""
        try:
            document = open_document(source)
        except FileError as error:
            self.files[source.file_no] = FileRead(source.file_no, error=error)
            return
        size = len(document.data)
        if not self.is_quick or not document.is_unicode or RUN.encode() in document.data:
            self._read_in_full(document)
        elif size > _SLAB_BYTES:
            self._read_waiting()
            self._read_large(document)
        else:
            self._waiting.append(document)
            self._waiting_bytes += size
            if self._waiting_bytes > _SLAB_BYTES:
                self._read_waiting()

    def finish(self) -> tuple[Assembled, pl.DataFrame, pl.DataFrame]:
        """The entries and details, STATEMENT_TEXT, and FINDING about statements."""
        self._read_waiting()
        self._end_part()
        sums = sums_of([part.sums for part in self._parts])
        read = [
            (file_no, number, one, stated(one, sums.get((file_no, number), Sums())))
            for file_no, number, one in sorted(self._statements, key=lambda row: row[:2])
        ]
        remarks = [
            finding(one, file_no, number, remark)
            for file_no, number, one, known in read
            for remark in known.remarks
        ]
        given = pl.DataFrame([_given(*row) for row in read], schema=STATED, orient="row")
        return (
            self._assembled(given),
            _rows_of([(file_no, number, known.row) for file_no, number, _, known in read]),
            pl.DataFrame(remarks, schema=FINDING),
        )

    def _assembled(self, given: pl.DataFrame) -> Assembled:
        """Part by part, each let go of when it is done: memory holds the entries once."""
        done = [Assembled.nothing()]
        self._parts.reverse()
        while self._parts:
            done.append(assembled(self._parts.pop(), given))
        return Assembled(
            in_order(
                pl.concat([one.records for one in done], rechunk=False), ["file_no", "record_no"]
            ),
            in_order(
                pl.concat([one.details for one in done], rechunk=False),
                ["file_no", "record_no", "detail_no"],
            ),
            one_remark_each(pl.concat([one.findings for one in done])),
        )

    def _read_waiting(self) -> None:
        """Read the small files that wait, as one slab."""
        documents, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if not documents:
            return
        text = memoryview(b"".join(one.data for one in documents))
        slab = Slab(text, self._shapes, {one.prefix for one in documents})
        placed: list[tuple[Run, Key]] = []
        at = 0
        for document in documents:
            walk = Walk(document.name, document.file_no, RUN)
            try:
                # what looks like one entry across the end of a file leaves that file unclosed
                runs = _walked_on(walk, slab, at, at + len(document.data))
                walk.end()
            except (FileError, MisplacedRun):
                self._read_in_full(document)
            else:
                placed += zip(runs, walk.placed, strict=True)
                self._take(walk)
                self._close(document, walk)
            at += len(document.data)
        self._end_part(slab, placed)

    def _read_large(self, document: Document) -> None:
        """Read a file slab by slab."""
        walk, mark = Walk(document.name, document.file_no, RUN), len(self._parts)
        text = memoryview(document.data)
        try:
            for start, stop in document.slices(_SLAB_BYTES):
                slab = Slab(text[start : stop + BEYOND], self._shapes, {document.prefix})
                runs = _walked_on(walk, slab, 0, stop - start)
                self._take(walk)
                self._end_part(slab, list(zip(runs, walk.placed, strict=True)))
                walk.placed = []
            walk.end()
        except (FileError, MisplacedRun):
            self._forget(document.file_no, mark)
            self._read_in_full(document)
        else:
            self._close(document, walk)

    def _read_in_full(self, document: Document) -> None:
        """Read every entry of a file by the walk; it decides whether the file is refused."""
        walk, mark = Walk(document.name, document.file_no), len(self._parts)
        try:
            for at in range(0, len(document.data), _SLICE_BYTES):
                walk.feed(document.data[at : at + _SLICE_BYTES])
                if len(walk.rows) + len(walk.details) >= _ROWS_AT_ONCE:
                    self._take(walk)
                    self._end_part()
            walk.end()
        except FileError as error:
            self._forget(document.file_no, mark)
            self.files[document.file_no] = FileRead(document.file_no, error=error)
        else:
            self._take(walk)
            self._close(document, walk)
            if len(self._rows) + len(self._details) >= _ROWS_AT_ONCE:
                self._end_part()

    def _take(self, walk: Walk) -> None:
        """Take over the rows that a walk holds."""
        self._rows += walk.rows
        self._keys += walk.keys
        self._details += walk.details
        walk.rows, walk.keys, walk.details = [], [], []

    def _end_part(self, slab: Slab | None = None, placed: Sequence[tuple[Run, Key]] = ()) -> None:
        """Make a part of the entries of runs and of all rows that wait."""
        frames = [slab.columns(placed)] if slab and placed else []
        if self._rows:
            frames.append(rows_as_columns(self._rows, self._keys))
        if frames:
            columns = pl.concat(frames, how="diagonal")
            columns = columns.sort("file_no", "record_no") if len(frames) > 1 else columns
            sums = weighed(summed(columns))
            self._parts.append(Part(columns, cut_details(self._details), sums))
        self._rows, self._keys, self._details = [], [], []

    def _forget(self, file_no: int, mark: int) -> None:
        """Forget what a file gave to the parts since this one."""
        self._parts[mark:] = [part.without(file_no) for part in self._parts[mark:]]

    def _close(self, document: Document, walk: Walk) -> None:
        """A file was read to its end: count its entries, keep its statements."""
        file_no = document.file_no
        self.files[file_no] = FileRead(
            file_no,
            encoding=document.encoding,
            raw_count=document.count(has_unread=walk.has_unread),
        )
        self._statements += [(file_no, no, one) for no, one in enumerate(walk.statements, start=1)]


def _walked_on(walk: Walk, slab: Slab, start: int, stop: int) -> list[Run]:
    """Walk through what remains between two places of a slab; the runs there, which were placed."""
    pieces, runs = slab.remains(start, stop)
    walk.runs += [run.count for run in runs]
    walk.feed(b"".join(pieces))
    if walk.runs:
        raise MisplacedRun
    return runs


def _given(file_no: int, number: int, one: Statement, known: Stated) -> tuple[object, ...]:
    """What a statement gives to its entries, as a row of STATED."""
    lent = (one.place, known.lent_text, known.lent_from, known.is_flipped)
    return file_no, number, *lent, known.row["account_text"], one.cells.get("Acct/Ownr/Nm")


def _rows_of(rows: list[tuple[int, int, dict[str, str | None]]]) -> pl.DataFrame:
    table: dict[str, list[object]] = {}
    for file_no, number, row in rows:
        for name, cell in {"file_no": file_no, "statement_no": number, **row}.items():
            table.setdefault(name, []).append(cell)
    return frame(table, STATEMENT_TEXT)
