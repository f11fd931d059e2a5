"""What is written in an OFX file but may be read in two ways: it is set aside, never guessed.

Amounts without signs, points that may be decimal or group marks, two records in one, amounts in
another currency than that of the account.
"""

import polars as pl

from schemas.findings import FINDING, Code, no_findings
from schemas.phrase import phrase
from schemas.statement import AccountKind

_MINUS = "[-\u2212(]"
_SIGN = "[-+\u2212(]"
_DEBIT = r"(?i)^(?:DEBIT|D[EÉ]BITO?|DEB|DR|D)$"
_CREDIT = r"(?i)^(?:CREDITO?|CRÉDITO?|CRED|CR|C)$"
_ISO = "^[A-Z]{3}$"
_SURE = r"(?i)^(?:DEP|DIRECTDEP|DIV)$"
_BEFORE, _BEHIND = "^[\\sR$+\u2212(-]*", "[\\s)\u2212-]*$"
_POINT_OF_TWO = rf"{_BEFORE}[1-9]\d{{0,2}}\.\d{{3}}{_BEHIND}"
_COMMA_OF_TWO = rf"{_BEFORE}[1-9]\d{{0,2}},\d{{3}}{_BEHIND}"
_CENTS_BY_COMMA = rf",\d{{1,2}}{_BEHIND}"
_CENTS = rf"[.,]\d\d{_BEHIND}"
_WHOLE = rf"{_BEFORE}[1-9]\d+{_BEHIND}"
_AMOUNT, _DAY = "<TRNAMT", "<DTPOSTED"
_STATEMENT = ["file_no", "statement_no"]
_DAMAGED = (Code.UNREADABLE_ROW, "download the statement again; the file was damaged")
_UNSIGNED = (
    Code.AMOUNT_AMBIGUOUS,
    "export it in another format, or ask the bank for signed amounts",
)
_GROUPED = (
    Code.AMOUNT_AMBIGUOUS,
    "export it in another format, or ask the bank for amounts without thousands marks",
)
_FOREIGN = (
    Code.CURRENCY_UNREADABLE,
    "export it in a format that prints what was booked, or compare it with the bank",
)


def certain(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Set aside the records that may be read in two ways.

    Args:
        records: RECORD, with the text of each (record) and the currency of its account
            (account_currency).

    Returns:
        the others; and FINDING.
    """
    kept, findings = records, [no_findings()]
    for doubt in (_doubled, _foreign, _unsigned, _inverted, _ungrouped):
        kept, aside = doubt(kept)
        findings.append(aside)
    return kept, pl.concat(findings)


def certain_balances(
    statements: pl.DataFrame, records: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take away the closing balances that may be read in two ways.

    They may be thousands or thousandths; or cents, as Itaú prints them (2023, 2025); or, of a card,
    what is owed or what it has to its credit: most banks print a debt with a minus, some without.

    Args:
        statements: STATEMENT_TEXT.
        records: RECORD of the same files.

    Returns:
        the statements; and FINDING, a remark for each balance that was taken away.
    """
    printed = pl.col("closing_text")
    is_comma = printed.str.contains(_COMMA_OF_TWO)
    is_marked, is_whole = is_comma | printed.str.contains(_POINT_OF_TWO), _is_whole()
    if not statements.select((is_marked | is_whole | _is_plus()).any()).item():
        return statements, no_findings()
    amount = pl.col("amount_text")
    written = records.group_by("file_no").agg(
        has_commas=amount.str.contains(_CENTS_BY_COMMA).any(),
        has_cents=amount.str.contains(_CENTS).all(),
    )
    judged = statements.join(written, on="file_no", how="left", maintain_order="left").with_columns(
        doubt=pl.when(is_comma | (is_marked & pl.col("has_commas")))
        .then(pl.lit("thousands or thousandths"))
        .when(is_whole & pl.col("has_cents"))
        .then(pl.lit("units or cents"))
        .when(_is_plus())
        .then(pl.lit("owed on the card or to its credit"))
    )
    findings = (
        judged.filter(pl.col("doubt").is_not_null())
        .with_columns(
            record_no=pl.lit(None, dtype=pl.UInt32),
            place=phrase("statement {}", "statement_no"),
            code=pl.lit(Code.BALANCE_UNREADABLE.value),
            message=phrase('balance "{}" may be {}; nothing in it decides', printed, "doubt"),
            remedy=pl.lit("compare it with the bank; the transactions stand without it"),
            raw_text=printed,
            is_set_aside=pl.lit(value=False),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in FINDING.items())
    )
    clear = judged.select(pl.when(pl.col("doubt").is_null()).then(printed)).to_series()
    return statements.with_columns(clear.alias("closing_text")), findings


def _is_whole() -> pl.Expr:
    return pl.col("closing_text").str.contains(_WHOLE)


def _is_plus() -> pl.Expr:
    """Is it a balance of a card without a minus, in a file that has no minus before any?"""
    printed = pl.col("closing_text")
    is_card = pl.col("account_kind") == AccountKind.CARD.value
    is_minus = printed.str.contains(_MINUS).fill_null(value=False)
    is_told = (is_card & is_minus).any().over("file_no")
    return is_card & ~is_told & printed.str.contains("[1-9]")


def _doubled(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A record with two amounts or days is two, of which one lacks its start."""
    text = pl.col("record")
    twice = (text.str.count_matches(tag, literal=True) > 1 for tag in (_AMOUNT, _DAY))
    return _parted(
        records,
        pl.any_horizontal(*twice),
        pl.lit("the record has two amounts or days; the start of another one is missing in it"),
        _DAMAGED,
    )


def _foreign(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Amounts that CURRENCY says are not in the currency of the account (OFX 2.1.1, section 5.2).

    What was booked is for the bank to say: the rate beside them (CURRATE) may be that of the day,
    the other way round, or 1.0 for want of any, and no balance proves it. Where the account names
    no currency, and all who name one agree, it is the account's.
    """
    if not records["currency_text"].count():  # so it is with nearly all banks
        return records, no_findings()
    named = _code("currency_text")
    is_named = named.str.contains(_ISO).fill_null(value=False)
    account = _code("account_currency")
    several = named.filter(is_named).n_unique().over(_STATEMENT) > 1
    is_other = pl.when(account.is_null()).then(several).otherwise(named != account)
    amount = _short().fill_null("")
    message = (
        pl.when(account.is_null())
        .then(
            phrase(
                'amount "{}" is in {}, others here are not; the account names no currency',
                amount,
                named,
            )
        )
        .otherwise(
            phrase(
                'amount "{}" is in {}, the account in {}; what was booked is not told',
                amount,
                named,
                account,
            )
        )
    )
    return _parted(records, is_named & is_other, message, _FOREIGN)


def _code(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars().str.to_uppercase()


def _unsigned(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Amounts without a sign where their statement prints no minus, although it has debits.

    There all but credits are in doubt. Elsewhere the sign alone decides: banks use the types of
    records as they like (O-15).
    """
    printed = pl.col("amount_text")
    is_bare = ~printed.str.contains(_SIGN) & printed.str.contains("[1-9]")
    is_debit = _is_of_kind(records, _DEBIT) & is_bare.fill_null(value=False)
    if not records.select(is_debit.any()).item():
        return records, no_findings()
    tells = printed.str.contains(_MINUS).any().over(_STATEMENT)
    is_sure = _is_of_kind(records, _CREDIT) | _is_of_kind(records, _SURE)
    is_doubtful = is_bare & ~is_sure & is_debit.any().over(_STATEMENT) & ~tells
    return _parted(
        records,
        is_doubtful,
        pl.when(is_debit)
        .then(
            phrase('"{}" has no sign, nor has any debit here, and it is called a debit', _short())
        )
        .otherwise(phrase('"{}" has no sign, nor has any debit here', _short())),
        _UNSIGNED,
    )


def _inverted(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A statement in which all debits are positive and all credits negative.

    Some programs write a card as the bank sees it; whether it is the signs that are turned, or the
    types, nothing tells.
    """
    is_minus, is_other_than_zero = (
        pl.col("amount_text").str.contains(pattern).fill_null(value=False)
        for pattern in (_MINUS, "[1-9]")
    )
    is_debit = _is_of_kind(records, _DEBIT) & is_other_than_zero
    is_credit = _is_of_kind(records, _CREDIT) & is_other_than_zero
    if not records.select((is_debit & ~is_minus).any() & (is_credit & is_minus).any()).item():
        return records, no_findings()
    straight = (is_debit & is_minus) | (is_credit & ~is_minus)
    has = {
        name: one.any().over(_STATEMENT)
        for name, one in (("debit", is_debit), ("credit", is_credit), ("straight", straight))
    }
    is_turned = has["debit"] & has["credit"] & ~has["straight"]
    return _parted(
        records,
        is_turned & is_other_than_zero,
        phrase(
            '"{}" may have the wrong sign: all debits here are positive, all credits negative',
            _short(),
        ),
        _UNSIGNED,
    )


def _ungrouped(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Amounts such as 1.500 in a file that writes a comma before the cents."""
    printed = pl.col("amount_text")
    may_be = printed.str.contains(_POINT_OF_TWO).fill_null(value=False)
    if not records.select(may_be.any()).item():
        return records, no_findings()
    has_comma = printed.str.contains(_CENTS_BY_COMMA).any().over("file_no")
    return _parted(
        records,
        may_be & has_comma,
        phrase('amount "{}" may be thousands or thousandths; nothing in it decides', _short()),
        _GROUPED,
    )


def _is_of_kind(records: pl.DataFrame, pattern: str) -> pl.Expr:
    """Whether the type of a record fits; there are few types, so each is looked at once."""
    kinds = records.get_column("kind_code").unique().drop_nulls()
    fitting = kinds.filter(kinds.str.strip_chars().str.contains(pattern))
    return pl.col("kind_code").is_in(fitting.implode()).fill_null(value=False)


def _parted(
    records: pl.DataFrame, is_doubtful: pl.Expr, message: pl.Expr, held: tuple[Code, str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The records without doubt, and FINDING of the others."""
    code, remedy = held
    flags = records.select(is_doubtful.fill_null(value=False)).to_series()
    if not flags.any():
        return records, no_findings()
    findings = (
        records.with_columns(message.alias("message"))
        .filter(flags)
        .with_columns(
            pl.lit(code.value).alias("code"),
            pl.lit(remedy).alias("remedy"),
            pl.lit(value=True).alias("is_set_aside"),
        )
    )
    return records.filter(~flags), findings.select(
        pl.col(name).cast(dtype) for name, dtype in FINDING.items()
    )


def _short() -> pl.Expr:
    return pl.col("amount_text").str.strip_chars().str.head(80)
