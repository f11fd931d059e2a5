"""The command line with a ledger: runs, marts, quarantine, doctor, and every way to end."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from command import Said, buffet

from tasks.sample.truth import Truth
from tasks.sample.write import write_samples
from warehouse.ledger import embedded, migrate
from warehouse.ledger.connection import atomically, connect, only_run

QUARANTINED = "Extrato-01-03-2026-a-31-03-2026.csv"


@dataclass(frozen=True)
class House:
    home: Path
    url: str
    samples: Path
    truth: Truth
    first: Said

    def ask(self, sql: str) -> list[dict]:
        return buffet("query", sql, "--json").lines()


@pytest.fixture(scope="module")
def house(postgres: embedded.Server, migrated: str, tmp_path_factory) -> Iterator[House]:
    """A house in which one night has run over the samples; tests of this file share it."""
    home = tmp_path_factory.mktemp("house")
    name = "cli_house"
    url = embedded.create_database(postgres, name, template=migrated)
    truth = write_samples(home / "samples", months=3)
    with pytest.MonkeyPatch.context() as patch:
        for one in [one for one in os.environ if one.startswith(("BUFFET_", "PREFECT_API"))]:
            patch.delenv(one)
        patch.chdir(home)
        patch.setenv("PREFECT_HOME", str(home / "prefect"))
        patch.setenv("BUFFET_DATABASE_URL", url)
        patch.setenv("BUFFET_QUIET_SECONDS", "0")
        yield House(home, url, home / "samples", truth, buffet("run", "samples", "--json"))
    embedded.drop_database(postgres, name)


@pytest.fixture
def ledger(house: House) -> Iterator[sa.Engine]:
    engine = connect(house.url)
    yield engine
    engine.dispose()


def test_a_run_tells_the_truth_and_leaves_a_folder_as_it_is(house: House):
    (receipt,) = house.first.lines()
    files = house.truth.files
    assert house.first.status == 1
    assert receipt["status"] == "published"
    assert receipt["audit"]["is_passed"]
    for outcome in ("loaded", "partly", "quarantined", "refused"):
        assert receipt["outcomes"][outcome] == files.filter(status=outcome).height
    assert receipt["receipt"]["inserted"] == house.truth.totals()["transaction_count"].sum()
    assert all((house.samples / path).exists() for path in files["path"])
    assert "buffet query" in house.first.err
    assert "buffet quarantine show" in house.first.err
    assert "make up" in house.first.err


def test_the_next_run_knows_every_file_and_is_well(house: House):
    said = buffet("run", str(house.samples))
    assert said.status == 0
    assert "known" in said.out
    assert "audit: passed" in said.out
    assert "generation: " in said.out


def test_a_dry_run_keeps_nothing(house: House, tmp_path: Path):
    write_samples(tmp_path, seed=99, months=1)
    before = house.ask("SELECT count(*) AS n FROM fct_transactions")
    said = buffet("run", str(tmp_path), "--dry-run")
    assert said.status in (0, 1)
    assert "nothing was kept" in said.out
    again = buffet("run", str(tmp_path), "--dry-run", "--json").lines()[0]
    assert again["receipt"]["inserted"] > 0
    assert again["generation"] is None
    assert house.ask("SELECT count(*) AS n FROM fct_transactions") == before


def test_money_leaves_the_marts_to_the_cent(house: House):
    sql = "SELECT currency, sum(amount) AS total FROM fct_transactions GROUP BY 1 ORDER BY 1"
    rows = buffet("query", sql, "--json").lines()
    table = pl.read_csv(buffet("query", sql, "--csv").out.encode(), infer_schema=False)
    assert table["total"].to_list() == [row["total"] for row in rows]
    assert all(len(row["total"].split(".")[1]) == 2 for row in rows)
    assert rows[0]["total"] in buffet("query", sql).out


@pytest.mark.parametrize("sql", ["SELEC", "SELECT 1; SELECT 2", "DROP TABLE dim_account", ""])
def test_a_question_that_is_none_is_2(house: House, sql: str):
    said = buffet("query", sql)
    assert (said.status, said.out) == (2, "")


def test_every_day_of_a_question_is_shown(house: House):
    sql = "SELECT DATE 'infinity' AS d, INTERVAL 3 MONTHS AS i, 1.50 AS n"
    assert house.ask(sql) == [{"d": "infinity", "i": "3 months", "n": "1.50"}]
    assert buffet("query", sql, "--csv").out == "d,i,n\ninfinity,3 months,1.50\n"
    assert "infinity" in buffet("query", sql).out


def test_a_list_goes_into_json_and_not_into_csv(house: House):
    assert house.ask("SELECT [1.5, 2] AS l") == [{"l": ["1.50", "2.00"]}]
    assert buffet("query", "SELECT [1, 2] AS l", "--csv").status == 2


def test_rollback_and_publish_move_the_marts(house: House, ledger: sa.Engine):
    assert buffet("publish").status == 0
    before = [row for row in buffet("generations", "--json").lines() if row["is_published"]]
    said = buffet("rollback")
    assert said.status == 0
    assert said.out.strip() < before[0]["generation"]
    wrong = buffet("rollback", "nosuch")
    assert (wrong.status, before[0]["generation"] in wrong.err) == (2, True)
    with atomically(ledger) as connection:
        last = connection.execute(
            sa.text("SELECT action, generation FROM publication ORDER BY publication_id DESC")
        ).first()
    assert tuple(last) == ("rollback", said.out.strip())
    assert buffet("rollback", before[0]["generation"]).status == 0


def test_the_quarantine_lists_shows_and_retries(house: House):
    held = buffet("quarantine", "list", "--json").lines()
    by_name = {row["name"]: row["sha256"] for row in held}
    assert "extrato.csv" in by_name
    assert "extrato.csv" in buffet("quarantine", "list").out
    shown = buffet("quarantine", "show", by_name["extrato.csv"][:10])
    assert shown.status == 0
    assert "remedy" in shown.out
    (row,) = buffet("quarantine", "show", QUARANTINED, "--json").lines()
    assert [item["code"] for item in row["items"]] == ["statement_unbalanced"]
    assert "balance_chain_broken" in [remark["code"] for remark in row["remarks"]]
    assert buffet("quarantine", "show", "zzz").status == 2
    retried = buffet("quarantine", "retry", by_name["extrato.csv"], "--json")
    assert retried.status == 1
    assert retried.lines()[0]["outcomes"]["refused"] == 1
    everything = buffet("quarantine", "retry", "--all", "--json").lines()[0]
    assert len(everything["files"]) == len({row["sha256"] for row in held})


def test_a_person_may_accept_what_does_not_add_up(house: House, ledger: sa.Engine):
    refused = buffet("quarantine", "accept", "extrato.csv", "--reason", "I insist")
    assert refused.status == 2
    said = buffet("quarantine", "accept", QUARANTINED, "--reason", "the bank confirms", "--json")
    assert said.status == 0
    assert said.lines()[0]["receipt"]["inserted"] > 0
    with atomically(ledger) as connection:
        found = connection.scalar(
            sa.text(
                "SELECT d.reason FROM decision d JOIN file f USING (sha256) WHERE f.name = :name"
            ),
            {"name": QUARANTINED},
        )
    assert found == "the bank confirms"


def test_a_person_may_drop_what_is_held_and_take_it_back(house: House):
    held = buffet("quarantine", "list", "--json").lines()
    record = next(row for row in held if row["level"] == "record")
    file, number = record["sha256"][:12], str(record["record_no"])
    words = ("quarantine", "drop", file, "--record", number, "--reason")
    assert buffet(*words, " ").status == 2
    assert buffet(*words, "x", "--statement", "1").status == 2
    said = buffet(*words, "an advertisement", "--json")
    assert said.status == 0
    assert [row["record_no"] for row in said.lines()] == [record["record_no"]]
    assert "quarantine reopen" in said.err
    assert "raw_text" not in said.out + buffet("quarantine", "list", "--all", "--json").out
    assert len(buffet("quarantine", "list", "--json").lines()) == len(held) - 1
    (dropped,) = buffet("quarantine", "list", "--state", "dropped", "--json").lines()
    assert dropped == record | {"state": "dropped"}
    shown = buffet("quarantine", "show", file).out
    assert "an advertisement" in shown
    assert "dropped by" in shown
    buffet("quarantine", "reopen", file, "--reason", "it is a movement")
    back = buffet("quarantine", "list", "--json").lines()[held.index(record)]
    assert back["attempts"] == record["attempts"] + 1
    news = {name: record[name] for name in ("attempts", "last_seen_at")}
    assert back | news == record
    assert buffet("quarantine", "list", "--state", "lost").status == 2


def test_a_file_whose_bytes_are_gone_cannot_be_retried(house: House):
    row = next(
        r for r in buffet("quarantine", "list", "--json").lines() if r["file_status"] == "partly"
    )
    ticket = house.home / "data/archive" / row["sha256"][:2] / f"{row['sha256']}.json"
    aside = ticket.rename(ticket.with_suffix(".aside"))
    said = buffet("quarantine", "retry", row["sha256"])
    aside.rename(ticket)
    assert said.status == 1
    assert "not in the archive" in said.err


def test_while_a_run_is_at_work_the_second_is_5_and_doctor_sees_it(house: House, ledger):
    with only_run(ledger):
        for words in (("run", "samples"), ("publish",), ("rollback",), ("migrate",)):
            said = buffet(*words)
            assert (said.status, said.out) == (5, ""), words
        probes = {row["name"]: row for row in buffet("doctor", "--json").lines()}
        assert "at work" in probes["run"]["found"]
    assert buffet("migrate").status == 0


def test_when_the_audit_says_no_the_old_marts_stay_and_it_is_3(house: House, ledger: sa.Engine):
    published = [row for row in buffet("generations", "--json").lines() if row["is_published"]]
    spoil = "UPDATE transaction SET amount = amount + {} WHERE transaction_id = :id"
    with atomically(ledger) as connection:
        one = connection.scalar(sa.text("SELECT min(transaction_id::text) FROM transaction"))
        connection.execute(sa.text(spoil.format("0.01")), {"id": one})
    said = buffet("publish")
    with atomically(ledger) as connection:
        connection.execute(sa.text(spoil.format("-0.01")), {"id": one})
    assert (said.status, said.out) == (3, "")
    assert "the old marts stay" in said.err
    now = [row for row in buffet("generations", "--json").lines() if row["is_published"]]
    assert now == published
    assert buffet("publish").status == 0


def test_doctor_is_content_and_finds_what_is_left_over(house: House):
    assert buffet("doctor").status == 0
    pending = house.home / "data/archive/pending/abc.json"
    pending.write_text("{}")
    said = buffet("doctor", "--json")
    pending.unlink()
    troubles = [row for row in said.lines() if not row["is_well"]]
    assert said.status == 4
    assert [row["name"] for row in troubles] == ["archive"]
    assert all(row["remedy"] for row in troubles)


def test_doctor_finds_marts_that_cannot_be_read(house: House):
    link = house.home / "data/marts/buffet.duckdb"
    target = link.readlink()
    link.unlink()
    link.symlink_to("generations/nosuch.duckdb")
    said = buffet("doctor", "--json")
    question = buffet("query", "SELECT 1")
    link.unlink()
    link.symlink_to(target)
    assert (said.status, question.status) == (4, 4)
    assert [row["name"] for row in said.lines() if not row["is_well"]] == ["marts"]


def test_a_ledger_of_another_time_is_4(house: House, ledger: sa.Engine):
    with atomically(ledger) as connection:
        connection.execute(sa.text("UPDATE schema_version SET version_num = '9999'"))
    said = [buffet(*words) for words in (("run",), ("migrate",), ("doctor",))]
    with atomically(ledger) as connection:
        back = sa.text("UPDATE schema_version SET version_num = :head")
        connection.execute(back, {"head": migrate.head()})
    assert [one.status for one in said] == [4, 4, 4]
    assert all("newer than this code" in one.err + one.out for one in said)


def test_a_ledger_that_does_not_answer_is_4_and_hides_the_password(house: House, monkeypatch):
    url = "postgresql+psycopg://me:topsecret@127.0.0.1:1/nosuch"
    monkeypatch.setenv("BUFFET_DATABASE_URL", url)
    for words in (("run",), ("publish",), ("quarantine", "list"), ("migrate",), ("rollback",)):
        said = buffet(*words)
        assert (said.status, said.out) == (4, ""), words
        assert "topsecret" not in said.err
        assert "remedy" in said.err
    doctor = buffet("doctor", "--json")
    assert doctor.status == 4
    assert "topsecret" not in doctor.out
    assert [row["name"] for row in doctor.lines() if not row["is_well"]] == ["ledger"]
    assert buffet("db", "status").status == 2


def test_the_embedded_server_starts_answers_and_stops(
    home: Path, monkeypatch, postgres_programs: Path | None
):
    monkeypatch.setenv("BUFFET_DATA_HOME", str(home))
    monkeypatch.delenv("BUFFET_DATABASE_URL", raising=False)
    if postgres_programs:
        monkeypatch.setenv("BUFFET_PG_BINDIR", str(postgres_programs))
    assert buffet("db", "status").status == 4
    assert "asleep" in buffet("doctor").out
    assert buffet("db", "start").out.startswith("running")
    assert buffet("db", "status").status == 0
    assert buffet("quarantine", "list").err == "the quarantine is empty\n"
    assert buffet("db", "stop").out == "stopped\n"
    assert buffet("db", "stop").out == "it was not running\n"


def test_the_inbox_is_emptied(house: House):
    inbox = house.home / "data/inbox/ana/nubank-conta"
    inbox.mkdir(parents=True)
    (inbox / "new.csv").write_text("not a statement\n")
    said = buffet("run", "--no-prefect")
    assert said.status == 1
    assert not list(inbox.iterdir())
    assert "new.csv" in said.out
