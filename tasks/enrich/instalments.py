"""Instalments: the 3 and the 10 of "Parcela 3/10", and never the day and month of "03/10"."""

from functools import reduce

import polars as pl

_STATED = (
    r"(?i)\bPARC(?:ELA)?S?\.? ?(\d{1,2}) ?(?:/|DE) ?(\d{1,2})(?:\D|$)",
    r"(?i)\b(?:INSTALMENT|INSTALLMENT|RATE|CUOTA) ?(\d{1,2}) ?(?:/|OF|VON|DE) ?(\d{1,2})(?:\D|$)",
    r"\((\d{1,2}) ?/ ?(\d{1,2})\)",
    r"(?i)(?:^|[^\d/] ?)\b(\d{1,2}) (?:DE|OF|VON) (\d{1,2})\s*$",
    r"(?:^|[^\d/.-])([1-9])/([2-9]|[1-9]\d)\s*$",
)
"""What only an instalment looks like; a bank writes days and months with two digits each."""

_BARE = r"(?:^|[^\d/.-])(\d{2})/(\d{2})\s*$"
"""It may be a day and a month, in either order; then it is."""

_MONTHS, _DAYS = 12, 31


def instalment_of(column: str) -> tuple[pl.Expr, pl.Expr]:
    """The number and the count of the instalment that a text names: 3 and 10 of "Parcela 3/10".

    Both are null where it names none, or one that cannot be: valid are 1 ≤ n ≤ N ≤ 99, N ≥ 2.

    Args:
        column: texts as printed, or normalised. Ask it of distinct texts.
    """
    pairs = [_pair(column, pattern) for pattern in _STATED]
    number, count = _pair(column, _BARE)
    is_day = ((number <= _DAYS) & (count <= _MONTHS)) | ((number <= _MONTHS) & (count <= _DAYS))
    pairs.append((number, pl.when(~is_day).then(count)))
    return reduce(_or, map(_valid, pairs))


def _pair(column: str, pattern: str) -> tuple[pl.Expr, pl.Expr]:
    number, count = (pl.col(column).str.extract(pattern, group).cast(pl.Int32) for group in (1, 2))
    return number, count


def _valid(pair: tuple[pl.Expr, pl.Expr]) -> tuple[pl.Expr, pl.Expr]:
    number, count = pair
    holds = (number >= 1) & (number <= count) & (count >= 2)
    return pl.when(holds).then(number), pl.when(holds).then(count)


def _or(first: tuple[pl.Expr, pl.Expr], second: tuple[pl.Expr, pl.Expr]) -> tuple[pl.Expr, pl.Expr]:
    return pl.coalesce(first[0], second[0]), pl.coalesce(first[1], second[1])
