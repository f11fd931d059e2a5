"""A bank layout laid over a grid: which cell is which, and what kind of row stands there."""

from dataclasses import dataclass
from enum import IntEnum

import polars as pl

from schemas.bank import BankLayout


@dataclass(frozen=True)
class Sheet:
    """The table of one file: where it comes from and what stands above its rows.

    Attributes:
        file_no: position of the file in its batch.
        name: the file's name as messages show it.
        printed_name: the file's whole name, in which a layout may find the account.
        preamble: the lines above the header.
    """

    file_no: int
    name: str
    printed_name: str
    preamble: tuple[str, ...]


class Kind(IntEnum):
    """What a row is; the markers of the layout follow by their position."""

    MOVEMENT = 0
    BROKEN = 1
    FILLER = 2
    MARKER = 3


@dataclass(frozen=True)
class View:
    """A layout, as seen on a grid under one of its headers."""

    layout: BankLayout
    header: tuple[str, ...]

    def cell(self, name: str | None) -> pl.Expr:
        """The column of the bank; null where this header does not have it."""
        if name is None or name not in self.header:
            return pl.lit(None, dtype=pl.String)
        return pl.col(f"c{self.header.index(name)}")

    def has(self, name: str | None) -> bool:
        """This header has the column."""
        return name is not None and name in self.header

    def description(self) -> pl.Expr:
        """The columns of the description; of the later ones those that hold a letter or digit."""
        parts = [self.cell(name) for name in self.layout.columns.description if name in self.header]
        if len(parts) == 1:
            return parts[0]
        first, *others = parts
        words = [pl.when(first.str.len_bytes() > 0).then(first)]
        words += [pl.when(part.str.contains(r"[\p{L}\p{N}]")).then(part) for part in others]
        return pl.concat_str(words, separator=" ", ignore_nulls=True)


def filled(cell: pl.Expr) -> pl.Expr:
    """The trimmed text of a cell; null if it is empty."""
    text = cell.str.strip_chars()
    return pl.when(text != "").then(text)
