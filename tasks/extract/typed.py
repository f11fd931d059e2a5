"""One room gives types: text cells become dates and Decimals, for every format and the whole batch.

A cell that has text but no value is a finding, never just a null. Nothing is guessed: the
convention of the format or the bank layout says how dates, numbers and signs are written.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

import polars as pl

from schemas.findings import FINDING, Code, no_findings
from schemas.money import DECIMAL_PLACES, NO_CURRENCY, RATE
from schemas.phrase import phrase
from schemas.statement import STATEMENT, Convention
from schemas.transactions import DETAIL, TYPED
from tasks.extract.printed import amount_of, balance_of, date_of, filled, is_lost, trimmed

_SPACES = "[\\s\u00a0\u2007\u2009\u202f]"
_ISO = "^[A-Z]{3}$"
# Those without in ISO 4217, and others that banks write so, as PayPal the forint: "1.206".
_CENTLESS = [name for name, places in DECIMAL_PLACES.items() if not places]
_HAS_NO_CENTS = pl.col("currency").is_in([*_CENTLESS, "COP", "HUF", "IDR", "TWD"])
_PLAIN = ("counterparty", "bank_ref", "kind_code", "original_currency")
_REMEDY = (
    "correct the export, or the [conventions] of its layout if it has one;"
    " then buffet quarantine retry"
)


@dataclass(frozen=True)
class Typed:
    """The outcome of typing: TYPED records, and FINDING rows for those that could not be typed."""

    records: pl.DataFrame
    findings: pl.DataFrame


def type_records(records: pl.DataFrame, statements: pl.DataFrame, rule: Convention) -> Typed:
    """Type RECORD rows; the statement's currency fills in where a record names none.

    Args:
        records: RECORD.
        statements: STATEMENT, typed, of the same files.
        rule: how these files write dates, numbers and signs.

    Returns:
        TYPED rows that have a date and an amount, and one finding for every other row.
    """
    if records.is_empty():
        return Typed(TYPED.to_frame(), no_findings())
    cells = _with_amounts(_with_currency(records, statements), rule).with_columns(
        date_of("booked_text", rule).alias("booked_on"),
        date_of("valued_text", rule).alias("valued_on"),
        trimmed("currency_text")
        .str.to_uppercase()
        .fill_null(pl.col("_currency"))
        .fill_null(NO_CURRENCY)
        .alias("currency"),
        pl.when(pl.col("is_pending").fill_null(value=False))
        .then(pl.lit("pending"))
        .otherwise(pl.lit("booked"))
        .alias("status"),
        *(trimmed(name).alias(name) for name in _PLAIN),
        pl.col("description").fill_null("").str.strip_chars(),
        pl.col("raw_text").fill_null(""),
    )
    right, findings = cells, no_findings()
    if cells.select(_is_doubtful(rule).any()).item():  # hardly ever: a closer look, and a copy
        cells = cells.with_columns(_complaint(rule).alias("code"))
        wrong = pl.col("code").is_not_null()
        right, findings = cells.filter(~wrong), _findings(cells.filter(wrong), rule)
    kept = right.select(pl.col(name).cast(dtype) for name, dtype in TYPED.items())
    return Typed(kept, findings.vstack(_remarks(right, Code.ORIGINAL_UNREADABLE)))


def type_details(details: pl.DataFrame, records: pl.DataFrame, rule: Convention) -> Typed:
    """Type DETAIL_TEXT rows; a detail whose numbers cannot be read keeps its text and is remarked.

    Args:
        details: DETAIL_TEXT.
        records: TYPED, the records that these are parts of; details of no record fall away with it.
        rule: how these files write dates, numbers and signs.

    Returns:
        DETAIL rows, and one remark for each that could not be read whole.
    """
    if details.is_empty():
        return Typed(DETAIL.to_frame(), no_findings())
    key = ["file_no", "statement_no", "record_no"]
    amount = amount_of("amount_text", rule)
    cells = details.join(
        records.select(*key, pl.col("currency").alias("_currency")),
        on=key,
        how="inner",
        maintain_order="left",
    ).with_columns(
        (-amount if rule.sign == "inverted" else amount).alias("amount"),
        *_originals(rule),
        trimmed("currency_text")
        .str.to_uppercase()
        .fill_null(pl.col("_currency"))
        .alias("currency"),
        *(trimmed(name).alias(name) for name in _PLAIN),
        pl.col("description").fill_null("").str.strip_chars(),
        pl.col("raw_text").fill_null(""),
    )
    texts = pl.selectors.string()
    if cells.select(pl.any_horizontal(texts.str.contains("\0", literal=True).any())).item():
        nul = texts.str.replace_all("\0", "\N{REPLACEMENT CHARACTER}", literal=True)
        cells = cells.with_columns(nul)  # hardly ever: a copy
    kept = cells.select(pl.col(name).cast(dtype) for name, dtype in DETAIL.items())
    return Typed(kept, _remarks(cells, Code.DETAIL_UNREADABLE))


def type_statements(statements: pl.DataFrame, rule: Convention) -> pl.DataFrame:
    """Type STATEMENT_TEXT rows to STATEMENT; a balance or date that cannot be read is null.

    Statements are few, and what they say is checked against their records by the validation.
    """
    ref = filled("account_text").str.replace_all(f"{_SPACES}|[-./]", "").str.to_uppercase()
    branch = filled("branch_text").str.replace_all(f"{_SPACES}|[-./]", "")
    return statements.with_columns(
        _institution().alias("institution"),
        pl.when(branch.is_null())
        .then(_unpadded(ref))
        .otherwise(_unpadded(branch) + "/" + _unpadded(ref))
        .alias("account_ref"),
        trimmed("currency_text").str.to_uppercase().alias("currency"),
        *(
            date_of(f"{name}_text", rule).alias(name)
            for name in ("opening_on", "closing_on", "stated_on")
        ),
        date_of("starts_text", rule).alias("starts_on"),
        date_of("ends_text", rule).alias("ends_on"),
        balance_of("opening_text", rule).alias("opening_balance"),
        balance_of("closing_text", rule).alias("closing_balance"),
    ).select(pl.col(name).cast(dtype) for name, dtype in STATEMENT.items())


def unread(printed: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """One remark for each statement that prints a balance or a day which could not be read.

    Args:
        printed: STATEMENT_TEXT.
        statements: STATEMENT, the same rows typed.

    Returns:
        FINDING rows that set nothing aside: without the balance, the statement is unproven.
    """
    columns = {
        **{f"{name}_text": f"{name}_balance" for name in ("opening", "closing")},
        **{f"{name}_on_text": f"{name}_on" for name in ("opening", "closing", "stated")},
        **{f"{name}_text": f"{name}_on" for name in ("starts", "ends")},
    }
    cells = pl.concat(
        [
            printed.select("file_no", "statement_no", *columns),
            statements.select(list(columns.values())),
        ],
        how="horizontal",
    )
    bad = {
        text: filled(text).str.contains("[^0\\s/.-]") & pl.col(value).is_null()
        for text, value in columns.items()
    }
    wrong = cells.filter(pl.any_horizontal(*bad.values()))
    if wrong.is_empty():
        return no_findings()
    return wrong.with_columns(
        record_no=pl.lit(None, dtype=pl.UInt32),
        place=phrase("statement {}", "statement_no"),
        code=pl.lit(Code.STATEMENT_UNREADABLE.value),
        message=phrase(
            '"{}" is not a balance or a day as this file writes them',
            pl.coalesce(pl.when(is_bad).then(pl.col(text)) for text, is_bad in bad.items()),
        ),
        remedy=pl.lit("what it would have proved stays unproven; compare it with the bank"),
        raw_text=pl.lit(""),
        is_set_aside=pl.lit(value=False),
    ).select(pl.col(name).cast(dtype) for name, dtype in FINDING.items())


@cache
def institutions() -> dict[str, str]:
    """Bank codes and printed names, and the one name that we use for each bank."""
    known = tomllib.loads(
        resources.files("tasks.extract").joinpath("institutions.toml").read_text(encoding="utf-8")
    )
    return {**known["codes"], **known["names"]}


def _institution() -> pl.Expr:
    """The one name of a bank, else its code or name as printed, in small letters.

    A number is a code of Brazil (COMPE), zeros in front or not, where the account is in reais; or
    a short one, where it names no currency. Elsewhere zeros in front belong to it.
    """
    plain, known = pl.col("institution_text").str.strip_chars(), institutions()
    reais = trimmed("currency_text").str.to_uppercase().is_in(["BRL", "R$"])
    is_of_brazil = reais.fill_null(plain.str.len_chars() <= len("0341"))
    code = pl.when(is_of_brazil & plain.str.contains(r"^\d+$")).then(
        plain.str.strip_chars_start("0").str.zfill(3).replace(known)
    )
    elsewhere = {one: name for one, name in known.items() if not re.fullmatch(r"\d{3}", one)}
    return code.otherwise(plain.str.to_lowercase().replace(elsewhere))


def _with_currency(records: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """Add the currency of each record's statement; nearly always it is one for all of them."""
    known = statements["currency"].unique()
    if len(known) == 1:
        return records.with_columns(pl.lit(known[0], dtype=pl.String).alias("_currency"))
    return records.join(
        statements.select("file_no", "statement_no", pl.col("currency").alias("_currency")),
        on=["file_no", "statement_no"],
        how="left",
        maintain_order="left",
    )


def _with_amounts(cells: pl.DataFrame, rule: Convention) -> pl.DataFrame:
    """Add amount, balance_after and original_amount, signed so that + is into the account."""
    printed = amount_of("amount_text", rule)
    match rule.sign:
        case "signed":
            amount = printed
        case "inverted":
            amount = -printed
        case "columns":
            credit, debit = amount_of("credit_text", rule), amount_of("debit_text", rule)
            credit = credit.abs() if rule.has_negative_credits else credit
            is_credit = credit.is_not_null() & (credit != 0)
            is_debit = debit.is_not_null() & (debit != 0)
            amount = (
                pl.when((is_credit & is_debit) | is_lost(credit, debit))
                .then(None)
                .when(is_credit)
                .then(credit)
                .otherwise(pl.coalesce(-debit.abs(), credit))
            )
        case "marked":
            mark = pl.col("mark_text").str.strip_chars().str.to_uppercase()
            amount = (
                pl.when(mark.is_in([m.upper() for m in rule.debit_marks]))
                .then(-printed.abs())
                .when(mark.is_in([m.upper() for m in rule.credit_marks]))
                .then(printed.abs())
                .otherwise(None)
            )
        case other:
            raise AssertionError(f"unknown sign rule {other}")
    return cells.with_columns(
        amount.alias("amount"),
        balance_of("balance_text", rule).alias("balance_after"),
        *_originals(rule),
    )


def _originals(rule: Convention) -> Iterator[pl.Expr]:
    """The amount in the currency of the purchase, and the rate, where the bank prints them."""
    yield amount_of("original_amount_text", rule).alias("original_amount")
    yield amount_of("exchange_rate_text", rule).cast(RATE, strict=False).alias("exchange_rate")


def _is_doubtful(rule: Convention) -> pl.Expr:
    """A cheap look at a record: false only where there is nothing to complain of."""
    unread = [
        pl.col(text).is_not_null() & pl.col(value).is_null()
        for text, value in (("valued_text", "valued_on"), ("balance_text", "balance_after"))
    ]
    is_ambiguous = (
        pl.col("amount_text").str.contains(",", literal=True).fill_null(value=False) | _HAS_NO_CENTS
        if rule.decimal_mark == "either"
        else pl.lit(value=False)
    )
    return pl.any_horizontal(
        pl.col("booked_on", "amount").is_null(),
        *unread,
        is_ambiguous,
        ~pl.col("currency").unique().str.contains(_ISO).all(),
    )


def _complaint(rule: Convention) -> pl.Expr:
    """The code of the first thing that keeps a record out, or null."""
    columns = {"columns": ["credit_text", "debit_text"]}.get(rule.sign, ["amount_text"])
    has_amount_text = pl.any_horizontal(filled(name).is_not_null() for name in columns)
    zeros = pl.col("booked_text").str.contains(r"^[0\s/.-]*$")
    ambiguous = (
        pl.col("amount_text").str.contains(r"^\s*[+-]?\d{1,3},\d{3}\s*$")
        | (_HAS_NO_CENTS & pl.col("amount_text").str.contains(r"^\s*[+-]?\d{1,3}\.\d{3}\s*$"))
        if rule.decimal_mark == "either"
        else pl.lit(value=False)
    )
    return (
        pl.when(filled("booked_text").is_null() | zeros)
        .then(pl.lit(Code.DATE_MISSING.value))
        .when(pl.col("booked_on").is_null())
        .then(pl.lit(Code.DATE_UNREADABLE.value))
        .when(filled("valued_text").is_not_null() & pl.col("valued_on").is_null() & ~_no_date())
        .then(pl.lit(Code.DATE_UNREADABLE.value))
        .when(~has_amount_text)
        .then(pl.lit(Code.AMOUNT_MISSING.value))
        .when(ambiguous)
        .then(pl.lit(Code.AMOUNT_AMBIGUOUS.value))
        .when(pl.col("amount").is_null())
        .then(pl.lit(Code.AMOUNT_UNREADABLE.value))
        .when(~pl.col("currency").str.contains(_ISO))
        .then(pl.lit(Code.CURRENCY_UNREADABLE.value))
        .when(filled("balance_text").is_not_null() & pl.col("balance_after").is_null())
        .then(pl.lit(Code.BALANCE_UNREADABLE.value))
        .otherwise(None)
    )


def _findings(cells: pl.DataFrame, rule: Convention) -> pl.DataFrame:
    """One finding a record that could not be typed: what is written, and what was expected."""
    dates = " or ".join(rule.date_formats)
    marks = f'group mark "{rule.group_mark}" and decimal mark "{rule.decimal_mark}"'
    texts = ("amount_text", "credit_text", "debit_text")
    unread = (pl.when(amount_of(name, rule).is_null()).then(filled(name)) for name in texts)
    amount = pl.coalesce(*unread, *map(filled, texts)).fill_null("")
    says = {
        Code.DATE_MISSING: pl.lit("the record has no booking date"),
        Code.DATE_UNREADABLE: phrase(
            'date "{}" is not a day written as {}',
            pl.when(pl.col("booked_on").is_null())
            .then(filled("booked_text").fill_null(""))
            .otherwise("valued_text"),
            pl.lit(dates),
        ),
        Code.AMOUNT_MISSING: pl.lit("the record has no amount"),
        Code.AMOUNT_AMBIGUOUS: phrase(
            'amount "{}" may be thousands or thousandths; nothing in it decides', amount
        ),
        Code.AMOUNT_UNREADABLE: pl.when(_is_both(rule))
        .then(phrase('the row has a credit "{}" and a debit "{}"', "credit_text", "debit_text"))
        .otherwise(phrase('amount "{}" is not written with {}', amount, pl.lit(marks))),
        Code.CURRENCY_UNREADABLE: phrase('currency "{}" is not an ISO 4217 code', "currency"),
        Code.BALANCE_UNREADABLE: phrase(
            'balance "{}" is not written with {}', pl.col("balance_text"), pl.lit(marks)
        ),
    }
    message = pl.lit(None, dtype=pl.String)
    for code, text in says.items():
        message = pl.when(pl.col("code") == code.value).then(text).otherwise(message)
    return cells.with_columns(
        message.alias("message"),
        pl.lit(_REMEDY).alias("remedy"),
        pl.lit(value=True).alias("is_set_aside"),
    ).select(pl.col(name).cast(dtype) for name, dtype in FINDING.items())


def _is_both(rule: Convention) -> pl.Expr:
    """Both columns of money hold an amount that can be read."""
    if rule.sign != "columns":
        return pl.lit(value=False)
    return pl.all_horizontal(
        amount_of(name, rule).is_not_null() for name in ("credit_text", "debit_text")
    )


def _remarks(cells: pl.DataFrame, code: Code) -> pl.DataFrame:
    """One remark a row that has text where a number belongs, but not one that can be read."""
    numbers = (
        "original_amount",
        "exchange_rate",
        *(["amount"] if code == "detail_unreadable" else []),
    )
    if all(cells[f"{name}_text"].null_count() == cells.height for name in numbers):
        return no_findings()
    unread = [filled(f"{name}_text").is_not_null() & pl.col(name).is_null() for name in numbers]
    texts = [
        pl.when(bad).then(pl.col(f"{name}_text")) for bad, name in zip(unread, numbers, strict=True)
    ]
    return (
        cells.filter(pl.any_horizontal(unread))
        .with_columns(
            code=pl.lit(code.value),
            message=phrase('"{}" is not a number as this file writes them', pl.coalesce(texts)),
            remedy=pl.lit("the amount that was booked stands; see the raw text for the rest"),
            is_set_aside=pl.lit(value=False),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in FINDING.items())
    )


def _no_date() -> pl.Expr:
    """A value date of zeros is no date, which a bank may leave out."""
    return pl.col("valued_text").str.contains(r"^[0\s/.-]*$")


def _unpadded(ref: pl.Expr) -> pl.Expr:
    """Leading zeros fall, but an account of zeros only stays."""
    return ref.str.replace(r"^0+(.)", "$1")
