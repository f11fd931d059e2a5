"""Each guard is needed: without it, a promise that a test holds is broken."""

import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
import sqlalchemy as sa

from warehouse.ledger import merges, referee, standings, tellers

HERE = Path(__file__).parent


def _tests_of(name: str) -> ModuleType:
    """A module of tests beside this one, by its own name."""
    spec = importlib.util.spec_from_file_location(f"guarded_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


standing = _tests_of("test_standing")
writing = _tests_of("test_writer")
announced = _tests_of("test_announced")


@dataclass(frozen=True)
class Mutant:
    """A guard taken out of the code, and the test that must see it.

    Attributes:
        module, constant: the SQL.
        old, new: what is taken out of it, and what stands in its place.
        test: the promise.
    """

    module: ModuleType
    constant: str
    old: str
    new: str
    test: Callable[..., None]

    def __str__(self) -> str:
        guard = " ".join(self.old.split())
        return f"{self.constant}: {guard[:40]}"


ANY_ORDER = writing.test_any_order_and_any_batching_make_the_same_ledger
AGAIN = writing.test_loading_again_changes_nothing
DETAILS = writing.test_details_stand_with_their_entry_once_and_without_it_not
KNOWN = writing.test_a_known_file_is_acknowledged_by_its_hash
MEET = standing.test_where_two_exports_meet_within_a_day_all_that_they_print_counts
WORDS = standing.test_the_source_that_tells_all_of_a_day_tells_it_in_its_own_words
OPENS = standing.test_a_later_statement_of_the_day_that_opens_otherwise_replaces_none
ANNOUNCED = announced.test_an_announcement_that_was_booked_is_known_to_have_been_announced
LOSES = standing.test_what_loses_is_superseded_in_the_receipt_and_stays_visible
ISSUED = standing.test_a_statement_that_was_issued_again_replaces_the_first
KNEW = standing.test_the_ledger_knows_what_it_knew
TEXTS = standing.test_the_same_days_with_other_texts_are_told_once
REREAD = standing.test_a_file_that_is_read_again_says_what_it_says_now
SHARED = standing.test_what_another_file_tells_too_stays_when_one_is_read_again
BOOKED = announced.test_an_announcement_booked_as_it_was_is_one_movement
ADDED = partial(
    standing.test_of_two_instalments_the_one_that_the_better_source_lacks_is_added, number=1
)
UNPROVEN = standing.test_what_an_unproven_better_source_does_not_tell_is_not_lost
SWEPT = standing.test_two_statements_of_a_day_that_end_where_they_began_both_count
LATE = standing.test_a_late_posting_is_no_record_of_a_statement_that_had_ended
WITHIN = standing.test_a_late_posting_of_a_day_that_a_statement_tells_whole_counts
NOON = standing.test_a_proven_statement_that_ends_within_a_day_does_not_tell_all_of_it
NEXT = standing.test_a_proven_statement_that_its_next_one_follows_tells_all_of_its_day
PROVEN = standing.test_what_a_proven_source_does_not_tell_of_a_day_did_not_happen

MUTANTS = [
    Mutant(
        merges,
        "POINT_TO_BETTER_ENTRIES",
        """
  AND (e.status COLLATE "C", e.source_rank, e.sha256 COLLATE "C", e.record_no)
    < (t.status COLLATE "C", kept.source_rank, kept.sha256 COLLATE "C", t.record_no)""",
        "",
        ANY_ORDER,
    ),
    Mutant(
        merges, "POINT_TO_BETTER_ENTRIES", "SET status = e.status", "SET status = t.status", BOOKED
    ),
    Mutant(
        merges, "KNOWN_KEYS", "USING (transaction_id)", "USING (transaction_id) WHERE false", AGAIN
    ),
    Mutant(merges, "HELD_DAYS", "LIMIT 1", "LIMIT 0", AGAIN),
    Mutant(
        merges,
        "INSERT_DETAILS",
        "JOIN entry e ON e.file_id = f.file_id AND e.record_no = d.record_no",
        "",
        DETAILS,
    ),
    Mutant(merges, "KNOWN_RECEIPTS", "read - set_aside - markers", "0", KNOWN),
    Mutant(merges, "KEEP_ANNOUNCED", "t.status = 'pending'", "false", ANNOUNCED),
    Mutant(standings, "REPLACE_STATEMENTS", "j.stated_on > i.stated_on", "false", ISSUED),
    Mutant(standings, "REPLACE_STATEMENTS", "j.opening_balance = i.opening_balance", "true", OPENS),
    Mutant(
        standings,
        "REPLACE_STATEMENTS",
        "AND i.opening_balance <> i.closing_balance",
        "",
        SWEPT,
    ),
    Mutant(standings, "CONTESTED_DAYS", "HAVING count(*) > 1", "HAVING false", TEXTS),
    Mutant(standings, "CONTESTED_DAYS", "OR bool_or(d.is_stray)", "", LATE),
    Mutant(standings, "CONTESTED_DAYS", "LIMIT 1\n) stray", "LIMIT 0\n) stray", LATE),
    Mutant(standings, "CONTESTED_DAYS", "s.ends_on < b.starts_on AND", "false AND", NEXT),
    Mutant(referee, "_MEET", "i.booked_on <= j.starts_on", "i.booked_on = j.starts_on", LATE),
    Mutant(tellers, "PARTIAL_DAYS", "AND e.closing_balance <>", "AND NULL <>", NOON),
    Mutant(tellers, "PARTIAL_DAYS", "AND n.opening_balance = s.closing_balance", "AND false", NEXT),
    Mutant(standings, "KEEP_VERSIONS", "t.standing <> v.standing", "false", KNEW),
    Mutant(
        standings,
        "RETRACT",
        """DELETE FROM entry e USING staged_file sf JOIN file f USING (sha256)
WHERE e.file_id = f.file_id AND f.attempts > 1;
""",
        "",
        REREAD,
    ),
    Mutant(standings, "UNTOLD", "NOT EXISTS", "EXISTS", SHARED),
    Mutant(tellers, "TOLD", "s.starts_on < x.booked_on AND", "", MEET),
    Mutant(tellers, "TOLD", "AND x.booked_on < s.ends_on", "", MEET),
    Mutant(tellers, "TOLD", "AND part[2]::int > 1\n            THEN", "AND false THEN", ADDED),
    Mutant(
        tellers,
        "VERDICT",
        "booked_on, source_rank, format COLLATE",
        "booked_on, format COLLATE",
        UNPROVEN,
    ),
    Mutant(
        tellers,
        "VERDICT",
        "WHERE is_sure OR movements >= coalesce(sure_movements, 0)\n",
        "",
        WORDS,
    ),
    Mutant(tellers, "VERDICT", "WHERE turn > held", "WHERE false", UNPROVEN),
    Mutant(tellers, "VERDICT", "OR p.is_late", "", WITHIN),
    Mutant(tellers, "VERDICT", "AND NOT t.is_proven\n", "\n", PROVEN),
    Mutant(tellers, "VERDICT", "THEN 'superseded'", "THEN 'counts'", TEXTS),
    Mutant(standings, "FRESH_THAT_LOST", "t.standing <> 'counts'", "false", LOSES),
]


BROKEN = (AssertionError, ValueError, sa.exc.IntegrityError, psycopg.IntegrityError)
"""How a promise breaks: by what its test compares, a receipt, or a constraint; never by bad SQL."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_guard_that_is_taken_out_is_missed(
    mutant: Mutant, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = getattr(mutant.module, mutant.constant)
    assert sql.count(mutant.old) == 1, "the guard stands where this test looks for it"
    monkeypatch.setattr(mutant.module, mutant.constant, sql.replace(mutant.old, mutant.new))
    parameters = inspect.signature(mutant.test).parameters.values()
    wanted = [one.name for one in parameters if one.default is one.empty]
    given = {name: request.getfixturevalue(name) for name in wanted}
    with pytest.raises(BROKEN):
        mutant.test(**given)


CONSTRAINTS = """
SELECT c.conname, r.relname AS "table", c.contype
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
WHERE c.connamespace = 'ledger'::regnamespace AND c.contype IN ('c', 'u', 'f')
ORDER BY c.conname
"""

LOST = "'ffffffff-0000-0000-0000-000000000000'"

REFUSED = {
    "ck_file_receipt_conserves": "UPDATE file_receipt SET inserted = inserted + 1",
    "ck_category_word_is_about_one": "INSERT INTO category_word (owner, scope, vendor, category,"
    " said_at) VALUES ('ana', 'transaction', 'X', 'Food', now())",
    "uq_file_sha256": "UPDATE file SET sha256 = 'same'",
    "fk_file_receipt_run_id": f"UPDATE file_receipt SET run_id = {LOST}",
    "fk_file_receipt_file_id": "UPDATE file_receipt SET file_id = -file_id",
    "fk_statement_file_id": "UPDATE statement SET file_id = -file_id",
    "fk_statement_account_id": f"UPDATE statement SET account_id = {LOST}",
    "fk_finding_run_id": f"UPDATE finding SET run_id = {LOST}",
    "fk_finding_file_id": "UPDATE finding SET file_id = -file_id",
    "fk_publication_run_id": "INSERT INTO publication (generation, action, run_id, at)"
    f" VALUES ('g', 'publish', {LOST}, now())",
    "fk_check_result_run_id": "INSERT INTO check_result (run_id, layer, table_name, check_name,"
    " subject, severity, status, observed, expected, failing_rows, checked_at)"
    f" VALUES ({LOST}, 'marts', 't', 'c', '', 'warn', 'pass', '', '', 0, now())",
}
"""What each constraint of the ledger refuses; primary keys are for the merges above."""


def test_each_constraint_refuses_what_nothing_else_does(
    nights: Callable[..., object], engine: sa.Engine
) -> None:
    """Without it, the same statement is carried out."""
    _fill(nights, engine)
    with engine.connect() as connection:
        known = {name: table for name, table, _ in connection.exec_driver_sql(CONSTRAINTS)}
        assert set(known) == set(REFUSED)
        for name, sql in REFUSED.items():
            with pytest.raises(sa.exc.IntegrityError, match=name), connection.begin_nested():
                connection.exec_driver_sql(sql)
            with connection.begin_nested() as attempt:
                connection.exec_driver_sql(f"ALTER TABLE {known[name]} DROP CONSTRAINT {name}")
                assert connection.exec_driver_sql(sql).rowcount, name
                attempt.rollback()


def _fill(load: Callable[..., object], engine: sa.Engine) -> None:
    """Two files with statements, receipts and a finding."""
    load(*standing.TWO_HALVES)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO finding (file_id, code, message, remedy, raw_text, is_set_aside, state,"
            " run_id) SELECT file_id, 'x', 'x', 'x', '', false, 'open', run_id FROM file_receipt"
        )
