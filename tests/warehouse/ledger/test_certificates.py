"""Certificates: whoever changes a row behind the ledger's back is named."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from papers import MT940, Paper, batch_of

from flows.commands.proving import recomputed
from warehouse.ledger import certificates, runs
from warehouse.ledger.balance import Balance, balance_at, find_account
from warehouse.ledger.connection import atomically
from warehouse.ledger.verification import Verdict, verify
from warehouse.ledger.writer import write_batch

AT = datetime(2026, 2, 10, 6, tzinfo=UTC)
Movements = Sequence[tuple[int, str, str]]


def paper(name: str, opening: str | None, period: tuple[int, int], movements: Movements) -> Paper:
    """A statement of the giro."""
    return Paper(name, MT940, movements, opening=opening, period=period, folder="giro")


JANUARY = paper("jan", "100", (1, 15), [(2, "-5", "cafe"), (2, "-5", "cafe"), (9, "10", "pay")])
SECOND = paper("jan2", "100", (16, 31), [(20, "-30", "rent")])
OPEN = paper("open", None, (1, 31), [(25, "-1", "fee")])


@pytest.fixture
def night(engine: sa.Engine) -> Callable[..., None]:
    """Load papers, a night a call."""
    numbers = iter(range(1, 1000))

    def load(*papers: Paper, stated: int = 1, code: str = "test") -> None:
        number = next(numbers)
        run_id, at = f"00000000-0000-0000-0000-{number:012}", AT + timedelta(days=number)
        with atomically(engine) as connection:
            runs.open_run(connection, run_id=run_id, kind="night", started_at=at, code_version=code)
            write_batch(
                connection, batch_of(run_id, at, [replace(one, stated=stated) for one in papers])
            )

    return load


def verdict(engine: sa.Engine, **options: str | None) -> Verdict:
    with atomically(engine) as connection:
        return verify(connection, recomputed, **options)


def tamper(engine: sa.Engine, *statements: str) -> None:
    with atomically(engine) as connection:
        for one in statements:
            assert connection.exec_driver_sql(one).rowcount == 1


def kinds(found: Verdict) -> set[str]:
    return {one.kind for one in found.troubles}


def bodies(engine: sa.Engine) -> list[dict]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT body FROM certificate ORDER BY certificate_no")
        return [json.loads(body) for (body,) in rows]


def test_each_proven_statement_is_certified_and_verifies(night, engine) -> None:
    night(JANUARY, SECOND, OPEN)
    found = verdict(engine)
    assert (found.certificates, found.statements, found.transactions) == (2, 2, 5)
    assert found.troubles == ()
    second, first = bodies(engine)  # in the order of their sha256
    assert first["opening_balance"] == "100.0000"
    assert (first["credit_sum"], first["closing_balance"]) == ("10.0000", "100.0000")
    assert (second["certificate_no"], second["previous"], second["replaces"]) == (1, "", None)
    assert (first["certificate_no"], first["code_version"]) == (2, "test")
    assert verdict(engine, head=first["previous"]).troubles == ()


def test_a_replay_is_certified_once_whatever_code_reads_it(night, engine) -> None:
    night(JANUARY)
    before = bodies(engine)
    night(JANUARY, code="newer")
    assert bodies(engine) == before
    night(SECOND)
    assert verdict(engine).troubles == ()
    assert [one["certificate_no"] for one in bodies(engine)] == [1, 2]


def test_a_statement_that_comes_with_other_content_names_what_it_replaces(night, engine) -> None:
    night(JANUARY)
    night(replace(JANUARY, opening="90"))
    old, new = bodies(engine)
    assert new["replaces"] == new["previous"]
    assert (old["opening_balance"], new["opening_balance"]) == ("100.0000", "90.0000")
    assert verdict(engine).troubles == ()


def test_a_record_that_the_referee_moves_is_certified_anew(night, engine) -> None:
    first = paper("a", "10", (1, 9), [(9, "-1", "toll"), (9, "-1", "toll")])
    second = paper("b", "8", (9, 20), [(9, "-1", "toll"), (20, "5", "pay")])
    night(second)
    night(first)
    assert verdict(engine).troubles == ()
    assert [one["file"][0] for one in bodies(engine)] == ["b", "a", "b"]


def test_an_issue_that_replaces_another_leaves_both_certified(night, engine) -> None:
    night(JANUARY)
    night(replace(JANUARY, name="jan-new", movements=JANUARY.movements[1:]), stated=2)
    assert (len(bodies(engine)), verdict(engine).troubles) == (2, ())


def test_a_ledger_that_is_older_than_certificates_is_certified_once(night, engine) -> None:
    night(JANUARY, SECOND)
    with atomically(engine) as connection:
        connection.exec_driver_sql("TRUNCATE certificate")
        assert certificates.certify_held(connection, "test", AT) == 2
        assert verify(connection, recomputed).troubles == ()
    with atomically(engine) as connection:
        assert certificates.certify_held(connection, "test", AT) == 0


PAY = "(SELECT transaction_id FROM transaction WHERE amount = 10)"
FORGED = """
UPDATE certificate SET body = replace(body, '100.0000', '120.0000') WHERE certificate_no = 1
"""
EXTRA = """
INSERT INTO entry (file_id, record_no, statement_no, transaction_id, status, description,
                   raw_text)
SELECT file_id, 9, statement_no, transaction_id, status, description, raw_text
FROM entry WHERE record_no = 3
"""
CAFE = "(SELECT min(transaction_id::text)::uuid FROM transaction WHERE amount = -5)"


@pytest.mark.parametrize(
    ("change", "told", "records", "words"),
    [
        (
            "UPDATE transaction SET amount = 11 WHERE amount = 10",
            {"id", "sum"},
            (3,),
            "record 3 of",
        ),
        (
            "UPDATE transaction SET booked_on = booked_on + 1 WHERE amount = 10",
            {"id"},
            (3,),
            "statement 1 of file janx",
        ),
        (
            "UPDATE entry SET raw_text = raw_text || ' ' WHERE record_no = 2",
            {"record"},
            (2,),
            "changed: 2",
        ),
        (
            f"UPDATE entry SET transaction_id = {PAY} WHERE transaction_id = {CAFE}",
            {"record", "sum", "id"},
            None,
            "changed",
        ),
        ("DELETE FROM entry WHERE record_no = 3", {"record", "sum", "id"}, (3,), "missing: 3"),
        (
            EXTRA,
            {"record", "sum"},
            (9,),
            "not certified: 9",
        ),
        (
            "UPDATE statement SET closing_balance = 120 WHERE ends_on = '2026-01-15'",
            {"certificate", "sum"},
            None,
            "closing_balance is 120.0000, certified was 100.0000",
        ),
        ("DELETE FROM statement WHERE ends_on = '2026-01-15'", {"certificate"}, None, "not in the"),
        (
            FORGED,
            {"chain", "certificate"},
            None,
            "its hash does not follow",
        ),
        (
            "UPDATE certificate SET body = 'nothing' WHERE certificate_no = 1",
            {"chain", "certificate"},
            None,
            "its hash does not follow",
        ),
        (
            "UPDATE certificate SET seals = '' WHERE certificate_no = 1",
            {"certificate", "record"},
            None,
            "the seals of certificate 1 were changed",
        ),
        (
            "UPDATE certificate SET statement_no = 2 WHERE certificate_no = 1",
            {"chain", "certificate"},
            None,
            "about another",
        ),
        (
            "DELETE FROM certificate WHERE certificate_no = 1",
            {"chain", "certificate"},
            None,
            "certificate 1 is missing",
        ),
        (
            "DELETE FROM certificate WHERE certificate_no = 2",
            {"certificate"},
            None,
            "the last ones of the chain are missing",
        ),
    ],
)
def test_tampering_is_named(
    night, engine, change: str, told: set[str], records: tuple[int, ...] | None, words: str
) -> None:
    night(JANUARY, SECOND)
    tamper(engine, change)
    found = verdict(engine)
    assert kinds(found) == told
    assert any(words in f"{one.where}: {one.problem}" for one in found.troubles), found
    if records:
        assert {one.records for one in found.troubles} - {()} == {records}


def test_a_body_that_was_sealed_anew_breaks_the_next_link(night, engine) -> None:
    night(JANUARY, SECOND)
    forged = bodies(engine)[0] | {"closing_balance": "120.0000"}
    text = json.dumps(forged, sort_keys=True, separators=(",", ":"))
    with atomically(engine) as connection:
        connection.execute(
            sa.text("UPDATE certificate SET body = :body, hash = :hash WHERE certificate_no = 1"),
            {"body": text, "hash": certificates.hash_of(text)},
        )
    found = verdict(engine)
    assert [one.where for one in found.troubles if one.kind == "chain"] == ["certificate 2"]


def test_a_chain_that_was_cut_together_with_its_statement_lacks_the_noted_hash(
    night, engine
) -> None:
    night(JANUARY)
    night(SECOND)
    noted = verdict(engine).head
    tamper(
        engine,
        "DELETE FROM certificate WHERE certificate_no = 2",
        "DELETE FROM entry WHERE file_id = (SELECT max(file_id) FROM entry)",
        "DELETE FROM transaction WHERE amount = -30",
        "DELETE FROM statement WHERE ends_on = '2026-01-31'",
    )
    assert verdict(engine).troubles == ()
    (lost,) = verdict(engine, head=noted).troubles
    assert "cut or written anew" in lost.problem


@pytest.mark.parametrize("body", ["nothing", "[]", "{}"])
def test_a_body_that_cannot_be_read_stops_neither_verify_nor_a_night(night, engine, body) -> None:
    night(JANUARY, SECOND)
    with atomically(engine) as connection:
        connection.execute(
            sa.text("UPDATE certificate SET body = :body, hash = :hash WHERE certificate_no = 2"),
            {"body": body, "hash": certificates.hash_of(body)},
        )
    assert kinds(verdict(engine)) == {"chain", "certificate"}
    night(JANUARY, SECOND)
    assert kinds(verdict(engine)) == {"chain"}
    assert kinds(verdict(engine, account_id="0" * 32)) == {"chain"}


def test_only_the_account_that_is_asked_for_is_examined(night, engine) -> None:
    night(JANUARY)
    tamper(engine, "UPDATE transaction SET amount = 11 WHERE amount = 10")
    assert verdict(engine, account_id="0" * 32).troubles == ()
    with atomically(engine) as connection:
        account = find_account(connection, "giro")
    assert kinds(verdict(engine, account_id=str(account["account_id"]))) == {"id", "sum"}


def at(engine: sa.Engine, day: int) -> Balance:
    with atomically(engine) as connection:
        account = find_account(connection, "giro")
        return balance_at(connection, str(account["account_id"]), date(2026, 1, day))


@pytest.mark.parametrize(
    ("day", "balance"), [(1, "100"), (2, "90"), (9, "100"), (15, "100"), (20, "70"), (31, "70")]
)
def test_a_balance_inside_proven_statements_is_proven(night, engine, day, balance) -> None:
    night(JANUARY, SECOND)
    found = at(engine, day)
    assert (found.balance, found.is_proven) == (Decimal(balance), True)
    assert found.before is not None
    assert found.before.statement["certificate_no"] in (1, 2)


def test_a_day_between_statements_that_chain_is_proven(night, engine) -> None:
    night(
        paper("a", "100", (1, 5), [(2, "-5", "x")]),
        paper("b", "95", (20, 31), [(20, "-30", "rent")]),
    )
    found = at(engine, 10)
    assert (found.balance, found.is_proven) == (Decimal(95), True)


def test_a_gap_that_does_not_chain_is_not_proven(night, engine) -> None:
    night(
        paper("a", "100", (1, 5), [(2, "-5", "x")]),
        paper("b", "80", (20, 31), [(20, "-30", "rent")]),
    )
    found = at(engine, 10)
    assert (found.balance, found.is_proven) == (Decimal(95), False)
    assert "arrive at 95.00, but a proven statement says 80.00" in found.because


def test_beyond_the_last_proven_statement_movements_may_be_missing(night, engine) -> None:
    night(JANUARY, replace(OPEN, period=(16, 31)))
    found = at(engine, 26)
    assert (found.balance, found.is_proven) == (Decimal(99), False)
    assert "no proven statement reaches beyond 2026-01-15" in found.because
    assert [one["amount"] for one in found.movements] == [Decimal(-1)]


def test_before_all_statements_and_without_any_nothing_is_known(night, engine) -> None:
    night(OPEN)
    assert at(engine, 20).because == "no proven statement states a balance of this account"
    night(SECOND)
    found = at(engine, 2)
    assert (found.balance, found.is_proven) == (None, False)
    assert "the first balance" in found.because


def test_what_no_longer_counts_takes_the_proof_away(night, engine) -> None:
    night(JANUARY)
    tamper(engine, "UPDATE transaction SET standing = 'superseded' WHERE amount = 10")
    found = at(engine, 9)
    assert not found.is_proven
    assert "arrive at 90.00, but a proven statement says 100.00" in found.because
