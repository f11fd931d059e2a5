"""A transaction through the house: as printed, as typed, as an entry of the ledger.

RECORD   what a format reader cuts out: text cells exactly as printed, with their place.
DETAIL   what a record is made of, where the bank says so: as text, and typed.
TYPED    the same records with dates and Decimals; made in one room, `tasks.extract.typed`.
ENTRY    what goes into the ledger: typed, validated, with an identity; made in `tasks.transform`.
"""

import polars as pl

from schemas.money import MONEY, PRINTED, RATE

RECORD = pl.Schema(
    {
        "file_no": pl.UInt32(),  # position of the file in its batch
        "statement_no": pl.UInt32(),  # 1-based, in the file
        "record_no": pl.UInt32(),  # 1-based, in the file, in the order of the file
        "place": pl.String(),  # "line 14", "byte 8812" or an XPath
        "booked_text": pl.String(),
        "valued_text": pl.String(),
        "amount_text": pl.String(),  # signed as the convention says
        "credit_text": pl.String(),  # instead of amount_text, where a bank has two columns
        "debit_text": pl.String(),
        "mark_text": pl.String(),  # a debit or credit mark in a column of its own
        "balance_text": pl.String(),  # running balance after the record
        "currency_text": pl.String(),  # null: the statement's currency
        "description": pl.String(),
        "counterparty": pl.String(),
        "bank_ref": pl.String(),  # FITID and its like
        "kind_code": pl.String(),  # TRNTYPE and its like
        "original_amount_text": pl.String(),
        "original_currency": pl.String(),
        "exchange_rate_text": pl.String(),  # as printed; which way round it is, banks do not say
        "is_pending": pl.Boolean(),  # announced, not yet booked
        "raw_text": pl.String(),  # the record as the bank printed it
    }
)
"""One row a record; a cell the bank left out is null, a cell it left empty may be null or ""."""

DETAIL_TEXT = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "statement_no": pl.UInt32(),
        "record_no": pl.UInt32(),  # of the record that it is a part of
        "detail_no": pl.UInt32(),  # 1-based, in the record
        "place": pl.String(),
        "amount_text": pl.String(),  # signed as the convention says; null: the bank gave none
        "currency_text": pl.String(),  # null: the currency of the record
        "description": pl.String(),
        "counterparty": pl.String(),
        "bank_ref": pl.String(),
        "kind_code": pl.String(),
        "original_amount_text": pl.String(),
        "original_currency": pl.String(),
        "exchange_rate_text": pl.String(),
        "raw_text": pl.String(),
    }
)
"""One row a part of a record: a payment of a batch (CAMT TxDtls), a split (QIF). Not money of its
own: the record has been booked once, and its details say what it was made of."""

TYPED = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "statement_no": pl.UInt32(),
        "record_no": pl.UInt32(),
        "place": pl.String(),
        "booked_on": pl.Date(),
        "valued_on": pl.Date(),
        "amount": PRINTED,  # signed, + is into the account
        "currency": pl.String(),  # ISO 4217
        "description": pl.String(),
        "counterparty": pl.String(),
        "bank_ref": pl.String(),
        "kind_code": pl.String(),
        "balance_after": PRINTED,
        "status": pl.String(),  # booked or pending
        "original_amount": PRINTED,
        "original_currency": pl.String(),
        "exchange_rate": RATE,  # as printed; which way round it is, banks do not say
        "raw_text": pl.String(),
    }
)
"""One row a transaction; null means that the bank said nothing."""

DETAIL = pl.Schema(
    {
        "file_no": pl.UInt32(),
        "statement_no": pl.UInt32(),
        "record_no": pl.UInt32(),
        "detail_no": pl.UInt32(),
        "place": pl.String(),
        "amount": PRINTED,  # signed like its record; null: the bank gave none
        "currency": pl.String(),
        "description": pl.String(),
        "counterparty": pl.String(),
        "bank_ref": pl.String(),
        "kind_code": pl.String(),
        "original_amount": PRINTED,
        "original_currency": pl.String(),
        "exchange_rate": RATE,
        "raw_text": pl.String(),
    }
)
"""One row a part of a transaction, typed."""

ENTRY = pl.Schema(
    {
        **{name: (MONEY if dtype == PRINTED else dtype) for name, dtype in TYPED.items()},
        "account_id": pl.String(),  # 32 hex digits
        "text_key": pl.String(),  # the stable, normalised text that is part of the identity
        "ref_key": pl.String(),  # the bank's reference where it can be trusted, else null
        "occurrence": pl.UInt32(),  # 1st, 2nd … identical record of the statement
        "transaction_id": pl.String(),  # 32 hex digits
    }
)
"""One row a record that is ready for the ledger."""
