"""Card bills: which bill each movement of a card is on, and when it closes and is due.

Where the owner said on which days bills close and are due (household.toml), the day of a movement
decides. Else the file does, if it is a bill of its own whose name tells the due day, as issuers
name their exports; when it closes, such a name does not tell. A cycle is never guessed.
"""

import re
from datetime import date, timedelta

import polars as pl

from schemas.enrichment import BILL, NAMED_BILL
from schemas.identity import digest
from tasks.enrich.due_days import day_of_month, months_later

_DUE_IN_NAME = re.compile(r"(?<!\d)(20\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?!\d)")
_SEPARATOR = "\x1f"


def bills(movements: pl.DataFrame, holdings: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """Give every movement of a card its bill; one whose bill nothing tells has none.

    Args:
        movements: transaction_id, account_id, account_kind, booked_on, file_sha256.
        holdings: HOLDING.
        files: file_sha256 and name.

    Returns:
        BILL, by transaction_id.
    """
    cards = movements.filter(pl.col("account_kind") == "card").join(
        holdings.select("account_id", "closing_day", "due_day"), on="account_id", how="left"
    )
    is_said = pl.col("closing_day").is_not_null() & pl.col("due_day").is_not_null()
    by_day = _by_day(cards.filter(is_said))
    by_file = _by_file(cards.filter(~is_said), files)
    rows = pl.concat([by_day, by_file]).sort("transaction_id")
    keys = [
        digest(_SEPARATOR.join(("bill", account_id, str(due_on))))
        for account_id, due_on in rows.select("account_id", "due_on").iter_rows()
    ]
    return rows.with_columns(pl.Series("bill_key", keys, pl.String)).select(
        pl.col(name).cast(dtype) for name, dtype in BILL.items()
    )


def named_bills(
    movements: pl.DataFrame, holdings: pl.DataFrame, files: pl.DataFrame, billed: pl.DataFrame
) -> pl.DataFrame:
    """What issuers' file names say of bills beside what follows from the registered days.

    Args:
        movements: transaction_id, account_id, account_kind, file_sha256.
        holdings: HOLDING.
        files: file_sha256 and name.
        billed: BILL of the movements.

    Returns:
        NAMED_BILL, by file and account; nothing of cards without registered days.
    """
    registered = holdings.filter(
        pl.col("closing_day").is_not_null() & pl.col("due_day").is_not_null()
    ).select("account_id", "due_day")
    month = pl.col("named_due_on").dt
    due_day = pl.min_horizontal(month.month_end().dt.day().cast(pl.Int32), pl.col("due_day"))
    return (
        movements.filter(pl.col("account_kind") == "card")
        .join(registered, on="account_id")
        .join(_named(files), on="file_sha256")
        .join(billed.select("transaction_id", "due_on"), on="transaction_id")
        .rename({"named_on": "named_due_on"})
        .group_by("file_sha256", "account_id", "named_due_on", "due_day")
        .agg(pl.col("due_on").max().alias("last_due_on"))
        .with_columns(
            pl.date(month.year(), month.month(), due_day).alias("registered_due_on"),
        )
        .sort("file_sha256", "account_id")
        .select(NAMED_BILL.names())
    )


def cycle_of(booked_on: date, closing_day: int, due_day: int) -> tuple[date, date, date]:
    """First day, closing day and due day of the bill that a day falls into.

    A movement on the closing day is still on the bill; the bill is due on the next due day.
    """
    closes_on = day_of_month(booked_on.year, booked_on.month, closing_day)
    if booked_on > closes_on:
        after = months_later(booked_on.replace(day=1), 1)
        closes_on = day_of_month(after.year, after.month, closing_day)
    before = months_later(closes_on.replace(day=1), -1)
    starts_on = day_of_month(before.year, before.month, closing_day) + timedelta(days=1)
    due_on = day_of_month(closes_on.year, closes_on.month, due_day)
    if due_on <= closes_on:
        after = months_later(closes_on.replace(day=1), 1)
        due_on = day_of_month(after.year, after.month, due_day)
    return starts_on, closes_on, due_on


_ROW = ["transaction_id", "account_id", "starts_on", "closes_on", "due_on"]
_DAYS = {"starts_on": pl.Date, "closes_on": pl.Date, "due_on": pl.Date}


def _by_day(cards: pl.DataFrame) -> pl.DataFrame:
    """Each distinct day of a card is looked at once."""
    days = cards.select("booked_on", "closing_day", "due_day").unique()
    cycles = pl.DataFrame(
        [(*row, *cycle_of(*row)) for row in days.iter_rows()],
        schema={"booked_on": pl.Date, "closing_day": pl.Int32, "due_day": pl.Int32, **_DAYS},
        orient="row",
    )
    return cards.join(cycles, on=["booked_on", "closing_day", "due_day"]).select(_ROW)


def _by_file(cards: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    named = _named(files).rename({"named_on": "due_on"})
    unknown = [pl.lit(None, pl.Date).alias(name) for name in ("starts_on", "closes_on")]
    return cards.join(named, on="file_sha256").with_columns(unknown).select(_ROW)


def _named(files: pl.DataFrame) -> pl.DataFrame:
    """file_sha256 and named_on, of files whose name tells a due day."""
    days = pl.Series("named_on", [_due_in(name) for name in files.get_column("name")], pl.Date)
    return files.select("file_sha256", days).drop_nulls("named_on")


def _due_in(name: str | None) -> date | None:
    """The day in the name of a card issuer's export, such as Nubank_2025-04-02.csv."""
    found = sorted(set(_DUE_IN_NAME.findall(name or "")))  # a gzip and the file in it name it twice
    if len(found) != 1:
        return None
    year, month, day = map(int, found[0])
    try:
        return date(year, month, day)
    except ValueError:
        return None
