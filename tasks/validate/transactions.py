"""What a transaction must be before the ledger may have it: pandera checks that earn findings.

Every check carries the name of the finding it earns, so a reason is never lost on the way. Rows are
never dropped by pandera itself: `drop_invalid_rows` would lose the reasons.
"""

from dataclasses import dataclass
from datetime import date

import pandera.polars as pa
import polars as pl

from schemas.findings import FINDING, Code
from schemas.money import MONEY_LIMIT, PRINTED, TOTAL
from schemas.transactions import TYPED

_REMEDY = "correct the export, then buffet quarantine retry"
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(2100, 12, 31)

_MESSAGES = {
    Code.AMOUNT_TOO_PRECISE: "an amount has more than four decimals, which the ledger cannot hold",
    Code.AMOUNT_TOO_LARGE: "an amount has more than fifteen digits before the mark",
    Code.DATE_IMPLAUSIBLE: "the day is before 1970 or after 2100",
    Code.DATE_MISSING: "the record has no booking date",
    Code.AMOUNT_MISSING: "the record has no amount",
    Code.CURRENCY_UNREADABLE: "the currency is not an ISO 4217 code",
    Code.TEXT_UNSTORABLE: "a text holds a NUL character",
}


@dataclass(frozen=True)
class Checked:
    """TYPED rows that passed, and FINDING rows for those that did not."""

    transactions: pl.DataFrame
    findings: pl.DataFrame


def check_transactions(transactions: pl.DataFrame) -> Checked:
    """Split TYPED rows into those the ledger may have and findings about the others.

    Raises:
        pandera.errors.SchemaErrors: the frame is not TYPED at all; that is our own mistake.
    """
    try:
        TRANSACTION.validate(transactions, lazy=True)
    except pa.errors.SchemaErrors as error:
        failures = error.failure_cases
    else:
        return Checked(transactions, FINDING.to_frame())
    if failures.get_column("index").is_null().any():
        raise AssertionError(f"the frame is not TYPED: {failures.get_column('check').to_list()}")
    reasons = _first_reasons(failures)
    rows = transactions.with_row_index("index").join(
        reasons, on="index", how="left", maintain_order="left"
    )
    wrong = pl.col("code").is_not_null()
    kept = rows.filter(~wrong).select(TYPED.names())
    findings = rows.filter(wrong).with_columns(
        pl.col("code").replace_strict(_MESSAGES, return_dtype=pl.String).alias("message"),
        pl.lit(_REMEDY).alias("remedy"),
        pl.lit(value=True).alias("is_set_aside"),
        pl.col("raw_text").str.replace_all("\0", "\N{REPLACEMENT CHARACTER}", literal=True),
    )
    return Checked(kept, findings.select(pl.col(n).cast(t) for n, t in FINDING.items()))


def _first_reasons(failures: pl.DataFrame) -> pl.DataFrame:
    """One finding code a row: the first check that failed."""
    missing = {"booked_on": Code.DATE_MISSING.value, "amount": Code.AMOUNT_MISSING.value}
    return (
        failures.with_columns(
            pl.when(pl.col("check") == "not_nullable")
            .then(pl.col("column").replace_strict(missing, default=Code.CURRENCY_UNREADABLE.value))
            .otherwise(pl.col("check"))
            .alias("code")
        )
        .select(pl.col("index").cast(pl.UInt32), "code")
        .unique("index", keep="first", maintain_order=True)
    )


def _check(code: Code, passes: pl.Expr) -> pa.Check:
    """A pandera check that is named after the finding it earns."""
    return pa.Check(lambda data: data.lazyframe.select(passes), name=code.value, ignore_na=True)


def _money(column: str) -> list[pa.Check]:
    amount = pl.col(column)
    return [
        _check(Code.AMOUNT_TOO_LARGE, amount.abs() < pl.lit(MONEY_LIMIT).cast(PRINTED)),
        _check(
            Code.AMOUNT_TOO_PRECISE,
            amount.cast(TOTAL, strict=False).cast(PRINTED, strict=False) == amount,
        ),
    ]


def _day(column: str) -> pa.Check:
    return _check(Code.DATE_IMPLAUSIBLE, pl.col(column).is_between(_FIRST_DAY, _LAST_DAY))


def _text(column: str) -> pa.Check:
    return _check(Code.TEXT_UNSTORABLE, ~pl.col(column).str.contains("\0", literal=True))


TRANSACTION = pa.DataFrameSchema(
    {
        "file_no": pa.Column(TYPED["file_no"]),
        "statement_no": pa.Column(TYPED["statement_no"]),
        "record_no": pa.Column(TYPED["record_no"]),
        "place": pa.Column(TYPED["place"], nullable=True),
        "booked_on": pa.Column(TYPED["booked_on"], _day("booked_on")),
        "valued_on": pa.Column(TYPED["valued_on"], _day("valued_on"), nullable=True),
        "amount": pa.Column(TYPED["amount"], _money("amount")),
        "currency": pa.Column(
            TYPED["currency"],
            _check(Code.CURRENCY_UNREADABLE, pl.col("currency").str.contains("^[A-Z]{3}$")),
        ),
        "description": pa.Column(TYPED["description"], _text("description")),
        "counterparty": pa.Column(TYPED["counterparty"], _text("counterparty"), nullable=True),
        "bank_ref": pa.Column(TYPED["bank_ref"], _text("bank_ref"), nullable=True),
        "kind_code": pa.Column(TYPED["kind_code"], _text("kind_code"), nullable=True),
        "balance_after": pa.Column(TYPED["balance_after"], _money("balance_after"), nullable=True),
        "status": pa.Column(TYPED["status"], pa.Check.isin(["booked", "pending"])),
        "original_amount": pa.Column(
            TYPED["original_amount"], _money("original_amount"), nullable=True
        ),
        "original_currency": pa.Column(
            TYPED["original_currency"], _text("original_currency"), nullable=True
        ),
        "exchange_rate": pa.Column(TYPED["exchange_rate"], nullable=True),
        "raw_text": pa.Column(TYPED["raw_text"], _text("raw_text")),
    },
    strict=True,
)
"""TYPED, as the ledger may have it."""
