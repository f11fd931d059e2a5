"""A statement: one account, one currency, one period, and the balances the bank swears to."""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from schemas.money import PRINTED, TOTAL


class Proof(StrEnum):
    """Does opening + Σ = closing hold, exactly?"""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    FAILED = "failed"


class AccountKind(StrEnum):
    """What kind of account a statement reports."""

    BANK = "bank"
    CARD = "card"
    INVESTMENT = "investment"


STATEMENT_TEXT = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "statement_no": pl.UInt32(),
        "institution_text": pl.String(),  # as the file prints it, or the layout's bank
        "branch_text": pl.String(),
        "account_text": pl.String(),  # account number, IBAN or card tail as printed
        "account_kind": pl.String(),
        "currency_text": pl.String(),
        "starts_text": pl.String(),
        "ends_text": pl.String(),
        "opening_text": pl.String(),
        "opening_on_text": pl.String(),
        "closing_text": pl.String(),
        "closing_on_text": pl.String(),
        "stated_on_text": pl.String(),  # the day on which the bank made the file
    }
)
"""One row a statement, as printed; all that the bank left out is null."""

STATEMENT = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "statement_no": pl.UInt32(),
        "institution": pl.String(),
        "account_ref": pl.String(),  # no blanks, dashes, leading zeros; null if unnamed
        "account_kind": pl.String(),
        "currency": pl.String(),
        "starts_on": pl.Date(),
        "ends_on": pl.Date(),
        "opening_balance": PRINTED,
        "opening_on": pl.Date(),  # the balance holds at the end of this day
        "closing_balance": PRINTED,
        "closing_on": pl.Date(),
        "stated_on": pl.Date(),
    }
)
"""One row a statement, typed; balances are signed, minus is a debt."""

PROVED = pl.Schema(
    {
        **{name: (TOTAL if dtype == PRINTED else dtype) for name, dtype in STATEMENT.items()},
        "record_count": pl.UInt32(),  # transactions kept or quarantined with the statement
        "set_aside_count": pl.UInt32(),
        "credit_sum": TOTAL,
        "debit_sum": TOTAL,
        "difference": TOTAL,  # opening + Σ - closing; null when a balance is missing
        "chain_breaks": pl.UInt32(),  # rows whose running balance does not follow
        "proof": pl.String(),
        "is_quarantined": pl.Boolean(),
    }
)
"""One row a statement after validation. A period, or the day of a balance, that the bank left out
comes from the first and last booked day."""


@dataclass(frozen=True)
class Convention:
    """How a format or a bank layout writes dates, numbers and signs.

    Attributes:
        date_formats: strptime patterns; the first one that a cell has the shape of reads it.
        decimal_mark: "." or ","; "either" lets the right-most mark of each cell decide.
        group_mark: thousands mark, or "" for none; with "either" the other mark groups.
        sign: "signed" (minus is out of the account), "inverted" (plus is out, card bills),
            "columns" (credit and debit columns) or "marked" (a mark beside the amount).
        debit_marks: the marks that mean out of the account, for sign "marked".
        credit_marks: the marks that mean into the account.
        has_negative_credits: what the credit column prints has a minus that says nothing.
        currency_signs: prefixes or suffixes to strip from an amount, such as "R$".
        is_ref_stable: the bank's reference never changes between exports: part of the identity.
        source_rank: which source wins when formats disagree: 1 camt.053, MT940, CNAB; 2 OFX, BAI2;
            3 bank CSV, XLSX; 4 QIF; 5 PDF; 6 the platform's own; 7 what tells some movements only.
    """

    date_formats: tuple[str, ...]
    decimal_mark: str = "."
    group_mark: str = ""
    sign: str = "signed"
    debit_marks: tuple[str, ...] = ("D",)
    credit_marks: tuple[str, ...] = ("C",)
    has_negative_credits: bool = False
    currency_signs: tuple[str, ...] = ()
    is_ref_stable: bool = False
    source_rank: int = 3
