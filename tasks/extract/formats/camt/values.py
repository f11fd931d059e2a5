"""The values of entries of known shapes as columns, which share the memory of the text.

A column is made of places in the text, not of copies: cutting 100,000 entries costs little more
than noting where their values stand.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from tasks.extract.formats.camt.paths import DETAIL_MARK, RAW
from tasks.extract.formats.camt.shapes import Found, joins
from tasks.extract.formats.camt.tags import Numbers, Tags, Truths

_BLANK = " \t\r\n"
_SPACE = ord(" ")
_LINES = r"[ \t]*[\r\n]+[ \t]*"
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}


def columns_of(tags: Tags, found: Found) -> pl.DataFrame:
    """One row an entry: its XML text and the columns of paths that some of the entries have."""
    rows = {number: np.flatnonzero(found.owners == number) for number in np.unique(found.owners)}
    has_breaks, has_entities = (
        bool(tags.within(places, found.rows).any()) for places in (tags.breaks, tags.ampersands)
    )
    held: dict[str, list[pl.Series]] = {}
    for slot in sorted({slot for number in rows for slot in found.shapes[number].slots}):
        starts, stops = (tags.starts[found.rows] for _ in range(2))
        for number, own in rows.items():
            if slot in found.shapes[number].slots:
                starts[own], stops[own] = found.shapes[number].span(slot, tags, found.rows[own])
        is_filled = stops > starts
        edges = tags.data[np.concatenate([starts[is_filled], stops[is_filled] - 1])]
        values = strings(tags, starts, stops)
        held.setdefault(slot[0], []).append(
            _cleaned(values, edges, has_breaks=has_breaks, has_entities=has_entities)
        )
    marks = np.array([shape.has_detail for shape in found.shapes], bool)[found.owners]
    raw = strings(tags, tags.starts[found.rows], tags.stops[found.rows])
    return pl.DataFrame(
        [raw.alias(RAW), pl.Series(DETAIL_MARK, marks, pl.Boolean), *_put_together(held)]
    )


def are_blank(tags: Tags, starts: Numbers, stops: Numbers) -> Truths:
    """Whether nothing but blanks stands between places, which ascend."""
    is_blank = strings(tags, starts, stops).str.strip_chars(_BLANK).fill_null("") == ""
    return is_blank.to_numpy()


def _put_together(held: dict[str, list[pl.Series]]) -> Iterator[pl.Series]:
    """One column a path: its values joined, or the first that says something."""
    for path, several in held.items():
        if len(several) == 1:
            yield several[0].alias(path)
            continue
        parts = pl.DataFrame([one.alias(str(number)) for number, one in enumerate(several)])
        if joins(path):
            text = pl.concat_str(parts.columns, separator=" ", ignore_nulls=True)
            text = pl.when(text != "").then(text)
        else:
            text = pl.coalesce(parts.columns)
        yield parts.select(text.alias(path)).to_series()


def strings(tags: Tags, starts: Numbers, stops: Numbers) -> pl.Series:
    """The text between places that ascend; null where there is none."""
    if not len(starts):
        return pl.Series(dtype=pl.String)
    offsets = np.empty(2 * len(starts), np.int64)
    offsets[::2], offsets[1::2] = starts, stops
    is_filled = stops > starts
    valid = None
    if not is_filled.all():
        bits = np.ones(len(offsets), bool)
        bits[::2] = is_filled
        valid = pa.py_buffer(np.packbits(bits, bitorder="little"))
    # between the values stand the pieces of text that are not asked for
    pieces = pa.LargeStringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(tags.text), valid
    )
    return pl.Series(pieces).gather_every(2)


def _cleaned(
    values: pl.Series, edges: NDArray[np.uint8], *, has_breaks: bool, has_entities: bool
) -> pl.Series:
    """Values as the XML parser gives them, one line each and without blanks around.

    Args:
        values: as they stand in the text.
        edges: the first byte and the last one of each.
        has_breaks: some of the entries have line breaks.
        has_entities: some have entities.
    """
    if (edges <= _SPACE).any():
        values = values.str.strip_chars(_BLANK)
        values = values.set(values == "", None)
    if has_breaks and values.str.contains(r"[\r\n]").any():
        values = values.str.replace_all(_LINES, " ")
    if has_entities and values.str.contains("&", literal=True).any():
        values = values.str.replace_many(_ENTITIES)
    return values
