"""Each check has a canary: break the ledger so that this check does not hold, and no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schemas.errors import AuditRefused, LedgerUnavailable
from warehouse.ledger.connection import connect
from warehouse.quality import queries
from warehouse.quality.gate import audit
from warehouse.quality.suites import plan

SALARY = "text_key = 'canarycoffee salary'"
PENDING = "text_key = 'canarycoffee announced'"
OTHER = "file_id = (SELECT file_id FROM file WHERE name = 'other.csv')"
LATE = "file_id = (SELECT file_id FROM file WHERE name = 'late.csv')"


def nullable(table, column, where):
    return [
        f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL",
        f"UPDATE {table} SET {column} = NULL WHERE {where}",
    ]


CANARIES = {
    "transaction_id_unique": [
        "ALTER TABLE entry DROP CONSTRAINT IF EXISTS fk_entry_transaction_id",
        "ALTER TABLE transaction DROP CONSTRAINT IF EXISTS pk_transaction",
        f"""INSERT INTO transaction
                   (transaction_id, account_id, booked_on, amount, currency, text_key, ref_key,
                    occurrence, status, standing, because, first_known_at, known_from, file_id,
                    record_no)
            SELECT transaction_id, account_id, booked_on, amount, currency, 'twice', ref_key,
                   occurrence, status, standing, because, first_known_at, known_from, file_id,
                   record_no
            FROM transaction WHERE {PENDING}""",
        # its entry now meets two transactions, which would change the statement's count as well
        "UPDATE statement SET record_count = record_count + 1 WHERE opening_balance = 100",
    ],
    "transaction_account_id_present": nullable("transaction", "account_id", SALARY),
    "transaction_booked_on_present": nullable("transaction", "booked_on", SALARY),
    "transaction_amount_present": nullable("transaction", "amount", PENDING),
    "transaction_currency_present": nullable("transaction", "currency", SALARY),
    "currency_code": [f"UPDATE transaction SET currency = 'R$' WHERE {SALARY}"],
    "booked_on_plausible": [f"UPDATE transaction SET booked_on = '1969-12-31' WHERE {SALARY}"],
    "amount_plausible": [f"UPDATE transaction SET amount = 1000000000000.01 WHERE {PENDING}"],
    "booked_on_not_far_ahead": [f"UPDATE transaction SET booked_on = '2027-05-08' WHERE {SALARY}"],
    "movements_told_once": [
        f"UPDATE file SET format = 'ofx1' WHERE {LATE}",
        f"UPDATE transaction SET booked_on = '2026-03-10', amount = 1200 WHERE {LATE}",
        f"""UPDATE statement SET closing_balance = opening_balance + 1200, credit_sum = 1200,
                                 debit_sum = 0 WHERE {LATE}""",
    ],
    "best_entry_exists": [f"UPDATE transaction SET record_no = 99 WHERE {PENDING}"],
    "occurrences_have_no_holes": ["UPDATE transaction SET occurrence = 3 WHERE occurrence = 2"],
    "entry_description_present": nullable("entry", "description", OTHER),
    "entry_raw_text_present": nullable("entry", "raw_text", OTHER),
    "entry_belongs": [f"DELETE FROM statement WHERE {OTHER}"],
    "file_sha256_unique": [
        "ALTER TABLE file DROP CONSTRAINT IF EXISTS uq_file_sha256",
        f"UPDATE file SET sha256 = (SELECT sha256 FROM file WHERE {LATE}) WHERE {OTHER}",
    ],
    "file_has_receipt": [
        """INSERT INTO file (sha256, name, owner, size_bytes, received_at, source_rank, status,
                             attempts, read, set_aside, markers)
           VALUES ('00', 'lost.csv', 'CanaryOwner', 1, now(), 3, 'loaded', 1, 0, 0, 0)"""
    ],
    "receipts_conserve": [
        "ALTER TABLE file_receipt DROP CONSTRAINT IF EXISTS ck_file_receipt_conserves",
        f"UPDATE file_receipt SET inserted = inserted + 1 WHERE {LATE}",
    ],
    "files_complete": [f"UPDATE file SET markers = 1 WHERE {LATE}"],
    "statements_close": [
        f"UPDATE statement SET closing_balance = closing_balance + 0.0001 WHERE {OTHER}"
    ],
    "statement_sums": [f"UPDATE transaction SET amount = amount + 0.01 WHERE {SALARY}"],
    "failed_statements_held": [f"UPDATE statement SET proof = 'failed' WHERE {OTHER}"],
    "balances_continue": [
        f"""UPDATE statement SET opening_balance = opening_balance + 1,
                                 closing_balance = closing_balance + 1 WHERE {LATE}"""
    ],
    "periods_without_gap": [
        f"""UPDATE statement SET opening_on = '2026-03-18', opening_balance = opening_balance + 1,
                                 closing_balance = closing_balance + 1 WHERE {LATE}"""
    ],
    "accounts_fresh": [f"UPDATE file SET received_at = '2026-01-01' WHERE {OTHER}"],
    "volume_usual": [
        """INSERT INTO run SELECT gen_random_uuid(), 'nightly', 'published',
                   CAST('2026-03-01' AS timestamptz) + n * interval '1 day', now(), 'test', NULL
            FROM generate_series(1, 5) n""",
        """INSERT INTO file_receipt (run_id, file_id, batch_no, outcome, read, inserted,
                                      already_known, superseded, set_aside, markers)
            SELECT r.run_id, f.file_id, 1, 'loaded', 61, 61, 0, 0, 0, 0
            FROM run r, file f WHERE f.name = 'late.csv' AND r.status = 'published'""",
    ],
    "files_hold_records": ["UPDATE file_receipt SET read = 0, inserted = 0"],
}

OTHER_WAYS = {
    "a record of a quarantined statement is in the ledger": (
        "statement_sums",
        [f"UPDATE statement SET status = 'quarantined' WHERE {OTHER}"],
    ),
    "a transaction of an account that nobody knows": (
        "entry_belongs",
        [
            "ALTER TABLE transaction DROP CONSTRAINT IF EXISTS fk_transaction_account_id",
            f"UPDATE transaction SET account_id = gen_random_uuid() WHERE {SALARY}",
        ],
    ),
    "an entry without its transaction": (
        "entry_belongs",
        [
            "ALTER TABLE entry DROP CONSTRAINT IF EXISTS fk_entry_transaction_id",
            f"DELETE FROM transaction WHERE {PENDING}",
            "UPDATE statement SET record_count = record_count - 1 WHERE opening_balance = 100",
        ],
    ),
    "two wrong amounts cancel out": (
        "statement_sums",
        [
            f"UPDATE transaction SET amount = amount + 2 WHERE {SALARY}",
            "UPDATE transaction SET amount = amount - 1 WHERE text_key = 'canarycoffee'",
        ],
    ),
    "the pointer leads to another movement": (
        "best_entry_exists",
        [f"UPDATE transaction SET record_no = 1 WHERE {SALARY}"],
    ),
    "the first of two twins is gone": (
        "occurrences_have_no_holes",
        ["UPDATE transaction SET text_key = 'moved' WHERE occurrence = 2"],
    ),
    "the same occurrence twice": (
        "occurrences_have_no_holes",
        ["UPDATE transaction SET occurrence = 1"],
    ),
    "a proven statement without a balance": (
        "statements_close",
        [f"UPDATE statement SET closing_balance = NULL WHERE {OTHER}"],
    ),
    "accepted, but nobody said why": (
        "failed_statements_held",
        [f"UPDATE statement SET proof = 'failed', status = 'accepted' WHERE {OTHER}"],
    ),
    "a receipt with a count below zero": (
        "receipts_conserve",
        [f"UPDATE file_receipt SET inserted = 2, set_aside = -1 WHERE {LATE}"],
    ),
    "an earlier statement contradicts": (
        "balances_continue",
        [
            """UPDATE statement SET opening_balance = 101, closing_balance = 1292
               WHERE opening_balance = 100"""
        ],
    ),
}


def _all_canaries():
    yield from ((name, name, commands) for name, commands in CANARIES.items())
    yield from ((way, name, commands) for way, (name, commands) in OTHER_WAYS.items())


def fallen(verdict):
    return {check.name for check in verdict.checks if not check.is_passed}


def test_every_check_has_a_canary(ledger):
    planned = plan(run_id=ledger.run, at=ledger.at, stale_days=45)
    assert {check.name for check in planned.checks} == CANARIES.keys()


def test_days_without_a_statement_are_no_gap_when_the_balances_chain(ledger, tmp_path):
    ledger.execute(f"UPDATE statement SET opening_on = '2026-03-18' WHERE {LATE}")
    verdict = audit(ledger.url, run_id=ledger.run, docs=tmp_path, at=ledger.at)
    assert fallen(verdict) == set()


@pytest.mark.parametrize("scope", ["run", "whole"])
def test_a_sound_ledger_passes(ledger, tmp_path, scope):
    run_id = ledger.run if scope == "run" else None
    verdict = audit(ledger.url, run_id=run_id, docs=tmp_path, at=ledger.at)
    assert fallen(verdict) == set()
    assert verdict.is_passed
    observed = {check.name: check.observed for check in verdict.checks}
    assert observed["transaction_id_unique"] == "holds for 6 of 6 transactions"
    assert observed["statement_sums"] == "holds for 3 of 3 statements"


@pytest.mark.parametrize(
    ("name", "commands"),
    [pytest.param(name, commands, id=way) for way, name, commands in _all_canaries()],
)
def test_exactly_one_check_falls(ledger, tmp_path, name, commands):
    ledger.execute(*commands)
    verdict = audit(ledger.url, run_id=ledger.run, docs=tmp_path, at=ledger.at)
    assert fallen(verdict) == {name}
    check = next(check for check in verdict.checks if check.name == name)
    assert check.failing_count > 0
    assert verdict.is_passed == (check.severity == "warn")
    assert (check in verdict.warnings) == verdict.is_passed
    assert (check in verdict.failures) == (not verdict.is_passed)


def test_the_whole_ledger_sees_what_a_later_run_did_not_touch(ledger, tmp_path):
    tonight = "00000000-0000-0000-0000-00000000000b"
    paper = replace(ledger.papers[2], name="new.csv", account="three")
    ledger.load((paper,), run=tonight, at=ledger.at + timedelta(days=1))
    ledger.execute(*CANARIES["statement_sums"])
    night = audit(ledger.url, run_id=tonight, docs=tmp_path, at=ledger.at)
    whole = audit(ledger.url, run_id=None, docs=tmp_path, at=ledger.at)
    assert (fallen(night), fallen(whole)) == (set(), {"statement_sums"})


def test_a_night_of_one_file_is_not_audited_by_walking_through_the_ledger(ledger):
    paper = ledger.papers[2]
    (one,) = paper.movements
    many = tuple(replace(one, amount=f"{number}.0000") for number in range(1, 401))
    history = tuple(
        replace(paper, name=f"{number}.csv", account=f"{number}", movements=many)
        for number in range(60)
    )
    ledger.load(history, run="00000000-0000-0000-0000-00000000000b", at=ledger.at)
    ledger.execute("ANALYZE file, file_receipt, statement, entry, transaction")
    walked = [name for name, steps in plans(ledger).items() if WALK & set(steps)]
    assert walked == []


WALK = {f"Seq Scan on {table}" for table in ("entry", "entry e", "transaction", "transaction t")}


def plans(ledger):
    """How Postgres means to answer each query of the audit of a run, step by step."""
    planned = plan(run_id=ledger.run, at=ledger.at, stale_days=45)
    engine = connect(ledger.url)
    found = {}
    with engine.connect() as connection:
        for name, value in queries.SESSION.items():
            connection.exec_driver_sql(f"SET {name} = '{value}'")
        for batch, query in planned.batches.items():
            found[batch] = connection.exec_driver_sql(f"EXPLAIN {query}").scalars().all()
            connection.exec_driver_sql(f"CREATE TEMP TABLE {batch}_batch AS {query}")
        for check in planned.checks:
            if check.query:
                batch = f"WITH batch AS (SELECT * FROM {check.batch}_batch)"
                told = connection.exec_driver_sql(f"EXPLAIN {batch} {check.query}")
                found[check.name] = told.scalars().all()
    engine.dispose()
    return {
        name: [line.split("  (")[0].strip(" ->") for line in lines] for name, lines in found.items()
    }


def test_an_empty_ledger_passes(ledger, tmp_path):
    ledger.execute("TRUNCATE file, account, run, statement, entry, transaction CASCADE")
    assert audit(ledger.url, run_id=None, docs=tmp_path, at=ledger.at).is_passed
    assert audit(ledger.url, run_id=ledger.run, docs=tmp_path, at=ledger.at).is_passed


def test_four_earlier_runs_are_too_few_to_judge_a_volume(ledger, tmp_path):
    ledger.execute(*CANARIES["volume_usual"])
    ledger.execute(
        "DELETE FROM file_receipt WHERE run_id = "
        "(SELECT run_id FROM run WHERE status = 'published' LIMIT 1)"
    )
    assert fallen(audit(ledger.url, run_id=ledger.run, docs=tmp_path, at=ledger.at)) == set()


@pytest.mark.parametrize(
    "command",
    ["ALTER TABLE transaction DROP COLUMN text_key", "ALTER TABLE file_receipt RENAME TO moved"],
)
def test_a_check_that_cannot_run_is_an_error_not_a_verdict(ledger, tmp_path, command, caplog):
    ledger.execute(command)
    with pytest.raises(AuditRefused, match="could not be run"):
        audit(ledger.url, run_id=None, docs=tmp_path, at=ledger.at)
    assert caplog.text == ""  # Great Expectations would log what the database said, with its rows


def test_a_missing_server_is_named_without_the_password(tmp_path):
    url = "postgresql+psycopg://loader:CanaryPassword$1@127.0.0.1:1/ledger"
    with pytest.raises(LedgerUnavailable) as caught:
        audit(url, run_id=None, docs=tmp_path, at=datetime(2026, 4, 2, tzinfo=UTC))
    assert "CanaryPassword" not in str(caught.value)
    assert "loader" in str(caught.value)


def test_a_run_id_is_a_uuid(tmp_path):
    at = datetime(2026, 4, 2, tzinfo=UTC)
    with pytest.raises(ValueError, match="UUID"):
        audit("postgresql+psycopg://", run_id="x' OR 'a' = 'a", docs=tmp_path, at=at)
