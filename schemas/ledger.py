"""What the ledger hands to the marts: nine tables, read from one snapshot.

The ledger writes each as a CSV file of its own (null is an empty cell, an empty text is ""), and
what has a row for each movement as a folder of Parquet files. The marts load them into a schema
`ledger` and build everything from there.
"""

import polars as pl

from schemas.money import MONEY, RATE, TOTAL

STAMP = pl.Datetime("us", "UTC")

CHECK_RESULT = pl.Schema(
    {
        "run_id": pl.String(),
        "checked_at": STAMP,
        "layer": pl.String(),  # ledger: the audit; marts: while they were built
        "table_name": pl.String(),
        "check_name": pl.String(),
        "subject": pl.String(),  # what of the table, where there is one answer a part; else ""
        "severity": pl.String(),  # fail stops a publication, warn does not
        "status": pl.String(),  # pass, warn, fail
        "observed": pl.String(),
        "expected": pl.String(),
        "failing_rows": pl.Int64(),
        "sample_keys": pl.String(),  # keys of some rows that fail; null where none are told
    }
)
"""One row a check of a run: how it went."""

EXPORTS: dict[str, pl.Schema] = {
    "account": pl.Schema(
        {
            "account_id": pl.String(),
            "owner": pl.String(),
            "institution": pl.String(),
            "account_name": pl.String(),  # folder name, or institution and masked tail
            "account_tail": pl.String(),  # masked reference
            "account_kind": pl.String(),  # bank, card, investment
            "currency": pl.String(),
            "is_claimed": pl.Boolean(),  # false: registered by itself, nobody said whose it is
        }
    ),
    "transaction": pl.Schema(
        {
            "transaction_id": pl.String(),
            "account_id": pl.String(),
            "booked_on": pl.Date(),
            "valued_on": pl.Date(),
            "amount": MONEY,
            "currency": pl.String(),
            "description": pl.String(),
            "counterparty": pl.String(),
            "kind_code": pl.String(),
            "bank_ref": pl.String(),
            "status": pl.String(),  # booked or pending; balances count booked only
            "balance_after": MONEY,
            "original_amount": MONEY,
            "original_currency": pl.String(),
            "exchange_rate": RATE,  # as printed; which way round it is, banks do not say
            "occurrence": pl.UInt32(),
            "file_sha256": pl.String(),
            "statement_no": pl.UInt32(),
            "record_no": pl.UInt32(),
            "place": pl.String(),
        }
    ),
    "transaction_version": pl.Schema(  # of transactions that stood otherwise, or do not count
        {
            "transaction_id": pl.String(),
            "known_from": STAMP,
            "known_to": STAMP,  # null: it stands so now
            "account_id": pl.String(),
            "booked_on": pl.Date(),
            "amount": MONEY,
            "currency": pl.String(),
            "status": pl.String(),
            "standing": pl.String(),  # counts, superseded, replaced
            "because": pl.String(),
        }
    ),
    "statement": pl.Schema(
        {
            "file_sha256": pl.String(),
            "statement_no": pl.UInt32(),
            "account_id": pl.String(),
            "currency": pl.String(),
            "starts_on": pl.Date(),  # first day covered; null with neither period nor rows
            "ends_on": pl.Date(),
            "opening_balance": TOTAL,
            "opening_on": pl.Date(),  # the balance holds at the end of this day
            "closing_balance": TOTAL,
            "closing_on": pl.Date(),
            "record_count": pl.UInt32(),
            "set_aside_count": pl.UInt32(),
            "credit_sum": TOTAL,
            "debit_sum": TOTAL,
            "difference": TOTAL,
            "chain_breaks": pl.UInt32(),
            "proof": pl.String(),  # proven, unproven, failed
            "status": pl.String(),  # loaded, replaced, quarantined; by a person: accepted, dropped
        }
    ),
    "coverage": pl.Schema(  # spans of days of one account, without a hole from first to last
        {
            "account_id": pl.String(),
            "starts_on": pl.Date(),
            "ends_on": pl.Date(),
            "state": pl.String(),  # proven, unproven, missing, contradicted
            "because": pl.String(),
            "day_count": pl.Int64(),
            "bridged_day_count": pl.Int64(),  # proven by the balances around them alone
            "statement_count": pl.Int64(),  # those that begin in it
            "difference": pl.Decimal(38, 4),  # the next opening less what it should be
            "before_file_sha256": pl.String(),  # of the statements that do not chain
            "before_statement_no": pl.UInt32(),
            "after_file_sha256": pl.String(),
            "after_statement_no": pl.UInt32(),
        }
    ),
    "file": pl.Schema(
        {
            "file_sha256": pl.String(),
            "name": pl.String(),
            "owner": pl.String(),
            "format": pl.String(),
            "bank": pl.String(),
            "encoding": pl.String(),
            "size_bytes": pl.Int64(),
            "status": pl.String(),  # loaded, partly, quarantined, refused
            "received_at": STAMP,
        }
    ),
    "arrival": pl.Schema({"received_at": STAMP}),  # one row: when the newest file came
    "run": pl.Schema(
        {
            "run_id": pl.String(),
            "kind": pl.String(),  # night, publish
            "status": pl.String(),
            "started_at": STAMP,
            "finished_at": STAMP,
            "code_version": pl.String(),
            "files_seen": pl.Int64(),
            "files_loaded": pl.Int64(),
            "files_known": pl.Int64(),
            "files_refused": pl.Int64(),
            "read": pl.Int64(),
            "inserted": pl.Int64(),
            "already_known": pl.Int64(),
            "superseded": pl.Int64(),
            "set_aside": pl.Int64(),
            "markers": pl.Int64(),
        }
    ),
    "check_result": CHECK_RESULT,  # of the last runs
}

OF_MOVEMENTS = ("transaction", "transaction_version")
"""Those with a row for each movement."""

OF_RUNS = ("run", "check_result")
"""Those that tell of runs, not of money."""

AFFECTED = "affected"
"""The table that comes along when only what changed is exported.

Then transactions and their versions are those of the accounts in it, each from a day on; of the
accounts in it are all statements, their files and coverage; the other tables are whole.
"""

AFFECTED_SCHEMA = pl.Schema(
    {
        "account_id": pl.String(),
        "since_on": pl.Date(),  # first of a month; infinity: no day, only the account as a whole
    }
)
