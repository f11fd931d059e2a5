"""What the audit expects of the ledger: one Check a sentence that an operator can read.

A check of severity "fail" stops a publication, one of severity "warn" only speaks up. The audit of
a run looks at what that run changed, beside global counters that are cheap; the audit of the whole
ledger looks at every row. All queries select ids and counts, never a text that a bank printed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from uuid import UUID

from warehouse.quality import queries
from warehouse.quality.check import Check

EVER = (date(1970, 1, 1), date(2100, 12, 31))
"""Days on which a movement can be booked."""

TRILLION = 10**12


@dataclass(frozen=True)
class Plan:
    """The checks of one audit and the query of each batch that they look at."""

    checks: tuple[Check, ...]
    batches: Mapping[str, str]


def plan(*, run_id: str | None, at: datetime, stale_days: int) -> Plan:
    """All checks for the audit of a run, or of the whole ledger when run_id is null.

    Args:
        run_id: a UUID; anything else is a ValueError, since it becomes part of a query.
        at: UTC instant of the audit.
        stale_days: an account without a new file for longer than this is stale.
    """
    run = None if run_id is None else str(UUID(run_id))
    checks = (
        *_transactions(),
        *_entries(),
        *_files(run),
        *_statements(run),
        _freshness(at - timedelta(days=stale_days), stale_days),
        *(_volumes() if run else ()),
    )
    used = {check.batch for check in checks}
    batches = {name: sql for name, sql in queries.batches(run).items() if name in used}
    return Plan(checks, MappingProxyType(batches))


def _transactions() -> tuple[Check, ...]:
    return (*_whole_transactions(), *_plausible_transactions())


def _whole_transactions() -> tuple[Check, ...]:
    remedy = "audit the whole ledger to see how far it reaches; restore it from its last backup"
    check = partial(Check, topic="Transactions", batch="transaction", counts="transactions")
    filled = tuple(
        check(
            f"transaction_{column}_present",
            f"Every transaction has {words}",
            expected="none without",
            remedy=remedy,
            column=column,
            rule="not_null",
        )
        for column, words in (
            ("account_id", "an account"),
            ("booked_on", "a booking date"),
            ("amount", "an amount"),
            ("currency", "a currency"),
        )
    )
    return (
        check(
            "transaction_id_unique",
            "No two transactions share an id",
            expected="none shared",
            remedy=remedy,
            column="transaction_id",
            rule="unique",
        ),
        *filled,
        check(
            "best_entry_exists",
            "Every transaction points at an entry that tells about it",
            expected="none without",
            remedy=remedy,
            query=queries.LOST_POINTERS,
        ),
        check(
            "occurrences_have_no_holes",
            "Equal transactions are numbered 1, 2, 3 without a hole",
            expected="no hole, no number twice",
            remedy="load the files anew into an empty ledger; the recipe of identities has changed",
            query=queries.UNEVEN_TWINS,
        ),
    )


def _plausible_transactions() -> tuple[Check, ...]:
    check = partial(Check, topic="Transactions", batch="transaction", counts="transactions")
    return (
        check(
            "currency_code",
            "Every currency is a three-letter code",
            expected="three capital letters",
            remedy="correct the currency in the bank layout, then replay the file",
            column="currency",
            rule="regex",
            pattern="^[A-Z]{3}$",
        ),
        check(
            "booked_on_plausible",
            "Every booking date lies between 1970 and 2100",
            expected=f"{EVER[0]} to {EVER[1]}",
            remedy="correct the date format in the bank layout, then replay the file",
            column="booked_on",
            rule="between",
            bounds=EVER,
        ),
        check(
            "amount_plausible",
            "No amount is larger than a trillion",
            expected="at most 1,000,000,000,000 either way",
            remedy="compare with the statement; look at the decimal mark of the bank layout",
            severity="warn",
            column="amount",
            rule="between",
            bounds=(-TRILLION, TRILLION),
        ),
        check(
            "booked_on_not_far_ahead",
            "No transaction is booked more than 400 days after the newest file",
            expected="none that far ahead",
            remedy="look at the year in the statement; dates may be day first or month first",
            severity="warn",
            query=queries.FAR_AHEAD,
        ),
        check(
            "movements_told_once",
            "No two movements of one amount, at most a day apart, stand in files of two formats",
            expected="none",
            remedy="compare with the bank: formats may date one movement differently; keep to one",
            severity="warn",
            query=queries.TOLD_TWICE,
        ),
    )


def _entries() -> tuple[Check, ...]:
    check = partial(Check, topic="Entries", batch="entry", counts="entries")
    filled = tuple(
        check(
            f"entry_{column}_present",
            f"Every entry has {words}",
            expected="none without",
            remedy="replay the file; restore the ledger from its last backup if that does not help",
            column=column,
            rule="not_null",
        )
        for column, words in (
            ("description", "a description"),
            ("raw_text", "the text that the bank printed"),
        )
    )
    return (
        *filled,
        check(
            "entry_belongs",
            "Every entry belongs to a transaction and to a statement, both of one account",
            expected="none adrift",
            remedy="restore the ledger from its last backup",
            query=queries.ADRIFT_ENTRIES,
        ),
    )


def _files(run: str | None) -> tuple[Check, ...]:
    every = partial(Check, topic="Files and receipts", batch="all_files", counts="files")
    receipt = partial(Check, topic="Files and receipts", batch="receipt", counts="receipts")
    changed = partial(Check, topic="Files and receipts", batch="file", counts="files")
    return (
        every(
            "file_sha256_unique",
            "No file is in the ledger twice",
            expected="none twice",
            remedy="restore the ledger from its last backup",
            column="sha256",
            rule="unique",
        ),
        every(
            "file_has_receipt",
            "Every file has a receipt",
            expected="none without",
            remedy="replay the file",
            query=queries.NO_RECEIPT,
        ),
        receipt(
            "receipts_conserve",
            "Every receipt adds up: what was read is what became of it",
            expected="read = inserted + already known + superseded + set aside + markers",
            remedy="replay the file; a record was lost or doubled on its way",
            query=queries.UNEVEN_RECEIPTS,
        ),
        changed(
            "files_complete",
            "Every record of a file is an entry, was set aside, or is a balance line",
            expected="read = entries + set aside + markers",
            remedy="replay the file; a record was lost or doubled on its way",
            query=queries.of_changed(queries.INCOMPLETE_FILES, run),
        ),
    )


def _statements(run: str | None) -> tuple[Check, ...]:
    check = partial(Check, topic="Balances", batch="statement", counts="statements")
    return (
        check(
            "statements_close",
            "Every proven statement closes: opening + movements = closing, to the cent",
            expected="difference 0.0000",
            remedy="replay the file; ask the bank for a new export if it still does not close",
            query=queries.OPEN_STATEMENTS,
        ),
        check(
            "statement_sums",
            "The entries of every statement make its sums, to the cent, and its record count",
            expected="difference 0.0000, no entry more or less",
            remedy="replay the file; a transaction was changed after it was proven",
            query=queries.of_changed(queries.UNEVEN_SUMS, run),
        ),
        check(
            "failed_statements_held",
            "No statement that does not add up is loaded unless a person accepted it",
            expected="none unaccepted",
            remedy="buffet quarantine accept FILE --reason …, or ask the bank for a new export",
            query=queries.UNACCEPTED_FAILURES,
        ),
        check(
            "balances_continue",
            "No two statements of an account state different balances for one day",
            expected="no contradiction",
            remedy="compare both statements; one was exported before its last day had ended",
            severity="warn",
            query=queries.CONTRADICTIONS,
        ),
        check(
            "periods_without_gap",
            "No money moved between two statements of an account that no statement tells of",
            expected="no gap",
            remedy="buffet coverage shows the days; ask the bank for them, then drop them in",
            severity="warn",
            query=queries.GAPS,
        ),
    )


def _freshness(oldest: datetime, days: int) -> Check:
    return Check(
        "accounts_fresh",
        f"Every account had a new file in the last {days} days",
        topic="Freshness and volume",
        batch="account",
        counts="accounts",
        expected=f"at most {days} days",
        remedy="drop a new export into the inbox, or ignore this for a closed account",
        severity="warn",
        query=queries.STALE_ACCOUNTS.replace("$oldest", oldest.isoformat(sep=" ")),
    )


def _volumes() -> tuple[Check, ...]:
    check = partial(Check, topic="Freshness and volume", batch="run", counts="runs")
    return (
        check(
            "volume_usual",
            "The run read a usual number of records",
            expected="a tenth to ten times the median of the last 20 runs",
            remedy="look into the inbox: a file may be cut, doubled, or of another year",
            severity="warn",
            query=queries.UNUSUAL_VOLUME,
        ),
        check(
            "files_hold_records",
            "The run's new files hold at least one record",
            expected="at least one record",
            remedy="open one of the files; buffet identify FILE --why tells how it was read",
            severity="warn",
            query=queries.NOTHING_READ,
        ),
    )
