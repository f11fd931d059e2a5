"""A finding sets a record aside: its place, what is wrong, what to do, what the bank printed."""

from enum import StrEnum

import polars as pl

FINDING = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "statement_no": pl.UInt32(),
        "record_no": pl.UInt32(),
        "place": pl.String(),
        "code": pl.String(),
        "message": pl.String(),
        "remedy": pl.String(),
        "raw_text": pl.String(),
        "is_set_aside": pl.Boolean(),
    }
)
"""One row a finding. `record_no` is null when the finding is about a statement or the file.
`is_set_aside` is true when the record is kept out of the ledger, false for a remark.
A record has at most one finding that sets it aside."""


class Code(StrEnum):
    """The reasons for which a record or a statement is set aside, or remarked upon."""

    UNREADABLE_ROW = "unreadable_row"
    DATE_MISSING = "date_missing"
    DATE_UNREADABLE = "date_unreadable"
    DATE_IMPLAUSIBLE = "date_implausible"
    AMOUNT_MISSING = "amount_missing"
    AMOUNT_UNREADABLE = "amount_unreadable"
    AMOUNT_AMBIGUOUS = "amount_ambiguous"
    AMOUNT_TOO_PRECISE = "amount_too_precise"
    AMOUNT_TOO_LARGE = "amount_too_large"
    STATUS_UNKNOWN = "status_unknown"
    CURRENCY_UNREADABLE = "currency_unreadable"
    BALANCE_UNREADABLE = "balance_unreadable"
    ORIGINAL_UNREADABLE = "original_unreadable"
    DETAIL_UNREADABLE = "detail_unreadable"
    STATED_SUM_DIFFERS = "stated_sum_differs"
    STATEMENT_UNREADABLE = "statement_unreadable"
    TEXT_UNSTORABLE = "text_unstorable"
    REVERSAL_TURNED = "reversal_turned"
    STATEMENT_UNBALANCED = "statement_unbalanced"
    MOSTLY_UNREAD = "mostly_unread"
    BALANCE_CHAIN_BROKEN = "balance_chain_broken"
    TWINS_UNDECIDED = "twins_undecided"
    STATEMENTS_CONTRADICT = "statements_contradict"
    ROW_HIDDEN = "row_hidden"
    SHEET_UNREAD = "sheet_unread"
    SECURITIES_UNREAD = "securities_unread"
    MOVES_NO_CASH = "moves_no_cash"
    ZERO_AMOUNT = "zero_amount"
    AMOUNT_FINER = "amount_finer_than_currency"
    ACCOUNT_UNNAMED = "account_unnamed"
    DROPPED = "dropped"


HOLDING = (Code.STATEMENT_UNBALANCED, Code.MOSTLY_UNREAD, Code.DROPPED)
"""What holds a statement whole, where it is said of a statement."""

DOUBTED = (Code.STATEMENT_UNBALANCED, Code.MOSTLY_UNREAD)
"""Those of them that a person may take as they are."""


_NONE = FINDING.to_frame()


def no_findings() -> pl.DataFrame:
    """An empty frame of findings."""
    return _NONE.clone()
