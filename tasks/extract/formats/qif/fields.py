"""The fields of many records at once.

A program writes the same fields in the same order in record after record. So one record teaches an
order, and all records that keep to it are cut into lines in one pass. The others are looked at
field by field.
"""

import re
from collections.abc import Mapping

import polars as pl

_ORDERS = 12
_FEWEST = 16  # records for which it pays to learn an order
_MOST_LINES = 40
_ONCE = ("D", "T")


def values(records: pl.Series, fields: Mapping[str, str]) -> pl.DataFrame:
    """One column a field: what stands in its first line, null where a record has no such line.

    Args:
        records: lines that begin with the letter of a field, each behind a line feed.
        fields: the letter of each column.

    Returns:
        a row a record, in their order; and is_doubled: has it two dates or two amounts?
    """
    parts: list[pl.DataFrame] = []
    rows = pl.int_range(len(records), dtype=pl.UInt32, eager=True)
    for _ in range(_ORDERS):
        order = _learned(records[0]) if len(records) >= _FEWEST else ""
        if not order:
            break
        lines = records.str.split_exact("\n", len(order) + 1).struct.unnest()
        fits = lines.select(_fits(order)).to_series()
        part = lines.select(rows.alias("row"), *_columns(order, fields))
        parts.append(part if fits.all() else part.filter(fits))
        rows, records = rows.filter(~fits), records.filter(~fits)
    if len(records) or not parts:
        parts.append(_one_by_one(records, fields).select(rows.alias("row"), pl.all()))
    whole = parts[0] if len(parts) == 1 else pl.concat(parts).sort("row")
    return whole.drop("row")


def _learned(record: str) -> str:
    """The first letters of its lines; "" for a record that has empty lines, or too many."""
    lead, *lines = record.split("\n")
    if lead or len(lines) > _MOST_LINES or not all(lines):
        return ""
    return "".join(line[0] for line in lines)


def _fits(order: str) -> pl.Expr:
    """Do the lines begin with these letters, one line a letter?"""
    return pl.all_horizontal(
        pl.col("field_0") == "",
        *(pl.col(f"field_{no}").str.starts_with(code) for no, code in enumerate(order, start=1)),
        pl.col(f"field_{len(order) + 1}").is_null(),
    ).fill_null(value=False)


def _columns(order: str, fields: Mapping[str, str]) -> list[pl.Expr]:
    is_doubled = any(order.count(code) > 1 for code in _ONCE)
    return [
        *(
            (
                pl.col(f"field_{order.index(code) + 1}").str.slice(1)
                if code in order
                else pl.lit(None, dtype=pl.String)
            ).alias(name)
            for name, code in fields.items()
        ),
        pl.lit(value=is_doubled).alias("is_doubled"),
    ]


def _one_by_one(records: pl.Series, fields: Mapping[str, str]) -> pl.DataFrame:
    text = pl.col("record")
    twice = (text.str.count_matches(f"\n{code}", literal=True) > 1 for code in _ONCE)
    return records.to_frame("record").select(
        *(
            text.str.extract(rf"\n{re.escape(code)}([^\n]*)", 1).alias(name)
            for name, code in fields.items()
        ),
        pl.any_horizontal(*twice).alias("is_doubled"),
    )
