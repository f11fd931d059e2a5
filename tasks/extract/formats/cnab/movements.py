"""The movements of many CNAB 240 files, segment E, cut into cells at once."""

import polars as pl

from tasks.extract.formats.cnab.natures import with_pending
from tasks.extract.lines import (
    cell,
    cut,
    decimal_text,
    or_printed,
    place,
    settled,
    words,
)

_REMEDY = "compare it with the statement of the bank; ask it for a new export"
_MOVEMENT = {
    "bank": (1, 3),
    "nature": (109, 111),
    "valued_text": (135, 142),
    "booked_text": (143, 150),
    "digits": (151, 168),
    "mark": (169, 169),
    "kind_code": (170, 172),
    "history": (177, 201),
    "complement": (202, 240),
}
_BB, _SANTANDER, _ITAU = "001", "033", "341"
_SANTANDER_SPLIT, _SPLIT = 6, 7  # how many characters the document has
_IS_SPLIT = r"^[0-9]{7}(?:\s|\p{L}{2,}(?:\s|$))"


def movements(lines: pl.DataFrame, statements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut segments E out of lines that know their type and statement.

    Args:
        lines: the lines, with type and statement.
        statements: STATEMENT_TEXT of the same files; the balances decide about natures.

    Returns:
        RECORD, and FINDING.
    """
    rows = cut(lines.filter((pl.col("kind") == "3") & (cell(14, 14) == "E")), _MOVEMENT)
    is_marked = pl.col("mark").is_in(["C", "D"])
    amount = decimal_text(pl.col("digits"), 18, 2, pl.col("mark") == "D")
    rows = rows.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("file_no").alias("record_no"),
        pl.when(is_marked).then(amount).alias("amount"),
    )
    rows = with_pending(rows, lines, statements)
    bank_ref, remittance = _complement()
    rows = rows.with_columns(
        place(),
        or_printed(pl.col("amount"), pl.col("digits") + pl.col("mark")).alias("amount_text"),
        words(pl.col("history") + " " + remittance).alias("description"),
        words(bank_ref).alias("bank_ref"),
        pl.col("text").str.strip_chars_end().alias("raw_text"),
        pl.when(pl.col("amount").is_null())
        .then(pl.lit("positions 151 to 169 of segment E are not 18 digits and C or D"))
        .alias("message"),
    )
    return settled(rows, _REMEDY)


def _complement() -> tuple[pl.Expr, pl.Expr]:
    """Positions 202 to 240: the reference of the bank, and more text of the movement.

    Banco do Brasil prints one identification there, Itaú six characters at the end, Santander a
    document of six characters and 33 of text. Other banks print a document of seven and 32 of text,
    or divide it in their own way. It is cut there only where the seven are digits and a blank or a
    word of letters follows; else it is kept whole as text. Zeros alone say nothing.
    """
    bank, whole = pl.col("bank"), pl.col("complement")
    is_split = whole.str.contains(_IS_SPLIT)
    is_empty = whole.str.contains(r"^\s*0*\s*$")
    nothing = pl.lit("")
    bank_ref = (
        pl.when(bank == _BB)
        .then(whole)
        .when(bank == _ITAU)
        .then(whole.str.slice(_SPLIT))
        .when(bank == _SANTANDER)
        .then(_document(_SANTANDER_SPLIT))
        .when(is_split)
        .then(_document(_SPLIT))
        .otherwise(nothing)
    )
    remittance = (
        pl.when(bank.is_in([_BB, _ITAU]) | is_empty)
        .then(nothing)
        .when(bank == _SANTANDER)
        .then(whole.str.slice(_SANTANDER_SPLIT))
        .when(is_split)
        .then(whole.str.slice(_SPLIT))
        .otherwise(whole)
    )
    return bank_ref, remittance


def _document(width: int) -> pl.Expr:
    return pl.col("complement").str.head(width).str.replace("^0+$", "")
