"""Amounts of CFONB 120: 14 digits, the last one bearing the sign, and a field for the decimals."""

import polars as pl

from tasks.extract.lines import decimal_text

_PLUS, _MINUS = "{ABCDEFGHI", "}JKLMNOPQR"
_DIGITS = {letter: str(no) for letters in (_PLUS, _MINUS) for no, letter in enumerate(letters)}
# the braces of EBCDIC are accents in French code pages, and are left so when files are converted
_DIGITS |= {"é": "0", "è": "0"}
_IS_MINUS = [*_MINUS, "è"]


def signed(printed: pl.Expr, decimals: pl.Expr) -> pl.Expr:
    """An amount with its sign and a point; null where it is not written so.

    { and A to I stand for 0 to 9 of a credit, } and J to R for those of a debit. Without a sign
    only zero is understood.
    """
    last = printed.str.slice(13)
    digits = printed.str.head(13) + last.replace_strict(
        _DIGITS, default=None, return_dtype=pl.String
    )
    zero = pl.when(printed == "0" * 14).then(printed)
    return _with_point(pl.coalesce(digits, zero), decimals, last.is_in(_IS_MINUS))


def unsigned(printed: pl.Expr, decimals: pl.Expr) -> pl.Expr:
    """An amount without a sign, or whose sign is left away."""
    last = printed.str.slice(13)
    return _with_point(printed.str.head(13) + last.replace(_DIGITS), decimals, None)


def _with_point(digits: pl.Expr, decimals: pl.Expr, is_debit: pl.Expr | None) -> pl.Expr:
    places = decimals.cast(pl.Int64, strict=False)
    return pl.when(places.is_not_null()).then(
        decimal_text(digits, 14, places.fill_null(0), is_debit)
    )
