"""The cells of a grid under the names of a record, in a form that the one typing room can read.

Most cells are handed on as printed. Where a bank writes what no convention can say (a month as a
word, a time behind the day, the balance before the row), the text is rewritten; the raw text stays.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import polars as pl

from schemas.bank import ISO_DATE
from schemas.errors import FileError, MalformedFile
from schemas.phrase import phrase
from schemas.statement import Convention
from tasks.extract.printed import amount_of, filled
from tasks.extract.view import Kind, Sheet, View

_YEAR_FIRST = r"^\s*\d{4}"
_SUFFIX = r"\s*([A-Za-z]*)\.?\s*$"


def with_cells(rows: pl.DataFrame, view: View) -> pl.DataFrame:
    """Add the text columns of RECORD, its description and `is_pending` to the rows of a grid."""
    columns = view.layout.columns
    as_printed = {
        "credit_text": columns.credit,
        "debit_text": columns.debit,
        "mark_text": columns.mark,
        "balance_text": columns.balance or columns.day_balance,
        "counterparty": columns.counterparty,
        "bank_ref": columns.bank_ref,
        "kind_code": columns.kind_code,
        "exchange_rate_text": columns.exchange_rate,
    }
    named = rows.with_columns(
        _booked(view).alias("booked_text"),
        _date_text(view, columns.valued_on).alias("valued_text"),
        view.cell(columns.amount).alias("amount_text"),
        _currency(view).alias("currency_text"),
        view.description().alias("description"),
        is_state(view, view.layout.rows.pending).alias("is_pending"),
        *_originals(view),
        *(view.cell(name).alias(target) for target, name in as_printed.items()),
    )
    if view.layout.conventions.sign == "suffixed":
        named = _suffixed(named, view)
    if view.has(columns.fee):
        named = _without_fee(named, view)
    if view.has(columns.balance_before):
        named = _with_balance_after(named, view)
    return named


def with_proven_dates(
    rows: pl.DataFrame, view: View, sheets: Sequence[Sheet]
) -> tuple[pl.DataFrame, dict[int, FileError]]:
    """Decide for each file which of the contradicting date formats it keeps to.

    One format must read more days than any other, or else be the only one in whose order the days
    of the file rise or fall throughout. Days are then written as ISO 8601. Of other formats a file
    may mix those alone that begin with the year, or those that do not: a program of another country
    that saved the table has written the days anew that exist in its own order.

    Returns:
        the rows, and the files in which nothing decides.
    """
    rule = view.layout.conventions
    is_dated = pl.col("kind").is_in([Kind.BROKEN.value, Kind.FILLER.value]).not_()
    if not rule.has_one_date_format:
        return rows, _mixed(rows.filter(is_dated), rule.date_formats, sheets)
    tries = [
        pl.col("booked_text").str.strip_chars().str.to_date(one, strict=False).alias(f"_{one}")
        for one in rule.date_formats
    ]
    dated = rows.filter(is_dated).with_columns(tries)
    of_files = dated.partition_by("file_no", as_dict=True)
    chosen: dict[int, str] = {}
    errors: dict[int, FileError] = {}
    for sheet in sheets:
        of_file = of_files.get((sheet.file_no,))
        if of_file is None:
            continue
        found = _proven({one: of_file[f"_{one}"] for one in rule.date_formats})
        if found is None:
            errors[sheet.file_no] = _undecided(sheet.name, rule.date_formats)
        else:
            chosen[sheet.file_no] = found
    return _rewritten(rows, chosen), errors


def with_years(rows: pl.DataFrame, days: Mapping[int, date]) -> pl.DataFrame:
    """Give days without year the latest year in which they are not after the day of the export.

    Args:
        rows: of files that write day and month alone.
        days: by file, the day of the export; days of other files stay as printed.
    """
    parts = pl.col("booked_text").str.extract_groups(r"^\s*(?<day>\d{1,2})\D(?<month>\d{1,2})\s*$")
    day, month = (parts.struct.field(name).cast(pl.Int32) for name in ("day", "month"))
    file_no = pl.col("file_no")
    year = file_no.replace_strict({n: d.year for n, d in days.items()}, default=None)
    last = file_no.replace_strict({n: d.month * 100 + d.day for n, d in days.items()}, default=None)
    year = pl.when(month * 100 + day > last).then(year - 1).otherwise(year)
    return rows.with_columns(
        pl.coalesce(phrase("{}/{}/{}", day, month, year), "booked_text").alias("booked_text")
    )


def with_continuations(rows: pl.DataFrame) -> pl.DataFrame:
    """Join rows that have neither day nor money to the text of the movement above them."""
    money = ("amount_text", "credit_text", "debit_text", "balance_text")
    blank = pl.all_horizontal(
        pl.col(name).fill_null("").str.strip_chars() == "" for name in ("booked_text", *money)
    )
    is_movement = pl.col("kind") == Kind.MOVEMENT
    anchor = pl.when(is_movement & ~blank).then("line_no").when(~is_movement).then(0)
    anchored = rows.with_columns(
        anchor.forward_fill().over("file_no").fill_null(0).alias("_anchor")
    ).with_columns((is_movement & blank & (pl.col("_anchor") > 0)).alias("_continues"))
    more = (
        anchored.filter("_continues")
        .group_by("file_no", pl.col("_anchor").alias("line_no").cast(pl.UInt32))
        .agg(
            pl.col("description").str.strip_chars().str.join(" ").alias("_text"),
            pl.col("raw_text").str.join("\n").alias("_raw"),
        )
    )
    text = pl.concat_str("description", "_text", separator=" ", ignore_nulls=True)
    raw = pl.concat_str("raw_text", "_raw", separator="\n", ignore_nulls=True)
    is_joined = pl.col("_raw").is_not_null()
    return (
        anchored.join(more, on=["file_no", "line_no"], how="left", maintain_order="left")
        .with_columns(
            pl.when(is_joined).then(text).otherwise("description").alias("description"),
            pl.when(is_joined).then(raw).otherwise("raw_text").alias("raw_text"),
            pl.when("_continues")
            .then(pl.lit(Kind.FILLER.value, dtype=pl.UInt8))
            .otherwise("kind")
            .alias("kind"),
        )
        .drop("_anchor", "_continues", "_text", "_raw")
    )


def as_printed(amount: pl.Expr, decimal_mark: str) -> pl.Expr:
    """A Decimal as a file with this mark prints it, without group marks."""
    text = amount.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
    return text.str.replace(".", ",", literal=True) if decimal_mark == "," else text


def plain_day(cell: pl.Expr, date_part: str, month_names: Sequence[str]) -> pl.Expr:
    """The part of a cell that is the date, with the month as a number.

    Args:
        cell: text that holds a date.
        date_part: a pattern whose group is the date; "" takes the whole cell.
        month_names: twelve names in small letters, or none.
    """
    if date_part:
        cell = pl.coalesce(cell.str.extract(date_part, 1), cell)
    if month_names:
        numbers = [f"{number:02}" for number in range(1, 13)]
        small = cell.str.to_lowercase()
        dated = small.str.replace_many(list(month_names), numbers)
        cell = pl.when(dated != small).then(dated).otherwise(cell)
    return cell


def _booked(view: View) -> pl.Expr:
    columns = view.layout.columns
    booked = _date_text(view, columns.booked_on)
    if not view.has(columns.booked_else):
        return booked
    is_empty = view.cell(columns.booked_on).str.strip_chars() == ""
    return pl.when(is_empty).then(_date_text(view, columns.booked_else)).otherwise(booked)


def _date_text(view: View, column: str | None) -> pl.Expr:
    rule = view.layout.conventions
    return plain_day(view.cell(column), rule.date_part or "", rule.month_names)


def _currency(view: View) -> pl.Expr:
    cell = view.cell(view.layout.columns.currency)
    names = view.layout.conventions.currency_names
    return cell.str.strip_chars().replace(names) if names else cell


def _originals(view: View) -> Iterator[pl.Expr]:
    """The amount in the currency of the purchase; a zero where there is none stands for nothing."""
    columns, account = view.layout.columns, view.layout.account
    amount, currency = view.cell(columns.original_amount), view.cell(columns.original_currency)
    if account.original_currency is not None:
        is_there = amount.str.contains("[1-9]")
        amount = pl.when(is_there).then(amount)
        currency = pl.when(is_there).then(pl.lit(account.original_currency))
    yield amount.alias("original_amount_text")
    yield currency.alias("original_currency")


def is_state(view: View, pattern: str | None) -> pl.Expr:
    """Whether the status of a row fits a pattern; none fits where the layout or header has none."""
    if pattern is None or not view.has(view.layout.columns.status):
        return pl.lit(value=False)
    return view.cell(view.layout.columns.status).str.contains(pattern).fill_null(value=False)


def _suffixed(rows: pl.DataFrame, view: View) -> pl.DataFrame:
    """Part the amount from the mark that stands behind it, or else from one before it."""
    rule, amount = view.layout.conventions, pl.col("amount_text")
    marks = "|".join(re.escape(one) for one in (*rule.debit_marks, *rule.credit_marks) if one)
    before = rf"^\s*(?i:({marks}))[\s.(\d]" if marks else "(^$)"
    behind = amount.str.extract(_SUFFIX, 1)
    is_before = (behind == "") & amount.str.contains(before)
    return rows.with_columns(
        pl.when(is_before).then(amount.str.extract(before, 1)).otherwise(behind).alias("mark_text"),
        pl.when(is_before)
        .then(amount.str.replace(r"^\s*[A-Za-z]+\.?", ""))
        .otherwise(amount.str.replace(_SUFFIX, ""))
        .alias("amount_text"),
    )


def _without_fee(rows: pl.DataFrame, view: View) -> pl.DataFrame:
    """The amount that moved: what is printed less the fee, where there is one.

    Where the fee cannot be read, neither can the amount.
    """
    rule = view.layout.convention
    sign = 1 if view.layout.conventions.is_fee_signed else -1
    fees = rows.with_columns(view.cell(view.layout.columns.fee).alias("_fee"))
    fee = amount_of("_fee", rule) * sign
    if rule.sign == "columns":
        credit, debit = _or_zero("credit_text", rule), _or_zero("debit_text", rule).abs()
        is_one = (credit == 0) | (debit == 0)
        moved = pl.when(is_one).then(credit - debit + fee).otherwise(None)
        parts: dict[str, pl.Expr] = {
            "credit_text": pl.when(moved >= 0).then(moved),
            "debit_text": pl.when(moved < 0).then(-moved),
        }
    else:
        moved = _or_zero("amount_text", rule) + fee
        parts = {"amount_text": moved}
    has_fee = (fee != 0).fill_null(value=False) & moved.is_not_null()
    is_unread = fee.is_null() & filled("_fee").is_not_null()
    return fees.with_columns(
        pl.when(has_fee)
        .then(as_printed(part, rule.decimal_mark))
        .when(is_unread)
        .then(phrase("{} with fee {}", pl.col(column).fill_null(""), "_fee"))
        .otherwise(column)
        .alias(column)
        for column, part in parts.items()
    ).drop("_fee")


def _or_zero(column: str, rule: Convention) -> pl.Expr:
    """The amount of a cell, zero where it is blank; null only where it cannot be read."""
    return pl.when(filled(column).is_null()).then(0).otherwise(amount_of(column, rule))


def _with_balance_after(rows: pl.DataFrame, view: View) -> pl.DataFrame:
    """The balance after each row: that before it, and what the row moved."""
    rule = view.layout.convention
    cells = rows.with_columns(view.cell(view.layout.columns.balance_before).alias("_before"))
    after = amount_of("_before", rule) + amount_of("amount_text", rule)
    return cells.with_columns(
        pl.coalesce(as_printed(after, rule.decimal_mark), "_before").alias("balance_text")
    ).drop("_before")


def are_of_two_kinds(formats: Sequence[str]) -> bool:
    """Do some ways of writing a day begin with the year, and others not?"""
    return len({one.startswith("%Y") for one in formats}) > 1


def _mixed(
    dated: pl.DataFrame, formats: Sequence[str], sheets: Sequence[Sheet]
) -> dict[int, FileError]:
    """The files in which some days begin with the year, and others do not."""
    if not are_of_two_kinds(formats):
        return {}
    text = pl.col("booked_text")
    days = dated.filter(text.str.contains(r"^\s*\d+\D\d+\D\d+"))
    is_year = days["booked_text"].str.contains(_YEAR_FIRST)
    years, others = set(days.filter(is_year)["file_no"]), days.filter(~is_year)
    mixed = others.filter(pl.col("file_no").is_in(years)).unique("file_no", keep="first")
    where = dict(mixed.select("file_no", "line_no").iter_rows())
    return {
        one.file_no: MalformedFile(
            f"{one.name}: line {where[one.file_no]}",
            "some days begin with the year, and this one does not: day and month may be swapped",
            "export the table again, and do not save it with another program",
        )
        for one in sheets
        if one.file_no in where
    }


def _proven(days: Mapping[str, pl.Series]) -> str | None:
    """The one format that the days of a file prove, or null."""
    counts = {one: series.len() - series.null_count() for one, series in days.items()}
    most = [one for one, count in counts.items() if count == max(counts.values())]
    first = days[most[0]]
    if len(most) == 1 or all(days[one].equals(first) for one in most):
        return most[0]
    ordered = [one for one in most if _is_ordered(days[one].drop_nulls())]
    return ordered[0] if len(ordered) == 1 else None


def _is_ordered(days: pl.Series) -> bool:
    return days.is_sorted() or days.is_sorted(descending=True)


def _rewritten(rows: pl.DataFrame, chosen: Mapping[int, str]) -> pl.DataFrame:
    """The days as ISO 8601, by the format of their file; other text stays as printed."""
    if not chosen:
        return rows
    cells = {}
    for column in ("booked_text", "valued_text"):
        text = pl.lit(None, dtype=pl.String)
        for one in sorted(set(chosen.values())):
            files = [number for number, name in chosen.items() if name == one]
            day = pl.col(column).str.strip_chars().str.to_date(one, strict=False)
            is_its = pl.col("file_no").is_in(files)
            text = pl.when(is_its).then(day.dt.strftime(ISO_DATE)).otherwise(text)
        cells[column] = pl.coalesce(text, column)
    return rows.with_columns(**cells)


def _undecided(name: str, formats: Sequence[str]) -> FileError:
    return MalformedFile(
        name,
        f"its dates may be written as {' or '.join(formats)}, and nothing in the file decides",
        "export a longer period, with a day after the 12th of its month",
    )
