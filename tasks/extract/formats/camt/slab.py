"""A slab: some megabytes of one file or of many, whose common entries are read all at once.

text ─▶ tags ─▶ entries of known shapes ─▶ columns
          └─▶ what remains of each file: a run of such entries becomes one empty element
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from tasks.extract.formats.camt.shapes import Shapes
from tasks.extract.formats.camt.tags import tags_of
from tasks.extract.formats.camt.values import are_blank, columns_of
from tasks.extract.formats.camt.walk import KEYS, RUN, Key

_MARK = f"<{RUN}/>".encode()


@dataclass(frozen=True)
class Run:
    """Entries that follow each other with nothing but blanks between them.

    Attributes:
        first: the row of the first one among the common entries of the slab.
        count: how many they are.
    """

    first: int
    count: int


class Slab:
    """Some text and the entries in it that have known shapes."""

    def __init__(self, text: memoryview, shapes: Shapes, prefixes: set[bytes]) -> None:
        self._text = text
        self._tags = tags_of(text, prefixes)
        self._found = shapes.find(self._tags)
        rows = self._found.rows
        self._starts, self._stops = self._tags.starts[rows], self._tags.stops[rows]
        is_next = are_blank(self._tags, self._stops[:-1], self._starts[1:])
        self._heads = np.flatnonzero(~is_next) + 1

    def remains(self, start: int, stop: int) -> tuple[list[bytes], list[Run]]:
        """What stands between two places beside common entries, and the runs of these."""
        first, last = np.searchsorted(self._starts, (start, stop))
        heads = self._heads[(self._heads > first) & (self._heads < last)]
        edges = [int(first), *heads.tolist(), int(last)] if first < last else []
        runs = [Run(edge, after - edge) for edge, after in pairwise(edges)]
        pieces, at = [], start
        for run in runs:
            pieces += [bytes(self._text[at : self._starts[run.first]]), _MARK]
            at = int(self._stops[run.first + run.count - 1])
        return [*pieces, bytes(self._text[at:stop])], runs

    def columns(self, placed: Sequence[tuple[Run, Key]]) -> pl.DataFrame:
        """The keys and values of the entries of runs, each with the key of its first entry."""
        counts = np.array([run.count for run, _ in placed], np.int64)
        ahead = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = np.repeat([run.first for run, _ in placed], counts) + ahead
        firsts = np.repeat(np.array([key for _, key in placed], np.int64), counts, axis=0)
        keys = dict(zip(KEYS, _numbered(firsts.T, ahead), strict=True))
        columns = columns_of(self._tags, self._found)
        if len(rows) < len(columns):
            columns = columns[rows]
        return pl.DataFrame(keys, schema=KEYS).hstack(columns)


def _numbered(firsts: np.ndarray, ahead: np.ndarray) -> Iterator[np.ndarray]:
    """File and statement stay, the numbers of entry and record count on."""
    for name, numbers in zip(KEYS, firsts, strict=True):
        counts_on = name in ("entry_no", "record_no")
        yield (numbers + ahead if counts_on else numbers).astype(np.uint32)
