"""The accounts of many Norma 43 files, records 11 and 33, and whether the totals agree."""

import polars as pl

from schemas.findings import Code
from schemas.phrase import phrase
from schemas.statement import AccountKind
from tasks.extract.formats.norma43.currencies import iso_code
from tasks.extract.lines import (
    cell,
    day_text,
    decimal_text,
    place,
    remarks,
    statement_rows,
)

_REMEDY = "the balances decide whether the statement is whole; if they fail, ask for a new export"
_END_REMEDY = "if an account is missing, download the statement again; the file may be cut short"
_KEY = ["file_no", "statement_no"]
_MONEY = pl.Decimal(38, 2)


def statements(lines: pl.DataFrame) -> pl.DataFrame:
    """STATEMENT_TEXT: one row a record 11, with its record 33.

    Spanish bank numbers would be taken for those of another country: they get "ES" in front.
    """
    closings = lines.filter(pl.col("code") == "33").select(
        *_KEY, _balance(59).alias("closing_text")
    )
    return statement_rows(
        lines.filter(pl.col("code") == "11")
        .with_columns(
            ("ES" + cell(3, 6)).alias("institution_text"),
            cell(7, 10).alias("branch_text"),
            cell(11, 20).alias("account_text"),
            pl.lit(AccountKind.BANK.value).alias("account_kind"),
            iso_code(cell(48, 50)).alias("currency_text"),
            day_text(cell(21, 26), "ymd", pl.col("year")).alias("starts_text"),
            *(
                day_text(cell(27, 32), "ymd", pl.col("year")).alias(name)
                for name in ("ends_text", "closing_on_text")
            ),
            _balance(33).alias("opening_text"),
        )
        .join(closings, on=_KEY, how="left")
    )


def totals(lines: pl.DataFrame) -> pl.DataFrame:
    """Remarks where the counts or sums of record 33 differ from the movements above it.

    Banks count a movement of zero as a debit or as a credit, whatever its key says.
    """
    found = (
        lines.filter(pl.col("code") == "22")
        .select(
            *_KEY,
            cell(28, 28).alias("key"),
            decimal_text(cell(29, 42), 14, 2).cast(_MONEY).alias("x"),
        )
        .group_by(_KEY)
        .agg(
            (pl.col("x") == 0).sum().alias("zeros"),
            *(
                expr
                for key, name in (("1", "debit"), ("2", "credit"))
                for expr in (
                    ((pl.col("key") == key) & (pl.col("x") != 0)).sum().alias(f"{name}_count"),
                    pl.col("x").filter(pl.col("key") == key).sum().alias(f"{name}_sum"),
                )
            ),
        )
    )
    ends = lines.filter(pl.col("code") == "33").join(found, on=_KEY, how="left")
    ends = ends.with_columns(
        pl.selectors.ends_with("_count").fill_null(0),
        pl.col("zeros").fill_null(0),
        pl.selectors.ends_with("_sum").fill_null(pl.lit(0).cast(_MONEY)),
    )
    said = [*_differences("debit", 21), *_differences("credit", 40)]
    return _remarks(
        ends.with_columns(pl.concat_str(said, separator="; ", ignore_nulls=True).alias("message")),
        _REMEDY,
    )


def counts(lines: pl.DataFrame) -> pl.DataFrame:
    """Remarks where record 88 is missing or counts other than the lines above it.

    The specification does not count record 88 itself; some banks do. None counts a record 00.
    """
    is_end = pl.col("code") == "88"
    is_counted = ~pl.col("code").is_in(["88", "00"])
    blocks = lines.with_columns(is_end.cum_sum(reverse=True).over("file_no").alias("block"))
    sizes = blocks.group_by("file_no", "block").agg(is_counted.sum().cast(pl.Int64).alias("size"))
    ends = blocks.unique(["file_no", "block"], keep="last", maintain_order=True).join(
        sizes, on=["file_no", "block"], maintain_order="left"
    )
    stated = cell(21, 26).cast(pl.Int64, strict=False)
    is_right = (stated - pl.col("size")).is_between(0, 1).fill_null(value=False)
    message = (
        pl.when(~is_end)
        .then(pl.lit("no record 88 ends the file"))
        .when(~is_right)
        .then(phrase("record 88 counts {} records, the file holds {}", cell(21, 26), "size"))
        .otherwise(pl.lit(""))
    )
    return _remarks(ends.with_columns(message.alias("message")), _END_REMEDY)


def _differences(name: str, first: int) -> tuple[pl.Expr, pl.Expr]:
    """What record 33 states and the movements do not make, from a position on."""
    count, money = cell(first, first + 4), decimal_text(cell(first + 5, first + 18), 14, 2)
    least = pl.col(f"{name}_count")
    counted = count.cast(pl.Int64, strict=False)
    is_counted = counted.is_between(least, least + pl.col("zeros")).fill_null(value=False)
    is_summed = money.cast(_MONEY, strict=False).eq_missing(pl.col(f"{name}_sum"))
    return (
        pl.when(~is_counted).then(
            phrase(f"record 33 counts {{}} {name}s, the account holds {{}}", count, least)
        ),
        pl.when(~is_summed).then(
            phrase(
                f"record 33 states {name}s of {{}}, the movements make {{}}",
                money.fill_null("nothing readable"),
                pl.col(f"{name}_sum").cast(pl.String),
            )
        ),
    )


def _remarks(rows: pl.DataFrame, remedy: str) -> pl.DataFrame:
    said = rows.filter(pl.col("message") != "").with_columns(
        place(),
        pl.lit(None, dtype=pl.UInt32).alias("record_no"),
        pl.col("text").str.strip_chars_end().alias("raw_text"),
    )
    return remarks(said, Code.STATED_SUM_DIFFERS, remedy)


def _balance(first: int) -> pl.Expr:
    """A signed balance: the key, 1 for debit and 2 for credit, and 14 digits of cents.

    What is no number stays behind a "?", and that alone if the record was cut short.
    """
    key, digits = cell(first, first), cell(first + 1, first + 14)
    number = pl.when(key.is_in(["1", "2"])).then(decimal_text(digits, 14, 2, key == "1"))
    return pl.coalesce(number, "?" + key + digits)
