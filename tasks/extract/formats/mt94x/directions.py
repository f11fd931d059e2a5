"""Into the account or out of it: what the mark of an MT940 entry means, by the balances' proof."""

import re
from decimal import Context, Decimal

import polars as pl

from schemas.money import DECIMAL_PLACES

_KEY = ["file_no", "statement_no"]
_CREDIT_MARKS = ["C", "RD", "EC"]
_REVERSALS = ["RC", "RD"]
_USUAL_PLACES = 2
_EXACT = Context(prec=60)
_DOUBTFUL = r"^(?:[0-9]+|[1-9][0-9]{0,2},[0-9]{3})$"
_NUMBER = re.compile(r"-?(?:\d+,?\d*|,\d+)")


def directions(cells: pl.DataFrame, statements: pl.DataFrame) -> pl.Series:
    """Is an entry a credit? RC, the reversal of a credit, is a debit, and RD a credit.

    Some banks write RC for a credit that reverses something: where the standard reading does not
    close the balances and this one does, it is the right one. EC and ED are expected entries.

    Args:
        cells: the columns `file_no`, `statement_no`, `mark` and `amount`, a row an entry.
        statements: STATEMENT_TEXT of the same files.
    """
    is_credit = _are_usual(cells)
    is_reversal = cells["mark"].is_in(_REVERSALS).fill_null(value=False)
    if not is_reversal.any():
        return is_credit
    cells = cells.select(
        *_KEY, "amount", is_credit.alias("is_credit"), is_reversal.alias("is_reversal")
    )
    doubtful = cells.filter("is_reversal").select(_KEY).unique()
    balances = statements.join(doubtful, on=_KEY).drop_nulls(["opening_text", "closing_text"])
    entries = cells.join(balances, on=_KEY).group_by(_KEY, maintain_order=True)
    turned = [key for key, group in entries if _closes_turned(group)]
    keys = pl.DataFrame(turned, schema=dict.fromkeys(_KEY, pl.UInt32), orient="row")
    keys = keys.with_columns(pl.lit(value=True).alias("turns"))
    turns = cells.join(keys, on=_KEY, how="left", maintain_order="left")["turns"]
    return is_credit ^ (turns.fill_null(value=False) & is_reversal)


def are_turned(cells: pl.DataFrame) -> pl.Series:
    """Does an entry count the other way than the handbook says?

    Args:
        cells: the columns `mark` and `is_credit`, a row an entry.
    """
    return _are_usual(cells) != cells["is_credit"]


def _are_usual(cells: pl.DataFrame) -> pl.Series:
    """Is an entry a credit by the handbook?"""
    return cells["mark"].is_in(_CREDIT_MARKS).fill_null(value=False)


def are_vague(cells: pl.DataFrame, statements: pl.DataFrame) -> pl.Series:
    """Does nothing tell where the cents of an amount begin, and no balances will judge it?

    The handbook demands a comma before the cents. Some banks leave it away where there are none,
    and so may damage where there are; and "1,500" may be one and a half or fifteen hundred. It is
    clear where the currency has no cents, or three places.

    Args:
        cells: the columns `file_no`, `statement_no`, `amount` and `is_pending`, a row an entry.
        statements: STATEMENT_TEXT of the same files.
    """
    is_doubtful = cells["amount"].str.contains(_DOUBTFUL).fill_null(value=False)
    if not is_doubtful.any():
        return is_doubtful
    uncut = cells.filter(pl.col("amount").is_null())
    balanced = statements.drop_nulls(["opening_text", "closing_text"])
    judged = balanced.join(uncut, on=_KEY, how="anti").select(
        *_KEY, pl.lit(value=True).alias("is_judged")
    )
    told = cells.join(judged, on=_KEY, how="left", maintain_order="left").join(
        statements.select(*_KEY, "currency_text"), on=_KEY, how="left", maintain_order="left"
    )
    is_judged = pl.col("is_judged").fill_null(value=False) & ~pl.col("is_pending")
    places = pl.col("currency_text").replace_strict(DECIMAL_PLACES, default=_USUAL_PLACES)
    is_clear = places == pl.when(pl.col("amount").str.contains(",")).then(3).otherwise(0)
    return is_doubtful & told.select(~is_clear & ~is_judged).to_series()


def number(text: str | None) -> Decimal | None:
    """The Decimal of a signed amount with its comma; null where it is not written so."""
    if text is None or not _NUMBER.fullmatch(text):
        return None
    return Decimal(text.replace(",", "."))


def _closes_turned(group: pl.DataFrame) -> bool:
    """Do opening + Σ = closing, only if every reversal counts the other way?"""
    opening, closing = number(group["opening_text"][0]), number(group["closing_text"][0])
    if opening is None or closing is None:
        return False
    standard, turned = opening, opening
    for text, is_credit, is_reversal in group.select("amount", "is_credit", "is_reversal").rows():
        amount = number(text)
        if amount is None:
            return False
        signed = amount if is_credit else -amount
        standard = _EXACT.add(standard, signed)
        turned = _EXACT.add(turned, -signed if is_reversal else signed)
    return standard != closing == turned
