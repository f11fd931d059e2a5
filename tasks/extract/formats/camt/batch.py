"""The entries of a batch of files: collected row by row, cut into frames by the thousand."""

from dataclasses import dataclass, field

import polars as pl

from schemas.findings import FINDING
from schemas.statement import STATEMENT_TEXT
from tasks.extract.formats.camt.assembly import LENT, Assembled, assembled, one_remark_each
from tasks.extract.formats.camt.records import CELLS, DetailRow, Keys, Part, cut, cut_details
from tasks.extract.formats.camt.statements import Stated, Sums, remark, stated, sums_of
from tasks.extract.formats.camt.walk import Row, Statement, Walk
from tasks.extract.source import frame

_ROWS_AT_ONCE = 8_192


@dataclass
class Batch:
    """Rows that wait to be cut, the parts that were cut, and the statements of the files."""

    rows: list[Row] = field(default_factory=list)
    keys: list[Keys] = field(default_factory=list)
    details: list[DetailRow] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    statements: list[tuple[int, int, Statement]] = field(default_factory=list)
    file_no: int = 0
    marks: tuple[int, int, int] = (0, 0, 0)

    def start_file(self, file_no: int) -> None:
        """What comes next is of another file."""
        if len(self.rows) + len(self.details) >= _ROWS_AT_ONCE:
            self._cut()
        self.file_no = file_no
        self._mark()

    def look(self, walk: Walk) -> None:
        """Take rows over from a long file, so that they never are all in memory as tuples."""
        if len(walk.rows) + len(walk.details) < _ROWS_AT_ONCE:
            return
        if self.marks[0]:  # rows of earlier files wait: they must not be forgotten with this one
            self._cut()
            self._mark()
        self.take(walk)
        self._cut()

    def take(self, walk: Walk) -> None:
        """Take all rows over that a walk holds."""
        file_no, first = self.file_no, walk.dropped
        self.details += [
            ((file_no, *walk.places[row_no - first], row_no + 1), number, cells, text)
            for row_no, number, cells, text in walk.details
        ]
        self.keys += [(file_no, *place, no) for no, place in enumerate(walk.places, first + 1)]
        self.rows += walk.rows
        walk.dropped += len(walk.rows)
        walk.rows, walk.places, walk.details = [], [], []

    def close_file(self, walk: Walk) -> None:
        """Take what is left of a file, and its statements."""
        self.take(walk)
        self.statements += [
            (self.file_no, number, one) for number, one in enumerate(walk.statements, start=1)
        ]

    def start_over(self) -> None:
        """Forget what the current file gave."""
        rows, details, parts = self.marks
        del self.rows[rows:], self.keys[rows:], self.details[details:], self.parts[parts:]

    def finish(self) -> tuple[Assembled, pl.DataFrame, pl.DataFrame]:
        """The entries and details, STATEMENT_TEXT, and FINDING about statements."""
        self._cut()
        sums = sums_of(pl.concat([CELLS.to_frame(), *(part.cells for part in self.parts)]))
        read = [
            (file_no, number, one, stated(one, sums.get((file_no, number), Sums())))
            for file_no, number, one in self.statements
        ]
        remarks = [
            remark(one, file_no, number, problem)
            for file_no, number, one, known in read
            for problem in known.remarks
        ]
        lent = pl.DataFrame([_lent(*row) for row in read], schema=LENT, orient="row")
        return (
            self._assembled(lent),
            _rows_of([(file_no, number, known.row) for file_no, number, _, known in read]),
            pl.DataFrame(remarks, schema=FINDING),
        )

    def _assembled(self, lent: pl.DataFrame) -> Assembled:
        """Part by part, each let go of when it is done: memory holds the entries once."""
        done = [assembled(Part.empty(), lent)]
        self.parts.reverse()
        while self.parts:
            done.append(assembled(self.parts.pop(), lent))
        return Assembled(
            pl.concat([one.records for one in done], rechunk=False),
            pl.concat([one.details for one in done], rechunk=False),
            one_remark_each(pl.concat([one.findings for one in done])),
        )

    def _mark(self) -> None:
        self.marks = (len(self.rows), len(self.details), len(self.parts))

    def _cut(self) -> None:
        if self.rows:
            cells, raw = cut(self.rows, self.keys)
            self.parts.append(Part(cells, raw, cut_details(self.details)))
        self.rows, self.keys, self.details = [], [], []


def _lent(file_no: int, number: int, one: Statement, known: Stated) -> tuple[object, ...]:
    return file_no, number, one.place, known.lent_text, known.lent_from, known.is_flipped


def _rows_of(rows: list[tuple[int, int, dict[str, str | None]]]) -> pl.DataFrame:
    table: dict[str, list[object]] = {}
    for file_no, number, row in rows:
        for name, cell in {"file_no": file_no, "statement_no": number, **row}.items():
            table.setdefault(name, []).append(cell)
    return frame(table, STATEMENT_TEXT)
