"""The statements of many CFONB 120 files, records 01 and 07."""

import polars as pl

from schemas.findings import Code
from schemas.statement import AccountKind
from tasks.extract.formats.cfonb.amounts import signed
from tasks.extract.lines import cell, day_text, place, remarks, statement_rows

_REMEDY = "without both balances nothing proves the statement; ask the bank for a new export"
_KEY = ["file_no", "statement_no"]


def statements(lines: pl.DataFrame) -> pl.DataFrame:
    """STATEMENT_TEXT: one row an account and period, also where a balance is missing.

    French bank numbers would be taken for those of another country: they get "FR" in front.
    """
    heads = _heads(lines).with_columns(
        ("FR" + cell(3, 7)).alias("institution_text"),
        cell(12, 16).alias("branch_text"),
        cell(22, 32).alias("account_text"),
        pl.lit(AccountKind.BANK.value).alias("account_kind"),
        pl.col("currency").alias("currency_text"),
    )
    ends = _balances(lines, "07", "closing").with_columns(
        pl.col("closing_on_text").alias("ends_text")
    )
    return statement_rows(
        heads.join(_balances(lines, "01", "opening"), on=_KEY, how="left").join(
            ends, on=_KEY, how="left"
        )
    )


def incomplete(lines: pl.DataFrame) -> pl.DataFrame:
    """Remarks about statements that lack the old or the new balance."""
    codes = (
        lines.filter(pl.col("statement_no") > 0)
        .group_by(_KEY)
        .agg(
            (pl.col("code") == "01").any().alias("opens"),
            (pl.col("code") == "07").any().alias("ends"),
        )
    )
    said = [
        pl.when(~pl.col("opens")).then(pl.lit("no record 01 states the old balance")),
        pl.when(~pl.col("ends")).then(pl.lit("no record 07 states the new balance")),
    ]
    rows = (
        _heads(lines)
        .join(codes, on=_KEY, how="left", maintain_order="left")
        .with_columns(
            place(),
            pl.concat_str(said, separator="; ", ignore_nulls=True).alias("message"),
            pl.lit(None, dtype=pl.UInt32).alias("record_no"),
            pl.col("text").str.strip_chars_end().alias("raw_text"),
        )
    )
    return remarks(rows.filter(pl.col("message") != ""), Code.STATED_SUM_DIFFERS, _REMEDY)


def _heads(lines: pl.DataFrame) -> pl.DataFrame:
    """The first line of each statement."""
    return lines.filter((pl.col("statement_no") > 0) & (pl.col("code") != "05")).unique(
        _KEY, keep="first", maintain_order=True
    )


def _balances(lines: pl.DataFrame, code: str, name: str) -> pl.DataFrame:
    """What is no number stays behind a "?", and that alone if the record was cut short."""
    printed = cell(91, 104)
    return lines.filter(pl.col("code") == code).select(
        *_KEY,
        pl.coalesce(signed(printed, pl.col("decimals")), "?" + printed).alias(f"{name}_text"),
        day_text(cell(35, 40), "dmy", pl.col("year")).alias(f"{name}_on_text"),
    )
