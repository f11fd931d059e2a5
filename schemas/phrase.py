"""Texts that are made of the cells of a row: messages, places, keys."""

import polars as pl


def phrase(template: str, *cells: str | pl.Expr | pl.Series) -> pl.Expr:
    """A template with a cell of the row in the place of each {}; null where one of them is null.

    It does what pl.format does, which panics on a frame in several pieces if the first is empty
    (polars 2.1.0, 2026).

    Args:
        template: the text.
        cells: columns by name, expressions or series; one for each {}.
    """
    first, *others = template.split("{}")
    pieces = [pl.lit(first)]
    for cell, text in zip(cells, others, strict=True):
        pieces += [_expression(cell), pl.lit(text)]
    return pl.concat_str(pieces)


def _expression(cell: str | pl.Expr | pl.Series) -> pl.Expr:
    match cell:
        case str():
            return pl.col(cell)
        case pl.Series():
            return pl.lit(cell)
        case _:
            return cell
