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

_INLINE_BYTES, _PREFIX_BYTES = 12, 4
_HALF = np.uint64(32)
_FIRST = np.array([(256 ** min(size, 4) - 1) << 32 for size in range(13)], np.uint64)
_SECOND = np.array([256 ** max(size - 4, 0) - 1 for size in range(13)], np.uint64)
"""The bits of the two halves of a view that so many bytes of text fill."""


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
    """The text between places; null where there is none.

    Written as Arrow lays out views: a length and twelve bytes, which are the text itself, filled up
    with zeros, or its first four, the number of the buffer, and the place in it.
    """
    if not len(starts):
        return pl.Series(dtype=pl.String)
    sizes = stops - starts
    shown = np.minimum(sizes, _INLINE_BYTES)
    views = np.empty((len(starts), 2), np.uint64)
    views[:, 0] = sizes.astype(np.uint64) | tags.words[starts] << _HALF & _FIRST[shown]
    views[:, 1] = np.where(
        sizes > _INLINE_BYTES,
        starts.astype(np.uint64) << _HALF,
        tags.words[starts + _PREFIX_BYTES] & _SECOND[shown],
    )
    is_filled = sizes > 0
    valid = None if is_filled.all() else np.packbits(is_filled, bitorder="little")
    buffers = [None if one is None else pa.py_buffer(one) for one in (valid, views, tags.text)]
    return pl.Series(pa.Array.from_buffers(pa.string_view(), len(starts), buffers))


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
