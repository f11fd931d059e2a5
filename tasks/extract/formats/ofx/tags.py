"""The values of tags in many records at once.

A bank writes the same tags in the same order in record after record. So one record teaches a shape,
and all records of that shape are cut at their "<" in one pass: if each cut begins with the tag that
stands there in the first record, then each value is the rest of its cut. A record that does not fit
from end to end is looked at tag by tag.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

VALUE = r"([^<]*(?:<+[^<!/?A-Za-z][^<]*)*)"
"""What follows a start tag: all up to the next tag; a lone "<" as in "A < B" is text."""

_AT_ONCE = 32_768  # records; their cuts fill a few times the memory of the records themselves
_SHAPES = 12
_FEWEST = 16  # records for which it pays to learn a shape
_MOST_CUTS = 100
_HEAD = re.compile(r"/?[A-Z][A-Z0-9.]*>")

_AGGREGATES = ("PAYEE>", "CURRENCY>", "ORIGCURRENCY>")  # have a value only where it is an error


@dataclass(frozen=True)
class _Shape:
    """How a record is cut at its "<".

    Attributes:
        heads: for each cut the tag with which it begins, or all of it where no value follows.
        is_whole: for each cut, is the head all of it?
        columns: the number of the cut that holds the value of each column.
    """

    heads: list[str]
    is_whole: list[bool]
    columns: Mapping[str, int]

    def fits(self) -> pl.Expr:
        """Has a record, cut into fields, this shape?"""
        return pl.all_horizontal(
            *(
                pl.col(f"field_{no}") == head
                if is_whole
                else pl.col(f"field_{no}").str.starts_with(head)
                for no, (head, is_whole) in enumerate(zip(self.heads, self.is_whole, strict=True))
            ),
            pl.col(f"field_{len(self.heads)}").is_null(),
        ).fill_null(value=False)

    def column(self, name: str) -> pl.Expr:
        """The value of a column, blanks around it taken off; null where there is none."""
        number = self.columns.get(name)
        if number is None:
            return pl.lit(None, dtype=pl.String).alias(name)
        text = pl.col(f"field_{number}").str.slice(len(self.heads[number])).str.strip_chars()
        return pl.when(text != "").then(text).alias(name)


def values(records: pl.Series, tags: Mapping[str, str]) -> pl.DataFrame:
    """One column a tag: what stands behind its first start tag, blanks around it taken off.

    Args:
        records: what follows their start tag, without blanks at the end; tags in upper case.
        tags: the tag of each column, a regular expression.

    Returns:
        a row a record, in their order; null where the tag is missing or has no value.
    """
    starts = range(0, max(len(records), 1), _AT_ONCE)
    return pl.concat(_values(records.slice(start, _AT_ONCE), tags) for start in starts)


def _values(records: pl.Series, tags: Mapping[str, str]) -> pl.DataFrame:
    parts: list[pl.DataFrame] = []
    rows = pl.int_range(len(records), dtype=pl.UInt32, eager=True)
    for _ in range(_SHAPES):
        shape = _learned(records[0], tags) if len(records) >= _FEWEST else None
        if shape is None:
            break
        part = (
            records.to_frame("record")
            .lazy()
            .select(pl.col("record").str.split_exact("<", len(shape.heads)))
            .unnest("record")
            .select(shape.fits().alias("fits"), *(shape.column(name) for name in tags))
            .collect()
            .with_columns(rows.alias("row"))
        )
        fits = part["fits"]
        if fits.all():
            parts.append(part.drop("fits"))
            records = records.clear()
            break
        parts.append(part.filter("fits").drop("fits"))
        rows, records = rows.filter(~fits), records.filter(~fits)
    if len(records) or not parts:
        parts.append(_one_by_one(records, tags).with_columns(rows.alias("row")))
    whole = parts[0] if len(parts) == 1 else pl.concat(parts).sort("row")
    return whole.drop("row")


def _learned(record: str, tags: Mapping[str, str]) -> _Shape | None:
    """The shape of a record; null if it can teach none."""
    lead, *cuts = record.split("<")
    if lead.strip() or not 0 < len(cuts) <= _MOST_CUTS:
        return None
    heads, is_whole = [lead], [True]
    for cut in cuts:
        head = _HEAD.match(cut)
        has_value = head is not None and bool(cut[head.end() :].strip())
        if head is None or (has_value and head[0] in _AGGREGATES):
            return None
        heads.append(head[0] if has_value else cut)
        is_whole.append(not has_value)
    columns = {}
    for column, tag in tags.items():
        found = re.search(rf"<{tag}\s*>{VALUE}", record)
        number = record.count("<", 0, found.start(1)) if found else 0
        if found and not is_whole[number]:
            columns[column] = number
    return _Shape(heads, is_whole, columns)


def _one_by_one(records: pl.Series, tags: Mapping[str, str]) -> pl.DataFrame:
    found = records.to_frame("record").select(
        pl.col("record").str.extract(rf"<{tag}\s*>{VALUE}", 1).str.strip_chars().alias(name)
        for name, tag in tags.items()
    )
    return found.select(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in tags)
