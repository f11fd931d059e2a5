"""The statements of many LITAS-ESIS files, records 000, 020 and 999, and whether they agree."""

from collections.abc import Iterator

import polars as pl

from schemas.findings import Code
from schemas.phrase import phrase
from schemas.statement import AccountKind
from tasks.extract.formats.litas_esis.cells import money, named
from tasks.extract.lines import or_printed, place, remarks, statement_rows

_BALANCE_REMEDY = "without both balances nothing proves the statement; ask the bank for a new one"
_SUM_REMEDY = "lines are missing or were changed; download the statement again"
_KEY = ["file_no", "statement_no"]
_WHOLE = pl.Decimal(38, 0)
_HEADER = {"stated_on_text": 2, "bic": 4, "bank": 5, "account_text": 17, "currency_text": 18}
_BALANCE = {"kind": 2, "day": 3, "printed": 5, "mark": 7}
_KINDS = {"LIKUTISPR": "opening", "LIKUTISPB": "closing"}


def statements(lines: pl.DataFrame) -> pl.DataFrame:
    """STATEMENT_TEXT: one row a record 000, with the balances that stand once below it.

    LikutisPR is the balance before the first day of the period, LikutisPB that after the last.
    """
    rows = named(lines.filter(pl.col("code") == "000"), _HEADER).with_columns(
        pl.coalesce("bic", "bank").alias("institution_text"),
        pl.lit(AccountKind.BANK.value).alias("account_kind"),
    )
    balances = _balances(lines).unique([*_KEY, "states"], keep="none")
    for states, days in (("opening", ["starts"]), ("closing", ["ends", "closing_on"])):
        rows = rows.join(
            balances.filter(pl.col("states") == states).select(
                *_KEY,
                pl.col("balance").alias(f"{states}_text"),
                *(pl.col("day").alias(f"{name}_text") for name in days),
            ),
            on=_KEY,
            how="left",
        )
    return statement_rows(rows)


def incomplete(lines: pl.DataFrame) -> pl.DataFrame:
    """Remarks about statements in which a balance is missing, or stands more than once."""
    found = _balances(lines).group_by(_KEY).agg(*_counts())
    rows = (
        lines.filter(pl.col("code") == "000")
        .join(found, on=_KEY, how="left", maintain_order="left")
        .with_columns(pl.col("opening", "closing").fill_null(0))
    )
    said = pl.concat_str(
        [
            pl.when(pl.col(states) != 1).then(
                phrase(f"{{}} lines 020 state the {states} balance, {kind}", states)
            )
            for kind, states in (("LikutisPR", "opening"), ("LikutisPB", "closing"))
        ],
        separator="; ",
        ignore_nulls=True,
    )
    return _remarks(
        rows.with_columns(said.alias("message")), Code.STATEMENT_UNREADABLE, _BALANCE_REMEDY
    )


def control_sums(lines: pl.DataFrame) -> pl.DataFrame:
    """Remarks where record 999 states another sum than the amounts of 010 and 020 above it make.

    Amounts and balances are added up as printed, without regard to C and D; whether with the minus
    of a debt is not laid down.
    """
    cells = named(lines.filter(pl.col("code") != "000"), {"stated": 2, "printed": 5})
    amount = _whole("printed")
    found = (
        cells.filter(pl.col("code") != "999")
        .group_by(_KEY)
        .agg(amount.sum().alias("sum"), amount.abs().sum().alias("sum_without_minus"))
    )
    ends = cells.filter(pl.col("code") == "999").join(
        found, on=_KEY, how="left", maintain_order="left"
    )
    ends = ends.with_columns(
        pl.col("sum", "sum_without_minus").fill_null(pl.lit(0).cast(_WHOLE)),
        _whole("stated").alias("whole"),
    )
    is_equal = pl.any_horizontal(
        (pl.col("whole") == pl.col(name)).fill_null(value=False)
        for name in ("sum", "sum_without_minus")
    )
    message = pl.when(~is_equal).then(
        phrase(
            "record 999 states a control sum of {} cents, the lines above it make {}",
            pl.col("stated"),
            pl.col("sum").cast(pl.String),
        )
    )
    return _remarks(
        ends.with_columns(message.alias("message")), Code.STATED_SUM_DIFFERS, _SUM_REMEDY
    )


def _whole(column: str) -> pl.Expr:
    """A whole number that may be added up; null if it is none, or longer than any amount."""
    text = pl.col(column)
    return pl.when(text.str.contains("^-?[0-9]{1,24}$")).then(text).cast(_WHOLE, strict=False)


def _balances(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines 020 that state the opening or the closing balance; others are a bank's own."""
    rows = named(lines.filter(pl.col("code") == "020"), _BALANCE)
    digits = pl.col("printed").str.strip_prefix("-")
    has_minus = pl.col("printed").str.starts_with("-")
    is_credit, is_debit = (
        (pl.col("mark").str.to_uppercase() == mark).fill_null(value=False) for mark in "CD"
    )
    number = pl.when(~(has_minus & is_credit)).then(money(digits, has_minus | is_debit))
    return rows.with_columns(
        pl.col("kind").str.to_uppercase().replace_strict(_KINDS, default=None).alias("states"),
        or_printed(number, pl.col("printed")).alias("balance"),
    ).drop_nulls("states")


def _counts() -> Iterator[pl.Expr]:
    for states in _KINDS.values():
        yield (pl.col("states") == states).sum().alias(states)


def _remarks(rows: pl.DataFrame, code: Code, remedy: str) -> pl.DataFrame:
    said = rows.filter(pl.col("message") != "").with_columns(
        place(),
        pl.lit(None, dtype=pl.UInt32).alias("record_no"),
        pl.col("text").alias("raw_text"),
    )
    return remarks(said, code, remedy)
