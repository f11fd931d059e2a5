"""Cells as printed become dates and exact Decimals, by the convention of their file alone."""

import re
from functools import reduce

import polars as pl

from schemas.money import PRINTED
from schemas.statement import Convention

FIRST_YEAR, LAST_YEAR = 1970, 2100
_SPACES = "[\\s\u00a0\u2007\u2009\u202f]"
_PARTS = {"%d": r"\d{1,2}", "%m": r"\d{1,2}", "%Y": r"\d{4}", "%y": r"\d{2}"}
_WHOLE, _CENTS = 22, 16
_FEW = 1_024  # cells of which to find the different ones costs more than to read all
_INDIAN = r"\d{1,2}(,\d{2})+,\d{3}"  # lakhs and crores: 1,23,45,678
_MARK = r"\s*([A-Za-z]+)\.?\s*$"


def date_of(column: str, rule: Convention) -> pl.Expr:
    """The civil date in a text column, or null; a pattern of the convention must fit exactly."""
    return pl.col(column).map_batches(lambda cells: _dates(cells, rule), return_dtype=pl.Date)


def amount_of(column: str, rule: Convention) -> pl.Expr:
    """The signed Decimal in a text column as it is printed, or null where it cannot be read."""
    return pl.col(column).map_batches(lambda cells: _amounts(cells, rule), return_dtype=PRINTED)


def balance_of(column: str, rule: Convention) -> pl.Expr:
    """The signed Decimal of a balance; a mark of the rule behind it says whether it is a debt."""
    return pl.col(column).map_batches(lambda cells: _balances(cells, rule), return_dtype=PRINTED)


def filled(column: str) -> pl.Expr:
    """The column with empty and blank text as null."""
    return pl.when(pl.col(column).str.contains(r"\S")).then(pl.col(column)).otherwise(None)


def is_lost(credit: pl.Expr, debit: pl.Expr) -> pl.Expr:
    """Whether one column of money has text that is no number, and the other tells no amount.

    A dash means nothing, and so does a word beside an amount.

    Args:
        credit: what was read of credit_text.
        debit: what was read of debit_text.
    """
    return pl.any_horizontal(
        one.is_null()
        & (
            pl.col(name).str.contains(r"\d|^\s*[=#]")
            | (pl.col(name).str.contains(r"\p{L}") & (other == 0).fill_null(value=False))
        ).fill_null(value=False)
        for name, one, other in (("credit_text", credit, debit), ("debit_text", debit, credit))
    )


def trimmed(column: str) -> pl.Expr:
    """The column without blanks around its text; empty and blank text is null."""
    text = pl.col(column).str.strip_chars()
    return pl.when(text != "").then(text).otherwise(None)


def _dates(cells: pl.Series, rule: Convention) -> pl.Series:
    """A statement has few days and many records: each way of writing is looked at once."""
    if cells.null_count() == len(cells):
        return pl.Series(cells.name, [None], dtype=pl.Date).new_from_index(0, len(cells))
    if len(cells) <= _FEW:
        return cells.to_frame("x").select(_day("x", rule)).to_series().alias(cells.name)
    runs = cells.rle().struct.field("value")
    written = runs.unique().drop_nulls()
    days = written.to_frame("x").select(_day("x", rule)).to_series()
    read = runs.replace_strict(written, days, default=None, return_dtype=pl.Date)
    return read.gather(cells.rle_id()).alias(cells.name)


def _day(column: str, rule: Convention) -> pl.Expr:
    text = pl.col(column).str.strip_chars()
    tries = [
        pl.when(text.str.contains(_shape(pattern)))
        .then(text.str.to_date(pattern, strict=False))
        .otherwise(None)
        for pattern in rule.date_formats
    ]
    parsed = pl.coalesce(tries)
    year = parsed.dt.year()
    return pl.when(year.is_between(FIRST_YEAR, LAST_YEAR)).then(parsed).otherwise(None)


def _amounts(cells: pl.Series, rule: Convention) -> pl.Series:
    """Nearly all cells of all files are plain numbers; only the others need a closer look."""
    if cells.null_count() == len(cells):
        return pl.Series(cells.name, [None], dtype=PRINTED).new_from_index(0, len(cells))
    number = _plainly(cells, rule)
    if number.null_count() == cells.null_count():
        return number
    others = (number.is_null() & cells.str.contains(r"\S")).arg_true()
    if others.is_empty():
        return number
    if len(others) == len(cells):
        return _closely(cells, rule)
    return number.scatter(others, _closely(cells.gather(others), rule))


def _balances(cells: pl.Series, rule: Convention) -> pl.Series:
    """Nearly all balances are plain; the others may have a mark. Bills of cards turn no balance."""
    number = _amounts(cells, rule)
    if number.null_count() == cells.null_count() or rule.sign == "inverted":
        return number
    others = (number.is_null() & cells.str.contains(_MARK)).arg_true()
    if others.is_empty():
        return number
    marked = cells.gather(others)
    mark = marked.str.extract(_MARK, 1).str.to_uppercase()
    value = _amounts(marked.str.replace(_MARK, ""), rule)
    signed = (
        pl.when(pl.col("mark").is_in([one.upper() for one in rule.debit_marks]))
        .then(-pl.col("x"))
        .when(pl.col("mark").is_in([one.upper() for one in rule.credit_marks]))
        .then("x")
    )
    found = pl.DataFrame({"x": value, "mark": mark}).select(pl.when(pl.col("x") >= 0).then(signed))
    return number.scatter(others, found.to_series())


def _plainly(cells: pl.Series, rule: Convention) -> pl.Series:
    """The cells of digits, at most a minus in front, and the marks of the rule; else null."""
    mark = "." if rule.decimal_mark == "either" else rule.decimal_mark
    cents = f"(?:{re.escape(mark)}[0-9]{{1,8}})?"
    if rule.group_mark and rule.decimal_mark != "either":
        group = re.escape(rule.group_mark)
        whole = f"(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}}){{0,5}}|[0-9]{{1,18}})"
    else:
        group, whole = "", "[0-9]{1,18}"
    is_plain = cells.str.contains(f"^-?{whole}{cents}$")
    text = cells if is_plain.all() else pl.select(pl.when(is_plain).then(cells)).to_series()
    if group:
        text = text.str.replace_all(rule.group_mark, "", literal=True)
    if mark != ".":
        text = text.str.replace(mark, ".", literal=True)
    return text.cast(PRINTED).alias(cells.name)


def _closely(cells: pl.Series, rule: Convention) -> pl.Series:
    """Any cell that is a number by the rule: signs behind, brackets, currency signs, odd blanks."""
    text = _bare("x", rule)
    body = text.str.replace(r"^[+-]", "").str.replace(r"-$", "")
    is_negative = text.str.contains(r"^-|-$") | _in_brackets("x")
    plain = _plain_number(body.str.strip_chars("()"), rule)
    fits = plain.str.contains(rf"^(\d{{0,{_WHOLE}}})(\.\d{{0,{_CENTS}}})?$")
    value = pl.when(fits).then(plain).otherwise(None).cast(PRINTED, strict=False)
    signed = pl.when(is_negative).then(-value).otherwise(value)
    return cells.to_frame("x").select(signed).to_series().alias(cells.name)


def _plain_number(body: pl.Expr, rule: Convention) -> pl.Expr:
    """Digits with at most one point, or null: unsigned text that keeps to the marks of the rule."""
    if rule.decimal_mark == "either":
        comma, point = _marked(body, ",", "."), _marked(body, ".", ",")
        is_comma_last = body.str.contains(r"^[\d.]*,\d*$")
        return pl.when(is_comma_last).then(comma).otherwise(pl.coalesce(point, comma))
    return _marked(body, rule.decimal_mark, rule.group_mark)


def _marked(body: pl.Expr, decimal: str, group: str) -> pl.Expr:
    """Unsigned text with these two marks as digits with a point, or null."""
    point = re.escape(decimal)
    whole = rf"\d+|\d{{1,3}}({re.escape(group)}\d{{3}})+" if group else r"\d+"
    if group == ",":
        whole = f"{whole}|{_INDIAN}"
    shape = rf"^(({whole})({point}\d*)?|{point}\d+)$"
    bare = body.str.replace_all(group, "", literal=True) if group else body
    number = bare.str.replace(decimal, ".", literal=True)
    # "5." and ".5" are numbers to a bank; give them the zero they lack
    number = number.str.replace(r"^\.", "0.").str.strip_chars_end(".")
    return pl.when(body.str.contains(shape)).then(number).otherwise(None)


def _bare(column: str, rule: Convention) -> pl.Expr:
    """The text of an amount without blanks and currency signs, with an ASCII minus in front."""
    text = pl.col(column).str.replace_all(_SPACES, "").str.replace_all("[\u2212\u2013]", "-")
    return reduce(
        lambda expr, sign: expr.str.replace(sign.replace(" ", ""), "", literal=True),
        rule.currency_signs,
        text,
    )


def _in_brackets(column: str) -> pl.Expr:
    return pl.col(column).str.contains(r"^\s*[^()\d]*\(.*\)\s*$")


def _shape(pattern: str) -> str:
    """A strict regular expression for a strptime pattern; compact patterns have fixed widths."""
    parts = dict(_PARTS)
    if re.fullmatch(r"(%[dmYy])+", pattern):
        parts |= {"%d": r"\d{2}", "%m": r"\d{2}"}
    pieces = re.split(r"(%[dmYy])", pattern)
    return "^" + "".join(parts.get(piece, re.escape(piece)) for piece in pieces) + "$"
