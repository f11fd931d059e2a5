"""Rows that are no movements: balances, headings, totals. Each must be explained, or none is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.extract import words
from tasks.extract.propose.columns import Columns
from tasks.extract.propose.readings import BACKWARDS, Candidate, Edge

_META = re.compile(r"([\\.+*?()|\[\]{}^$#&~-])")
_HEAD = re.compile(r"[^\d]{3,60}")
_STAMP = re.compile(r"\b\d{1,4}([-/.])\d{1,2}\1\d{1,4}\b(?:,?[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
_LETTERS = re.compile(r"[^\W\d_]{3}")


@dataclass(frozen=True)
class Explained:
    """The rows that are no movements, as a layout tells them apart.

    Attributes:
        footers: patterns on the line as printed.
        markers: patterns on the description, and what the balance of such a row is.
        unexplained: lines that may be movements for all we know.
        has_opening: the files whose opening balance a marker states.
    """

    footers: tuple[str, ...]
    markers: tuple[tuple[str, str], ...]
    unexplained: tuple[int, ...]
    has_opening: frozenset[int]


def explained(one: Candidate, columns: Columns, texts: Sequence[int]) -> Explained:
    """Explain every row that is no movement by its balance or its place, and by its words."""
    movements = set(one.rows)
    others = [row for row in range(len(one.table.rows)) if row not in movements]
    footers: dict[str, None] = {}
    markers: dict[str, str] = {}
    unexplained, has_opening = [], set()
    stated = {edge.row: edge for edges in one.edges.values() for edge in edges}
    for row in others:
        if edge := stated.get(row):
            pattern, state = _marker(one, columns, texts, edge)
            if pattern:
                markers[pattern] = state if markers.get(pattern, state) == state else "nothing"
                continue
            if pattern := _head_of(one, row):
                footers[pattern] = None
                continue
        elif state := _marker_state(one, columns, row):
            pattern = _pattern_of([columns.cells(text)[row] for text in texts])
            if pattern and not _hits(pattern, _descriptions(columns, texts, one.rows)):
                same = markers.setdefault(pattern, state)
                markers[pattern] = state if same == state else "nothing"
                if state == "opening":
                    has_opening.add(one.table.rows[row].file_no)
                continue
        elif pattern := _footer(one, columns, row):
            footers[pattern] = None
            continue
        unexplained.append(one.table.rows[row].line_no)
    return Explained(
        tuple(footers), tuple(markers.items()), tuple(unexplained), frozenset(has_opening)
    )


def _marker_state(one: Candidate, columns: Columns, row: int) -> str:
    """What the balance of a row without an amount is, if it follows from the movements."""
    if not one.table.rows[row].cells or one.balance is None or one.is_daily:
        return ""
    if any(columns.cells(column)[row] for column in one.money.used):
        return ""
    stated = one.numbers[one.balance].values[row]
    if stated is None:
        return ""
    number = one.table.rows[row].file_no
    rows = one.files[number]
    order = rows[::-1] if is_backwards(one, number) else rows
    balances = running(one, order)
    if not balances:
        return ""
    before = [place for place, each in enumerate(order) if (each < row) == (order == rows)]
    opening = balances[0] - one.money.amounts[order[0]]
    expected = balances[max(before)] if before else opening
    if stated != expected:
        return ""
    return "nothing" if before else "opening"


def running(one: Candidate, order: Sequence[int]) -> list[int]:
    """The balance after each movement in the order of time; none without a balance."""
    balances = one.balances(order)
    first = next((place for place, each in enumerate(balances) if each is not None), None)
    if first is None:
        return []
    amounts = [one.money.amounts[row] for row in order]
    known = (balances[first] or 0) - sum(amounts[: first + 1])
    return [known := known + amount for amount in amounts]


def is_backwards(one: Candidate, number: int) -> bool:
    """Whether a file runs from the newest row to the oldest."""
    days = one.booked(one.files[number])
    if one.directions.get(number) == frozenset({BACKWARDS}):
        return True
    return BACKWARDS in one.directions.get(number, ()) and bool(days) and days[0] > days[-1]


def _footer(one: Candidate, columns: Columns, row: int) -> str:
    """A pattern for a line below all movements, or above, that has neither a day nor new money."""
    line = one.table.rows[row]
    rows = one.files[line.file_no]
    if not rows or rows[0] < row < rows[-1] or one.days.days[row] is not None:
        return ""
    amounts = [one.money.amounts[each] for each in rows]
    known = {0, sum(amounts), sum(a for a in amounts if a > 0), -sum(a for a in amounts if a < 0)}
    known |= {-value for value in known} | {each for each in one.balances(rows) if each is not None}
    for column in one.used:
        if line.cells and any(map(str.isdigit, columns.cells(column)[row])):
            values = one.numbers[column].values if column in one.numbers else ()
            is_named = words.names_balance(line.raw_text)
            if not values or values[row] not in known or not is_named:
                return ""
    bare = _STAMP.sub(" ", line.raw_text) if one.table.delimiter not in line.raw_text else ""
    if not line.cells and any(symbol.isdigit() for symbol in bare or line.raw_text):
        return ""
    return _head_of(one, row)


def _head_of(one: Candidate, row: int) -> str:
    """A pattern for the words with which a line begins, if no movement fits it."""
    match = _HEAD.match(one.table.rows[row].raw_text)
    if not match or not _LETTERS.search(match[0]):
        return ""
    pattern = "^" + escaped(match[0].rstrip())
    printed = [one.table.rows[each].raw_text for each in one.rows]
    return "" if _hits(pattern, printed) else pattern


def _marker(one: Candidate, columns: Columns, texts: Sequence[int], edge: Edge) -> tuple[str, str]:
    """A pattern for the description of a row that states a balance, and what a layout makes of it.

    The reader takes a balance that stands where amounts stand. Where the bank signs amounts in
    another way than by a minus, a balance there may be signed in either way, so it is not used.
    """
    row, money = edge.row, one.money
    if row is None or not one.table.rows[row].cells:
        return "", ""
    pattern = _pattern_of([columns.cells(text)[row] for text in texts])
    if pattern and _hits(pattern, _descriptions(columns, texts, one.rows)):
        return "", ""
    is_plain = money.sign in {"signed", "columns"} and edge.cell == money.columns[0]
    return pattern, edge.states if is_plain else "nothing"


def _pattern_of(cells: Sequence[str]) -> str:
    """A pattern for the first words of a row that stand before any digit."""
    for cell in cells:
        match = _HEAD.match(cell)
        if match and _LETTERS.search(match[0]):
            return escaped(match[0].strip())
    return ""


def _descriptions(columns: Columns, texts: Sequence[int], rows: Sequence[int]) -> list[str]:
    cells = [columns.cells(text) for text in texts]
    return [" ".join(cell[row] for cell in cells) for row in rows]


def _hits(pattern: str, texts: Sequence[str]) -> bool:
    compiled = re.compile(pattern)
    return any(compiled.search(text) for text in texts)


def escaped(text: str) -> str:
    """The text as a pattern, for Python and for polars."""
    return _META.sub(r"\\\1", text)
