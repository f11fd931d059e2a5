"""Movements of the platform, from JSON or CSV alike: their direction, and what is set aside."""

from decimal import Decimal, localcontext

import polars as pl

from schemas.findings import FINDING, Code
from schemas.phrase import phrase
from schemas.statement import Convention
from schemas.transactions import RECORD
from tasks.extract.formats.platform_files.directions import IN, OUT, Doubtful, decide, word_in
from tasks.extract.printed import amount_of

CONVENTION = Convention(
    date_formats=("%Y-%m-%d", "%d/%m/%Y"),
    decimal_mark="either",
    sign="marked",
    debit_marks=(OUT,),
    credit_marks=(IN,),
    currency_signs=("R$",),
    source_rank=6,
)
CURRENCY = "BRL"  # of an account that names none: the platform's own default

CELL = pl.Schema(
    {
        **{
            name: RECORD[name]
            for name in (
                *("file_no", "statement_no", "record_no", "place", "booked_text", "amount_text"),
                *("currency_text", "description", "counterparty", "kind_code", "is_pending"),
                "raw_text",
            )
        },
        "problem": pl.String(),  # the element could not be cut into cells: why
        "hint": pl.String(),  # "in" or "out", where the file names the accounts
        "is_number": pl.Boolean(),  # the amount was a JSON number: its mark is the point
    }
)
"""One row an element of the file, before its direction is known."""

_KEY = ["file_no", "statement_no"]
_SAME = {"debit": "expense", "credit": "income"}
_REMEDY = "see the raw text; load the bank's own file, which says it"


def directed(cells: pl.DataFrame, statements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give each movement its direction.

    Args:
        cells: CELL.
        statements: STATEMENT_TEXT; balances that both are there help to prove a direction.

    Returns:
        RECORD, whose `mark_text` is the direction, and FINDING for all others and for odd days.
    """
    kind = pl.col("kind_code").str.strip_chars().str.to_lowercase().replace(_SAME)
    printed, text = amount_of("amount_text", CONVENTION), pl.col("amount_text").str.strip_chars()
    known = cells.with_columns(printed.alias("printed"), kind.alias("kind")).with_columns(
        pl.when(pl.col("kind") == "income")
        .then(pl.lit(IN))
        .when((pl.col("kind") == "expense") | (pl.col("printed") < 0))
        .then(pl.lit(OUT))
        .when(text.str.starts_with("+") | (pl.col("printed") == 0))
        .then(pl.lit(IN))
        .otherwise(pl.col("hint"))
        .alias("mark_text"),
        _problem(text).alias("code"),
    )
    marked = _with_proofs(known, statements)
    is_unknown = pl.col("mark_text").is_null() & pl.col("printed").is_not_null()
    code = (
        pl.when(pl.col("code").is_null() & is_unknown)
        .then(pl.lit(Code.AMOUNT_AMBIGUOUS.value))
        .otherwise(pl.col("code"))
    )
    marked = marked.with_columns(code.alias("code"))
    kept = marked.filter(pl.col("code").is_null())
    aside = marked.filter(pl.col("code").is_not_null())
    return _records(kept), pl.concat([_set_aside(aside), _odd_days(kept)])


def _problem(text: pl.Expr) -> pl.Expr:
    """The code of what keeps a movement out, whatever its direction; null for most."""
    is_grouped = text.str.contains(r"^[^\d.,]*\d{1,3}\.\d{3}$") & ~pl.col("is_number")
    is_clash = (pl.col("kind") == "income") & (pl.col("printed") < 0)
    return (
        pl.when(pl.col("problem").is_not_null())
        .then(pl.lit(Code.UNREADABLE_ROW.value))
        .when(is_grouped | is_clash)
        .then(pl.lit(Code.AMOUNT_AMBIGUOUS.value))
        .otherwise(pl.lit(None, pl.String))
    )


def _with_proofs(cells: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """Find the directions that only words or balances tell; few statements have such records."""
    rows = pl.int_range(pl.len(), dtype=pl.UInt32).alias("row")
    is_doubtful = pl.col("mark_text").is_null() & pl.col("printed").is_not_null()
    is_doubtful &= pl.col("code").is_null()
    doubtful = cells.with_columns(rows).filter(is_doubtful)
    if doubtful.is_empty():
        return cells
    missing = _missing(cells.filter(~is_doubtful), statements)
    found: dict[int, str | None] = {}
    for key, group in doubtful.group_by(_KEY, maintain_order=True):
        pairs = group.select("printed", "description").iter_rows()
        open_ones = [Doubtful(amount, word_in(said)) for amount, said in pairs]
        found |= zip(group["row"], decide(open_ones, missing.get(key)), strict=True)
    marks = pl.DataFrame({"row": list(found), "mark": list(found.values())}).cast(
        {"row": pl.UInt32, "mark": pl.String}
    )
    return (
        cells.with_columns(rows)
        .join(marks, on="row", how="left", maintain_order="left")
        .with_columns(pl.coalesce("mark_text", "mark").alias("mark_text"))
        .drop("row", "mark")
    )


def _missing(known: pl.DataFrame, statements: pl.DataFrame) -> dict[tuple[object, ...], Decimal]:
    """By statement: closing - opening - Σ of the records whose direction is known.

    A statement that lacks a balance, or has a record without a readable amount, is left out.
    """
    signed = pl.when(pl.col("mark_text") == OUT).then(-pl.col("printed").abs())
    sums = known.group_by(_KEY).agg(
        signed.otherwise(pl.col("printed").abs()).alias("amounts"),
        (pl.col("printed").is_null() | pl.col("code").is_not_null()).any().alias("is_open"),
    )
    told = (
        statements.select(
            *_KEY,
            amount_of("opening_text", CONVENTION).alias("opening"),
            amount_of("closing_text", CONVENTION).alias("closing"),
        )
        .drop_nulls()
        .join(sums, on=_KEY, how="left")
        .filter(~pl.col("is_open").fill_null(value=False))
    )
    with localcontext() as context:
        context.prec = 80
        return {
            (row["file_no"], row["statement_no"]): row["closing"]
            - row["opening"]
            - sum(row["amounts"] or [], Decimal(0))
            for row in told.iter_rows(named=True)
        }


def _records(cells: pl.DataFrame) -> pl.DataFrame:
    """RECORD rows; a time of day falls away, and so does the apostrophe that guards a formula."""
    day = pl.col("booked_text").str.strip_chars().str.replace(r"^(\d{4}-\d\d-\d\d)[T ].*$", "$1")
    unused = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in RECORD.items()
        if name not in cells.columns
    ]
    return cells.with_columns(day.alias("booked_text"), *unused).select(RECORD.names())


def _set_aside(cells: pl.DataFrame) -> pl.DataFrame:
    is_clash = (pl.col("kind") == "income") & (pl.col("printed") < 0)
    said = (
        pl.when(pl.col("problem").is_not_null())
        .then(pl.col("problem"))
        .when(is_clash)
        .then(phrase('amount "{}" is negative, and the movement is income', "amount_text"))
        .when(pl.col("mark_text").is_null())
        .then(
            phrase(
                'amount "{}" has no sign, and nothing proves which way this "{}" went',
                "amount_text",
                pl.col("kind_code").fill_null(""),
            )
        )
        .otherwise(
            phrase(
                'amount "{}" may be thousands or thousandths; nothing in it decides', "amount_text"
            )
        )
    )
    return _findings(cells, said, pl.col("code"), is_set_aside=True)


def _odd_days(cells: pl.DataFrame) -> pl.DataFrame:
    """The platform once wrote the instant of the import where it could not read a date."""
    odd = cells.filter(pl.col("booked_text").str.contains(r"\d[T ]\d\d:\d\d:\d\d\.\d*[1-9]"))
    said = phrase(
        'date "{}" is an instant, perhaps that of the import and not of the movement', "booked_text"
    )
    return _findings(odd, said, pl.lit(Code.DATE_IMPLAUSIBLE.value), is_set_aside=False)


def _findings(
    cells: pl.DataFrame, said: pl.Expr, code: pl.Expr, *, is_set_aside: bool
) -> pl.DataFrame:
    return cells.with_columns(
        said.alias("message"),
        code.alias("code"),
        pl.lit(_REMEDY).alias("remedy"),
        pl.lit(is_set_aside).alias("is_set_aside"),
    ).select(pl.col(name).cast(dtype) for name, dtype in FINDING.items())
