"""The statements of many CODA files, records 1 and 8, and whether record 9 agrees with them."""

import polars as pl

from schemas.findings import Code
from schemas.phrase import phrase
from schemas.statement import AccountKind
from tasks.extract.lines import (
    cell,
    day_text,
    decimal_text,
    place,
    remarks,
    statement_rows,
    words,
)

_REMEDY = "the balances decide whether the statement is whole; if they fail, ask for a new export"
_OTHER_REMEDY = "compare account and balance with the statement on paper; ask for a new export"
_STATEMENT = ["file_no", "statement_no"]
_MONEY = pl.Decimal(38, 3)


def statements(lines: pl.DataFrame) -> pl.DataFrame:
    """STATEMENT_TEXT: one row a record 1, with its record 8 and the header of its file."""
    headers = lines.filter(pl.col("code") == "0").select(
        "block",
        words(cell(61, 71)).alias("institution_text"),
        _day(6).alias("stated_on_text"),
    )
    closings = lines.filter(pl.col("code") == "8").select(
        *_STATEMENT,
        _balance(42).alias("closing_text"),
        _day(58).alias("closing_on_text"),
        _day(58).alias("ends_text"),
    )
    openings = lines.filter(pl.col("code") == "1").with_columns(
        _account(6).alias("account_text"),
        words(pl.when(_is_short("text")).then(cell(19, 21)).otherwise(cell(40, 42))).alias(
            "currency_text"
        ),
        _balance(43).alias("opening_text"),
        _day(59).alias("opening_on_text"),
        pl.lit(AccountKind.BANK.value).alias("account_kind"),
    )
    return statement_rows(
        openings.join(headers, on="block", how="left").join(closings, on=_STATEMENT, how="left")
    )


def other_accounts(lines: pl.DataFrame) -> pl.DataFrame:
    """Remarks where record 8 names another account than record 1; one that names none is fine.

    Its balance is kept and proves what it can: in files whose account numbers were changed to hide
    them, the two differ although the balances close.
    """
    opened = lines.filter(pl.col("code") == "1").select(
        *_STATEMENT, pl.col("text").alias("opening"), _account(6).alias("account")
    )
    closed = lines.filter(pl.col("code") == "8").join(
        opened, on=_STATEMENT, how="inner", maintain_order="left"
    )
    strange = closed.filter(_account(5, "opening") != pl.col("account")).with_columns(
        place(),
        pl.lit(None, dtype=pl.UInt32).alias("record_no"),
        pl.col("text").str.strip_chars_end().alias("raw_text"),
        pl.lit("the record of the new balance (8) is of another account").alias("message"),
    )
    return remarks(strange, Code.STATEMENT_UNREADABLE, _OTHER_REMEDY)


def totals(lines: pl.DataFrame) -> pl.DataFrame:
    """Remarks where the count or the sums of record 9 differ from what stands above it.

    The specification counts the records 1, 2, 3 and 8; some banks count the messages 4 as well.
    """
    amount = decimal_text(cell(33, 47), 15, 3).cast(_MONEY)
    sums = (
        lines.filter((pl.col("record") == "21") & (cell(7, 10) == "0000"))
        .select("block", cell(32, 32).alias("sign"), amount.alias("amount"))
        .group_by("block")
        .agg(
            pl.col("amount").filter(pl.col("sign") == "1").sum().alias("debits"),
            pl.col("amount").filter(pl.col("sign") == "0").sum().alias("credits"),
        )
    )
    counts = lines.group_by("block").agg(
        pl.col("code").is_in(["1", "2", "3", "8"]).sum().alias("count"),
        pl.col("code").is_in(["1", "2", "3", "4", "8"]).sum().alias("full_count"),
    )
    found = counts.join(sums, on="block", how="left").with_columns(
        pl.col("debits", "credits").fill_null(pl.lit(0).cast(_MONEY))
    )
    trailers = lines.filter(pl.col("code") == "9").with_columns(
        place(), pl.col("text").str.strip_chars_end().alias("raw_text")
    )
    compared = trailers.join(found, on="block", how="left", maintain_order="left")
    stated = cell(17, 22).str.to_integer(strict=False)
    is_counted = (stated == pl.col("count")) | (stated == pl.col("full_count"))
    said = [
        pl.when(~is_counted.fill_null(value=False)).then(
            phrase("record 9 counts {} records, the file holds {}", cell(17, 22), "count")
        ),
        *(
            _unequal(name, decimal_text(cell(first, first + 14), 15, 3))
            for name, first in (("debits", 23), ("credits", 38))
        ),
    ]
    differing = compared.with_columns(
        pl.concat_str(said, separator="; ", ignore_nulls=True).alias("message"),
        pl.lit(None, dtype=pl.UInt32).alias("record_no"),
    ).filter(pl.col("message") != "")
    return remarks(differing, Code.STATED_SUM_DIFFERS, _REMEDY)


def _unequal(name: str, stated: pl.Expr) -> pl.Expr:
    differs = stated.cast(_MONEY, strict=False).ne_missing(pl.col(name))
    return pl.when(differs).then(
        phrase(
            f"record 9 states {name} of {{}}, the movements make {{}}",
            stated.fill_null("nothing readable"),
            pl.col(name).cast(pl.String),
        )
    )


def _account(first: int, opening: str = "text") -> pl.Expr:
    """The account number from a position on.

    The account structure of version 2 tells how long it is: 0 is a Belgian number, 1 a foreign one,
    2 a Belgian and 3 a foreign IBAN.

    Args:
        first: the position, 6 in record 1 and 5 in record 8.
        opening: the column of the record 1, which alone names the structure.
    """
    account = (
        pl.when(_is_short(opening))
        .then(cell(first, first + 11))
        .when(cell(2, 2, opening) == "2")
        .then(cell(first, first + 15))
        .otherwise(cell(first, first + 33))
    )
    return words(account).str.split(" ").list.first()


def _is_short(opening: str) -> pl.Expr:
    """A record 1 holds a Belgian number, not an IBAN, and so its currency stands further left.

    Version 1, and banks that leave the structure out, are told by where the currency stands.
    """
    at_end = cell(40, 42, opening).str.contains(r"^[A-Z]{3}$")
    return (cell(2, 2, opening) == "0") | ~at_end


def _balance(first: int) -> pl.Expr:
    """A signed balance: the sign, 0 for credit and 1 for debit, and 15 digits of thousandths.

    What is no number stays behind a "?", and that alone if the record was cut short.
    """
    sign, digits = cell(first, first), cell(first + 1, first + 15)
    number = pl.when(sign.is_in(["0", "1"])).then(decimal_text(digits, 15, 3, sign == "1"))
    return pl.coalesce(number, "?" + sign + digits)


def _day(first: int) -> pl.Expr:
    return day_text(cell(first, first + 5), "dmy", pl.col("year"))
