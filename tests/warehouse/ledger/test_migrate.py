"""The schema of the ledger: up, down, up; and what a run on another schema is told."""

import pytest
import sqlalchemy as sa

from schemas.errors import LedgerBusy, LedgerOutdated
from warehouse.ledger import decisions, migrate
from warehouse.ledger.connection import atomically, connect, only_run
from warehouse.ledger.lookout import is_run_at_work


@pytest.fixture
def blank(empty_database: str):
    engine = connect(empty_database)
    yield engine
    engine.dispose()


def tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names(schema="ledger")) - {"schema_version"}


def test_empty_to_head_to_empty_to_head(blank: sa.Engine) -> None:
    migrate.migrate(blank)
    full = tables(blank)
    assert {"transaction", "entry", "statement", "file"} <= full
    migrate.migrate(blank, "base")
    assert tables(blank) == set()
    migrate.migrate(blank)
    assert tables(blank) == full


def test_models_and_migrations_say_the_same(blank: sa.Engine) -> None:
    migrate.migrate(blank)
    assert migrate.differences(blank) == []
    with blank.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE ledger.account ADD COLUMN surplus text")
    assert len(migrate.differences(blank)) == 1


def test_a_schema_of_another_time_is_refused_with_a_remedy(blank: sa.Engine) -> None:
    with pytest.raises(LedgerOutdated, match="buffet migrate"):
        migrate.check(blank)
    migrate.migrate(blank)
    migrate.check(blank)
    with blank.begin() as connection:
        connection.exec_driver_sql("UPDATE ledger.schema_version SET version_num = '9999'")
    with pytest.raises(LedgerOutdated, match="newer than this code"):
        migrate.check(blank)


def test_a_second_run_says_so_and_leaves(engine: sa.Engine, ledger_url: str) -> None:
    other = connect(ledger_url)
    with only_run(engine), pytest.raises(LedgerBusy, match="another run"), only_run(other):
        pass
    with only_run(other):
        pass
    other.dispose()


def test_the_lock_is_free_although_its_session_ends_later(
    engine: sa.Engine, ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sa.Connection, "invalidate", lambda _: None)  # so the session goes on
    other = connect(ledger_url)
    with only_run(engine), other.connect() as connection:
        assert is_run_at_work(connection)
    with other.connect() as connection:
        assert not is_run_at_work(connection)
    other.dispose()


def test_the_lock_falls_with_its_session(engine: sa.Engine, ledger_url: str) -> None:
    other = connect(ledger_url)
    with only_run(engine):
        with other.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory'"
            )
        with only_run(other):
            pass
    other.dispose()


REFUSED, ACCEPTED = "a" * 64, "b" * 64
BEFORE = [
    """INSERT INTO run (run_id, kind, status, started_at, code_version)
       VALUES ('00000000-0000-0000-0000-000000000001', 'night', 'published', '2026-03-01Z', 'x')""",
    f"""INSERT INTO file (sha256, name, owner, size_bytes, received_at, source_rank, status,
                         attempts, read, set_aside, markers, accepted_reason, error_code,
                         error_where, error_problem, error_remedy)
        VALUES ('{REFUSED}', 'letter', 'ana', 1, '2026-03-01Z', 9, 'refused', 1, 0, 0, 0, NULL,
                'unknown_format', 'letter', 'no reader', 'look at it'),
               ('{ACCEPTED}', 'march', 'ana', 1, '2026-03-01Z', 1, 'partly', 2, 2, 1, 0, 'they say',
                NULL, NULL, NULL, NULL)""",
    """INSERT INTO file_receipt (run_id, file_id, batch_no, outcome, read, inserted, already_known,
                                 superseded, set_aside, markers)
       SELECT '00000000-0000-0000-0000-000000000001', file_id, 1, status, read, read - set_aside,
              0, 0, set_aside, 0
       FROM file""",
    f"""INSERT INTO finding (file_id, statement_no, record_no, place, code, message, remedy,
                            raw_text, is_set_aside, state, run_id)
        SELECT file_id, 1, record_no, 'line 1', code, 'm', 'r', 't', record_no IS NOT NULL, 'open',
               '00000000-0000-0000-0000-000000000001'
        FROM file, (VALUES (1, 'amount_missing'), (NULL, 'statement_unbalanced'),
                           (NULL, 'account_unnamed')) AS one (record_no, code)
        WHERE sha256 = '{ACCEPTED}'""",
]


def test_what_persons_accepted_and_what_was_refused_comes_along(blank: sa.Engine) -> None:
    migrate.migrate(blank, "0004")
    with atomically(blank) as connection:
        for query in BEFORE:
            connection.exec_driver_sql(query)
    migrate.migrate(blank)
    with atomically(blank) as connection:
        held = connection.exec_driver_sql(
            "SELECT level, code FROM finding ORDER BY level, code"
        ).all()
        (word,) = decisions.in_force(connection, [ACCEPTED, REFUSED])
        (said,) = decisions.history(connection, ACCEPTED)
    assert [tuple(row) for row in held] == [
        ("file", "unknown_format"),
        ("record", "amount_missing"),
        ("statement", "statement_unbalanced"),
        (None, "account_unnamed"),
    ]
    assert (word.sha256, word.level, word.word) == (ACCEPTED, "file", "accepted")
    assert (said["reason"], said["said_by"]) == ("they say", "unknown")
    migrate.migrate(blank, "0005")
    with atomically(blank) as connection:
        reasons = connection.exec_driver_sql("SELECT accepted_reason FROM file ORDER BY sha256")
        assert [reason for (reason,) in reasons] == [None, "they say"]
        assert connection.exec_driver_sql("SELECT count(*) FROM finding").scalar_one() == 3


GUESSED = [("FEE", "-1.00", "fee_interest"), (None, "2.00", "income"), ("POS", "-3.00", "expense")]


def test_the_flow_that_nothing_read_goes_and_can_be_guessed_again(blank: sa.Engine) -> None:
    migrate.migrate(blank)
    with atomically(blank) as connection:
        for number, (code, amount, _) in enumerate(GUESSED, 1):
            movement = {"no": number, "code": code, "amount": amount}
            connection.execute(
                sa.text(
                    "INSERT INTO transaction (transaction_id, account_id, booked_on, amount,"
                    " currency, text_key, occurrence, status, first_known_at, known_from, file_id,"
                    " record_no) VALUES (CAST(lpad(CAST(:no AS text), 32, '0') AS uuid),"
                    " gen_random_uuid(), '2026-03-01', :amount, 'BRL', 'X', 1, 'booked', now(),"
                    " now(), 1, :no)"
                ),
                movement,
            )
            connection.execute(
                sa.text(
                    "INSERT INTO entry (file_id, record_no, statement_no, transaction_id, status,"
                    " description, kind_code, raw_text) VALUES (1, :no, 1,"
                    " CAST(lpad(CAST(:no AS text), 32, '0') AS uuid), 'booked', 'x', :code, 'x')"
                ),
                movement,
            )
    migrate.migrate(blank, "0009")
    with atomically(blank) as connection:
        found = connection.exec_driver_sql("SELECT flow_class FROM entry ORDER BY record_no")
        assert found.scalars().all() == [flow for _, _, flow in GUESSED]
    migrate.migrate(blank)
    assert migrate.differences(blank) == []
