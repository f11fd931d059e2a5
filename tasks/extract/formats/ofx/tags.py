"""The values of tags in many records at once.

A bank writes the same tags in the same order in record after record. So the first record teaches a
pattern that cuts all others of its shape in one pass; a record that does not fit it from end to end
is looked at tag by tag.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

VALUE = r"([^<]*(?:<+[^<!/?A-Za-z][^<]*)*)"
"""What follows a start tag: all up to the next tag; a lone "<" as in "A < B" is text."""

_SHAPES = 4
_FEWEST = 16  # records for which it pays to learn a shape
_LEAF = re.compile(r"<([A-Z][A-Z0-9.]*)>[^<]*(?:</([A-Z][A-Z0-9.]*)>\s*)?")


@dataclass(frozen=True)
class _Shape:
    """A pattern for a whole record, and the number of the group that holds each column."""

    pattern: str
    groups: Mapping[str, str]


def values(records: pl.Series, tags: Mapping[str, str]) -> pl.DataFrame:
    """One column a tag: what stands behind its first start tag, blanks around it taken off.

    Args:
        records: each from its start tag on, tags in upper case.
        tags: the tag of each column, a regular expression; plain names are found fastest.

    Returns:
        a row a record, in their order; null where the tag is missing.
    """
    parts: list[pl.DataFrame] = []
    rows = pl.int_range(len(records), dtype=pl.UInt32, eager=True)
    for _ in range(_SHAPES):
        shape = _learned(records[0], tags) if len(records) >= _FEWEST else None
        if shape is None:
            break
        found = records.str.extract_groups(shape.pattern).struct.unnest()
        fits = found.to_series(0).is_not_null()
        part = found.select(_column(name, shape.groups.get(name)) for name in tags)
        if fits.all():
            parts.append(part.with_columns(rows.alias("row")))
            rows, records = rows.clear(), records.clear()
            break
        parts.append(part.with_columns(rows.alias("row")).filter(fits))
        rows, records = rows.filter(~fits), records.filter(~fits)
    if len(records) or not parts:
        parts.append(_one_by_one(records, tags).with_columns(rows.alias("row")))
    whole = parts[0] if len(parts) == 1 else pl.concat(parts).sort("row")
    return whole.drop("row")


def _learned(record: str, tags: Mapping[str, str]) -> _Shape | None:
    """The shape of a record of plain values only; null for one that nests or repeats a tag."""
    body = record.strip().removeprefix("<STMTTRN>").removesuffix("</STMTTRN>").strip()
    names, pattern, at = [], r"^<STMTTRN>\s*", 0
    while at < len(body):
        leaf = _LEAF.match(body, at)
        if leaf is None or leaf[2] not in (None, leaf[1]):
            return None
        names.append(leaf[1])
        pattern += rf"<{leaf[1]}>([^<]*)" + (rf"</{leaf[1]}>\s*" if leaf[2] else "")
        at = leaf.end()
    if not names or len({*names}) < len(names):
        return None
    pattern += r"</STMTTRN>\s*$" if record.rstrip().endswith("</STMTTRN>") else "$"
    groups = {column: str(names.index(tag) + 1) for column, tag in tags.items() if tag in names}
    return _Shape(pattern, groups)


def _column(name: str, group: str | None) -> pl.Expr:
    value = pl.lit(None, dtype=pl.String) if group is None else pl.col(group).str.strip_chars()
    return value.alias(name)


def _one_by_one(records: pl.Series, tags: Mapping[str, str]) -> pl.DataFrame:
    return records.to_frame("record").select(
        pl.col("record").str.extract(rf"<{tag}\s*>{VALUE}", 1).str.strip_chars().alias(name)
        for name, tag in tags.items()
    )
