"""Opening and closing balances that are stated above or below the movements of a table.

    opening + all amounts = closing, exactly, in every file

Which lines state them, their words say; whether it is true of a reading, arithmetic says. A line in
which the number is not plain (two numbers, a mark behind it, brackets) states nothing.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from schemas.statement import Convention
from tasks.extract import words
from tasks.extract.printed import amount_of
from tasks.extract.propose.columns import CENT, MARKS, Columns
from tasks.extract.propose.readings import BACKWARDS, FORWARDS, Candidate, Edge, drafted
from tasks.extract.propose.tables import Table

MANY_ROWS = 20_000
"""In longer tables every amount would be added up too often; they need running balances."""

_OUTER_ROWS = 20

NUMBER = "[-+]?\\d(?:[\\d.,']|[ \u00a0\u2009\u202f](?=\\d{3}(?!\\d)))*-?"
"""Blanks may group the digits of a cell that holds nothing else; elsewhere they part words."""

_WHOLE = re.compile(
    rf"(?P<head>(?:(?:{words.ANY_SIGN})\s*)?)(?P<text>{NUMBER})\s*(?:{words.ANY_SIGN})?"
)
_TAIL = re.compile(
    rf"(?P<head>.*[:\s](?:(?:{words.ANY_SIGN})\s*)?)(?P<text>[-+]?\d[\d.,']*-?)\s*(?:{words.ANY_SIGN})?"
)
_DAY = re.compile(r"\b\d{1,4}([-/.])\d{1,2}\1\d{1,4}\b(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
_LOOSE_SIGN = re.compile(rf"[-+\u2212\u2013(/]\s*(?:{words.ANY_SIGN})?\s*$")

_Lines = Mapping[int, tuple[Edge, ...]]


def edged(table: Table, columns: Columns) -> Iterator[Candidate]:
    """Every reading under which opening and amounts give the closing balance, in all files.

    A row that states a balance is no movement, though it may have a day and a number.
    """
    if len(table.rows) > MANY_ROWS:
        return
    stated = {
        text.source.file_no: tuple(_stated(table, text.source.file_no)) for text in table.texts
    }
    if any({edge.states for edge in edges} != {"opening", "closing"} for edges in stated.values()):
        return
    values = {pair: _values(stated, pair) for pair in MARKS}
    for drafts in drafted(table, columns):
        for draft in drafts:
            if (one := _closed(draft, stated, values[draft.marks])) is not None:
                yield one


def contradicted(one: Candidate, number: int, states: str, value: int) -> str | None:
    """Whether a line around the movements of a file states another balance than the given one.

    Returns:
        null if no line states it; "" if all that do state this one; else the first other line.
    """
    rows, marks = one.files[number], [pair for pair in MARKS if pair[0] == one.marks[0]]
    edges = [edge for edge in _stated(one.table, number) if edge.states == states]
    around = [edge for edge in edges if _stands_outside(edge, rows) or edge.row in rows]
    for edge in around:
        stated = {_values({number: (edge,)}, pair).get(edge.text) for pair in marks}
        if value not in stated:
            return edge.line.strip()
    return "" if around else None


def _stated(table: Table, file_no: int) -> Iterator[Edge]:
    """The lines of a file that state a balance by their words."""
    for line in table.preambles[file_no]:
        if edge := _edge(line, table.delimiter, None):
            yield edge
    rows = [number for number, row in enumerate(table.rows) if row.file_no == file_no]
    for number in dict.fromkeys([*rows[:_OUTER_ROWS], *rows[-_OUTER_ROWS:]]):
        if edge := _edge(table.rows[number].raw_text, table.delimiter, number):
            yield edge


def _edge(line: str, delimiter: str, row: int | None) -> Edge | None:
    states = words.edge_of(_DAY.sub(" ", line))
    if not states:
        return None
    try:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return None
    numbers = []
    for place, cell in enumerate(cells):
        bare = _DAY.sub("", cell)
        if not any(map(str.isdigit, bare)):
            continue
        match = _WHOLE.fullmatch(bare) or _TAIL.fullmatch(bare)
        if not match or any(map(str.isdigit, match["head"])) or _LOOSE_SIGN.search(match["head"]):
            return None
        numbers.append((place, match["text"]))
    if len(numbers) != 1 or line.count(numbers[0][1]) != 1:
        return None
    return Edge(states, line, row, *numbers[0])


def _values(stated: _Lines, marks: tuple[str, str]) -> dict[str, int]:
    """The numbers of the lines as these marks read them, in ten-thousandths."""
    texts = list(dict.fromkeys(edge.text for edges in stated.values() for edge in edges))
    rule = Convention((), decimal_mark=marks[0], group_mark=marks[1])
    found = pl.DataFrame({"x": texts}, schema={"x": pl.String()}).select(amount_of("x", rule))
    return {
        text: int(value * CENT)
        for text, value in zip(texts, found.to_series(), strict=True)
        if value is not None and value * CENT == int(value * CENT)
    }


def _closed(draft: Candidate, stated: _Lines, values: Mapping[str, int]) -> Candidate | None:
    """The reading without the rows that state balances, if it adds up in every file."""
    files: dict[int, tuple[int, ...]] = {}
    known: dict[int, tuple[Edge, ...]] = {}
    for number, edges in stated.items():
        own = {edge.row for edge in edges}
        rows = tuple(row for row in draft.files[number] if row not in own)
        opening, closing = (_one(edges, states, values) for states in ("opening", "closing"))
        if (
            opening is None
            or closing is None
            or not all(_stands_outside(edge, rows) for edge in edges)
        ):
            return None
        if opening + sum(draft.money.amounts[row] for row in rows) != closing:
            return None
        files[number] = rows
        known[number] = tuple(replace(edge, value=values[edge.text]) for edge in edges)
    one = replace(draft, files=files, edges=known)
    both = frozenset({FORWARDS, BACKWARDS})
    is_moving = any(draft.money.amounts[row] for row in one.rows)
    return replace(one, directions=dict.fromkeys(files, both)) if is_moving else None


def _one(edges: Sequence[Edge], states: str, values: Mapping[str, int]) -> int | None:
    """The one balance that all lines state which state it."""
    found = {values.get(edge.text) for edge in edges if edge.states == states}
    return found.pop() if len(found) == 1 else None


def _stands_outside(edge: Edge, rows: Sequence[int]) -> bool:
    """No movement stands above the line and another below it."""
    return edge.row is None or not rows or not rows[0] < edge.row < rows[-1]
