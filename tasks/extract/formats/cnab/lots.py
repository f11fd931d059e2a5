"""The statements of many CNAB 240 files: one a lot, records 1 and 5."""

import polars as pl

from schemas.statement import AccountKind
from tasks.extract.lines import cell, decimal_text, or_printed, statement_rows, words

_KEY = ["file_no", "statement_no"]


def statements(lines: pl.DataFrame) -> pl.DataFrame:
    """STATEMENT_TEXT: one row a lot. Branch and account are printed with their check digits."""
    dates = lines.filter(pl.col("kind") == "0").select(
        "file_no", words(cell(144, 151)).alias("stated_on_text")
    )
    stated = lines.filter("is_stated")
    ends = stated.filter(pl.col("kind") == "5").select(
        *_KEY,
        _balance().alias("closing_text"),
        _day().alias("closing_on_text"),
        _day().alias("ends_text"),
    )
    return statement_rows(
        stated.filter(pl.col("kind") == "1")
        .with_columns(
            cell(1, 3).alias("institution_text"),
            _with_digit(cell(53, 57), cell(58, 58)).alias("branch_text"),
            _with_digit(cell(59, 70), cell(71, 71)).alias("account_text"),
            pl.lit(AccountKind.BANK.value).alias("account_kind"),
            words(cell(171, 173)).alias("currency_text"),
            _balance().alias("opening_text"),
            _day().alias("opening_on_text"),
        )
        .join(ends, on=_KEY, how="left")
        .join(dates.unique("file_no", keep="first"), on="file_no", how="left")
    )


def _with_digit(number: pl.Expr, digit: pl.Expr) -> pl.Expr:
    return words(pl.when(digit.str.contains(r"\S")).then(number + "-" + digit).otherwise(number))


def _balance() -> pl.Expr:
    """A balance: 18 digits of cents, and C or D."""
    digits, mark = cell(151, 168), cell(169, 169)
    number = pl.when(mark.is_in(["C", "D"])).then(decimal_text(digits, 18, 2, mark == "D"))
    return or_printed(number, digits + mark)


def _day() -> pl.Expr:
    return words(cell(143, 150))
