"""What stands around the movements, and whether it says something else of them.

A block of another table above, a line that states another balance, a quote that swallowed a row, an
end that was cut: each leaves a chain of balances that follows, and a file that is not read whole.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from tasks.extract import words
from tasks.extract.propose.dates import is_day
from tasks.extract.propose.edges import contradicted
from tasks.extract.propose.readings import Candidate
from tasks.extract.propose.tables import DELIMITERS, Row, is_amount
from tasks.extract.propose.unchecked import Cover

_FEWEST_CELLS = 3
_NUMBER = re.compile(r"(?<![\d.,/-])\d+(?![\d.,/-])")


def surrounded(one: Candidate, covers: Mapping[int, Cover]) -> Iterator[str]:
    """Sentences about lines that are not read as movements and may be, or that deny some."""
    yield from _above(one)
    yield from _folded(one)
    yield from _cut(one)
    yield from _counted(one)
    for number, cover in covers.items():
        for states, value in (("opening", cover.opening), ("closing", cover.closing)):
            if value is not None and (line := contradicted(one, number, states, value)):
                yield f"{line!r} states another {states} balance than follows from the rows"


def _above(one: Candidate) -> Iterator[str]:
    """A line above the header that looks like a movement."""
    for lines in one.table.preambles.values():
        for line_no, line in enumerate(lines, 1):
            if not words.names_balance(line) and any(
                _is_movement(line, delimiter) for delimiter in DELIMITERS
            ):
                yield f"line {line_no}: it stands above the header and looks like a movement"
                return


def _is_movement(line: str, delimiter: str) -> bool:
    cells = _cells(line, delimiter)
    if len(cells) < _FEWEST_CELLS or not any(map(is_day, cells)):
        return False
    return any(is_amount(cell) and not is_day(cell) for cell in cells)


def _folded(one: Candidate) -> Iterator[str]:
    """A movement over several lines, two of which look like one: a quote may have swallowed it."""
    delimiter = one.table.delimiter
    for row in map(one.table.rows.__getitem__, one.rows):
        if "\n" in row.raw_text and sum(map(_looks_dated, _lines(row, delimiter))) > 1:
            yield f"line {row.line_no}: a quote may have swallowed the line below it"
            return


def _lines(row: Row, delimiter: str) -> list[list[str]]:
    return [_cells(line, delimiter) for line in row.raw_text.split("\n")]


def _looks_dated(cells: Sequence[str]) -> bool:
    return len(cells) >= _FEWEST_CELLS and any(map(is_day, cells))


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip(" \"'") for cell in line.split(delimiter)]


def _cut(one: Candidate) -> Iterator[str]:
    """The last line has no end and fewer cells than the header, and is no movement."""
    movements, stated = set(one.rows), {edge.row for edge in chain(*one.edges.values())}
    last = {row.file_no: place for place, row in enumerate(one.table.rows)}
    for text in one.table.texts:
        place = last.get(text.source.file_no)
        if place is None or place in movements | stated or text.text.endswith("\n"):
            continue
        row = one.table.rows[place]
        if row.raw_text.count(one.table.delimiter) + 1 < len(one.table.names):
            yield f"line {row.line_no}: the file ends in the middle of a line"


def _counted(one: Candidate) -> Iterator[str]:
    """A line that states another number of movements."""
    for number, rows in one.files.items():
        for line in one.table.preambles[number]:
            found = _NUMBER.findall(line)
            if words.names_count(line) and len(found) == 1 and int(found[0]) != len(rows):
                yield f"{line.strip()!r}, and {len(rows)} are read"
