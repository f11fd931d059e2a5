"""What the columns of a table may hold: days, numbers, marks; whole columns, or nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from schemas.statement import Convention
from tasks.extract.printed import amount_of, date_of
from tasks.extract.propose.dates import Way, ways_of
from tasks.extract.propose.tables import Row, Table
from tasks.extract.texts import plain_day
from tasks.extract.words import ANY_SIGN, CURRENCIES, SIGNS, is_other_currency, side_of

MARKS = ((",", ""), (".", ""), (",", "."), (".", ","), (",", "'"), (".", "'"))
"""Decimal and group marks, the stricter ones first; blanks between digits are never a mark."""

CENT = 10_000
"""Numbers are whole numbers of this part of the unit: exact, and as fine as the ledger."""

_SAMPLE = 60
_FULLER_DAY = re.compile(
    r"(?:[^\W\d_]{2,3}[.,]*\s+)?\d{1,4}\D{1,4}(\d{1,2}|[^\W\d_]{3,12})\D{1,4}\d{1,4}(\D.*)?"
)
_MANY_MARKS = 4
_BEHIND = r"[\d)]\s*([A-Za-z]{1,6})\.?\s*$"
_BEFORE = rf"^\s*([A-Za-z]{{1,6}})(?:\.?\s*|[.\s]\s*(?:{ANY_SIGN})\s*)[(\d]"


@dataclass(frozen=True)
class Days:
    """A column that holds days, under one way of writing them; null where a row has none."""

    column: int
    way: Way
    days: tuple[date | None, ...]

    @property
    def date_format(self) -> str:
        """The pattern, in which a month is a number."""
        return self.way.date_format


@dataclass(frozen=True)
class Numbers:
    """A column that holds numbers, under one pair of marks.

    Attributes:
        column: its position.
        values: in ten-thousandths; null where the cell is blank or no number.
        wrong: the rows with text that is no number.
        marked: the rows whose cell has the decimal mark.
        signs: the signs of currency to strip.
        debits: marks that stand in the cells beside the digits and mean out of the account, or a
            debt; "" if no mark means it.
        credits: the same for into it.
    """

    column: int
    values: tuple[int | None, ...]
    wrong: frozenset[int]
    marked: frozenset[int]
    signs: tuple[str, ...]
    debits: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()

    @property
    def is_sided(self) -> bool:
        """Marks in the cells say the sign of the numbers."""
        return bool(self.debits or self.credits)


@dataclass(frozen=True)
class _Sided:
    """The cells of a column without the marks beside their digits, and what the marks mean."""

    texts: pl.Series
    sides: pl.Series
    debits: tuple[str, ...]
    credits: tuple[str, ...]


class Columns:
    """The cells of a table by column, and what they may be."""

    def __init__(self, table: Table) -> None:
        self.names = table.names
        width = len(table.names)
        cells = [_padded(row, width) for row in table.rows]
        schema = {f"c{number}": pl.String() for number in range(width)}
        self._frame = pl.DataFrame(cells, schema=schema, orient="row")
        self._cells: dict[int, list[str]] = {}
        self._known_signs: dict[int, tuple[str, ...]] = {}
        self._known_sides: dict[int, _Sided | None] = {}

    def usable(self, column: int) -> bool:
        """A layout calls columns by their names, so a column needs one of its own."""
        return bool(self.names[column]) and self.names.count(self.names[column]) == 1

    def cells(self, column: int) -> list[str]:
        """The cells of a column, trimmed."""
        if column not in self._cells:
            text = self._frame[f"c{column}"].fill_null("").str.strip_chars()
            self._cells[column] = text.to_list()
        return self._cells[column]

    @cached_property
    def days(self) -> list[Days]:
        """Every column of days under every way of writing them, half of its rows at least."""
        return [
            Days(column, way, tuple(days.to_list()))
            for column in self._usable()
            for way in ways_of(self._sample(column).to_series().to_list())
            if (days := self._days(column, way)) is not None
        ]

    def _days(self, column: int, way: Way) -> pl.Series | None:
        rule, name = Convention((way.date_format,)), f"c{column}"
        day = plain_day(pl.col(name), way.date_part, way.month_names)
        sample = self._sample(column).with_columns(day)
        if sample.is_empty():
            return None
        if sample.select(date_of(name, rule)).to_series().count() * 2 < sample.height:
            return None
        days = self._frame.select(day).select(date_of(name, rule)).to_series()
        return days if days.count() * 2 >= len(days) else None

    def looks_like_days(self, column: int) -> bool:
        """Nearly all of its cells look like a day, perhaps with words or a time of day."""
        cells = [cell for cell in self.cells(column)[:_SAMPLE] if cell]
        return len(cells) > 1 and sum(
            1 for cell in cells if _FULLER_DAY.fullmatch(cell)
        ) * 10 >= 9 * len(cells)

    def numbers(self, decimal_mark: str, group_mark: str) -> dict[int, Numbers]:
        """Every column of which half the filled cells at least are numbers with these marks."""
        found = (self._numbers(one, decimal_mark, group_mark) for one in self._usable())
        return {one.column: one for one in found if one is not None}

    def _numbers(self, column: int, decimal_mark: str, group_mark: str) -> Numbers | None:
        name = f"c{column}"
        sample = self._sample(column)
        if not sample.select(pl.col(name).str.contains(r"\d")).to_series().any():
            return None
        sided, signs = self._sided(column), self._signs(column)
        texts = self._texts(column)
        rule = Convention(
            (), decimal_mark=decimal_mark, group_mark=group_mark, currency_signs=signs
        )
        sample = texts.to_frame().filter(pl.col(name).str.contains(r"\S")).head(_SAMPLE)
        if sample.select(amount_of(name, rule)).to_series().count() * 2 < max(1, sample.height):
            return None
        exact = amount_of(name, rule)
        fine = exact.cast(pl.Decimal(38, 4), strict=False)
        text = pl.col(name).str.strip_chars()
        cells = (
            texts.to_frame()
            .select(
                pl.when(fine.cast(pl.Decimal(38, 16), strict=False) == exact)
                .then(fine)
                .alias("value"),
                (text != "").alias("is_filled"),
                text.str.contains(decimal_mark, literal=True).alias("is_marked"),
            )
            .with_columns(pl.col("value").to_physical().alias("value"))
        )
        if sided is not None:
            is_plain = pl.col("value") >= 0
            value = pl.when(is_plain).then(pl.col("value") * pl.col("side"))
            cells = cells.with_columns(sided.sides.alias("side")).with_columns(value)
        wrong = cells.select((pl.col("is_filled") & pl.col("value").is_null()).arg_true())
        marked = cells.select(pl.col("is_marked").arg_true())
        return Numbers(
            column,
            tuple(cells["value"].to_list()),
            frozenset(wrong.to_series().to_list()),
            frozenset(marked.to_series().to_list()),
            signs,
            *((sided.debits, sided.credits) if sided else ()),
        )

    def _texts(self, column: int) -> pl.Series:
        """The cells of a column, without marks beside the digits."""
        sided = self._sided(column)
        return self._frame[f"c{column}"].fill_null("") if sided is None else sided.texts

    def _sided(self, column: int) -> _Sided | None:
        """The cells of a column parted from such words as CR and DR that stand beside its digits.

        Words alone give them their meaning, like that of a minus. Where only one side is marked,
        the cells without a mark mean the other.
        """
        if column not in self._known_sides:
            self._known_sides[column] = self._parted(column)
        return self._known_sides[column]

    def _parted(self, column: int) -> _Sided | None:
        cells = self._frame[f"c{column}"].fill_null("")
        behind, before = cells.str.extract(_BEHIND, 1), cells.str.extract(_BEFORE, 1)
        marks = pl.select(pl.coalesce(behind, before)).to_series()
        named = marks.drop_nulls().unique().to_list()
        side_by_mark = {mark: side_of(mark) for mark in named if mark not in SIGNS}
        sides = {side for side in side_by_mark.values() if side}
        if not sides or len(side_by_mark) > 2 * _MANY_MARKS:
            return None
        known = {mark: 1 if side == "credit" else -1 for mark, side in side_by_mark.items() if side}
        bare = {"credit": -1, "debit": 1}[sides.pop()] if len(sides) == 1 else None
        side = marks.replace_strict(known, default=None, return_dtype=pl.Int64)
        is_bare = marks.is_null() & cells.str.contains(r"\d")
        parted = pl.DataFrame({"x": cells, "side": side, "is_bare": is_bare}).select(
            pl.when(pl.col("side").is_not_null())
            .then(
                pl.when(behind.is_not_null())
                .then(pl.col("x").str.replace(r"\s*[A-Za-z]+\.?\s*$", ""))
                .otherwise(pl.col("x").str.replace(r"^\s*[A-Za-z]+\.?\s*", ""))
            )
            .otherwise("x")
            .alias(f"c{column}"),
            pl.when("is_bare").then(bare).otherwise("side").alias("side"),
        )
        if is_bare.any() and bare is not None:
            known[""] = bare
        debits, credits_ = (
            tuple(sorted({mark.upper() for mark, one in known.items() if one == sign}))
            for sign in (-1, 1)
        )
        return _Sided(parted[f"c{column}"], parted["side"], debits, credits_)

    def _signs(self, column: int) -> tuple[str, ...]:
        """Signs of currency that stand beside the digits."""
        if column in self._known_signs:
            return self._known_signs[column]
        pattern = "[\\d\\s\u00a0\u2007\u2009\u202f.,'()+\u2212\u2013-]"
        rests = self._texts(column).str.replace_all(pattern, "").unique()
        found = [rest for rest in rests.to_list() if rest]
        likely = [one for one in found if _is_sign(one)]
        signs = tuple(sorted(likely, key=lambda one: (-len(one), one))[:6])
        return self._known_signs.setdefault(column, signs)

    def marks(self, rows: Sequence[int]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Columns of a few words that fill all of the rows, and these words in capitals."""
        for column in self._usable():
            cells = self.cells(column)
            words: set[str] = set()
            for row in rows:
                words.add(cells[row].upper())
                if len(words) > _MANY_MARKS:
                    break
            if 1 < len(words) <= _MANY_MARKS and "" not in words:
                yield column, tuple(sorted(words))

    def texts(self, rows: Sequence[int], taken: Sequence[int]) -> list[int]:
        """The columns that describe: letters in them, and not the same in all rows.

        Where there is none, a column that says the same everywhere, or any, serves.
        """
        free = [one for one in self._usable() if one not in taken]
        cells = {one: {self.cells(one)[row] for row in rows} for one in free}
        lettered = [one for one in free if any(_has_letters(cell) for cell in cells[one])]
        varied = [one for one in lettered if len(cells[one]) > 1]
        return varied or lettered[:1] or free[:1] or list(taken[:1])

    def currency(self, rows: Sequence[int]) -> tuple[int | None, str]:
        """The one column that names the same currency in all rows, and the currency."""
        found = []
        for column in self._usable():
            cells = self.cells(column)
            named = {cells[row] for row in rows}
            is_other = is_other_currency(self.names[column])
            if named and named <= CURRENCIES and not is_other:
                found.append((column, named))
        if len(found) == 1 and len(found[0][1]) == 1:
            return found[0][0], next(iter(found[0][1]))
        return None, ""

    def _usable(self) -> list[int]:
        return [one for one in range(len(self.names)) if self.usable(one)]

    def _sample(self, column: int) -> pl.DataFrame:
        """The first filled cells of a column."""
        name = f"c{column}"
        filled = pl.col(name).str.contains(r"\S")
        return self._frame.lazy().select(name).filter(filled).head(_SAMPLE).collect()


def whole(numbers: Mapping[int, Numbers], rows: frozenset[int]) -> dict[int, Numbers]:
    """The columns all of whose cells in these rows are numbers or blank, and some are numbers."""
    return {
        column: one
        for column, one in numbers.items()
        if not one.wrong & rows and any(one.values[row] is not None for row in rows)
    }


def _padded(row: Row, width: int) -> tuple[str | None, ...]:
    return row.cells or (None,) * width


def _has_letters(text: str) -> bool:
    return any(one.isalpha() for one in text)


def _is_sign(text: str) -> bool:
    return text in SIGNS
