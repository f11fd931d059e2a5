"""`buffet coverage`, and what a run says of statements that did not come."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Said, buffet

from warehouse.ledger import embedded

IBAN = "NL91ABNA0417164300"
STATEMENT = """:20:STMT{month}
:25:{iban}
:28C:{month}/1
:60F:C{before}EUR{opening}
:61:26{month}02{month}02{mark}{amount}NMSCNONREF
:86:MOVEMENT
:62F:C26{month}{last}EUR{closing}
-
"""
MONTHS = {
    "01": ("251231", "31", "100,00", "D5,00", "95,00"),
    "02": ("260131", "28", "95,00", "D5,00", "90,00"),
    "04": ("260331", "30", "70,00", "C1,00", "71,00"),
}
"""January and February chain; in March 20.00 went out, which no statement tells."""


def statement(month: str) -> str:
    before, last, opening, movement, closing = MONTHS[month]
    return STATEMENT.format(
        month=month,
        iban=IBAN,
        before=before,
        last=last,
        opening=opening,
        mark=movement[0],
        amount=movement[1:],
        closing=closing,
    )


@pytest.fixture(scope="module")
def house(postgres: embedded.Server, migrated: str, tmp_path_factory) -> Iterator[Said]:
    """A house after one night; what the run said."""
    home = tmp_path_factory.mktemp("coverage")
    name = "cli_coverage"
    url = embedded.create_database(postgres, name, template=migrated)
    with pytest.MonkeyPatch.context() as patch:
        for one in [one for one in os.environ if one.startswith(("BUFFET_", "PREFECT_API"))]:
            patch.delenv(one)
        patch.chdir(home)
        patch.setenv("PREFECT_HOME", str(home / "prefect"))
        patch.setenv("BUFFET_DATABASE_URL", url)
        for month in MONTHS:
            path = Path("files/ana/giro") / f"{month}.sta"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(statement(month), encoding="utf-8")
        yield buffet("run", "files", "--no-prefect")
    embedded.drop_database(postgres, name)


@pytest.fixture
def registry(house: Said) -> Iterator[Path]:
    path = Path("data/accounts.toml")
    yield path
    path.unlink(missing_ok=True)


def covered(*words: str) -> dict:
    return json.loads(buffet("coverage", "--json", *words).out)


def test_the_days_the_gap_and_its_money_are_shown(house: Said) -> None:
    assert house.status == 0, house.err
    found = covered("giro", "--as-of", "2026-05-05")
    shown = [(one["starts_on"], one["ends_on"], one["state"]) for one in found["spans"]]
    assert shown == [
        ("2026-01-01", "2026-02-28", "proven"),
        ("2026-03-01", "2026-03-31", "missing"),
        ("2026-04-01", "2026-04-30", "proven"),
    ]
    assert found["spans"][1]["difference"] == "-20.00"
    assert [one["kind"] for one in found["links"]] == ["chained", "gap"]
    assert found["late"] == []
    said = buffet("coverage", "--as-of", "2026-05-05")
    assert (said.status, "-20.00" in said.out) == (1, True)
    assert IBAN[-10:] not in said.out + said.err


def test_a_statement_that_did_not_come_is_late(house: Said) -> None:
    (one,) = covered("--as-of", "2026-06-06")["late"]
    assert (one["ends_on"], one["due_on"], one["days_late"]) == ("2026-05-31", "2026-06-05", 1)
    assert one["account_tail"].endswith("4300")
    assert IBAN[-10:] not in json.dumps(one)


def test_a_run_says_what_is_late(house: Said) -> None:
    assert "statements that should have come and did not: 1" in house.out
    assert "buffet coverage" in house.err


def test_the_owner_says_what_is_expected(registry: Path) -> None:
    said = '[[account]]\nowner = "ana"\nname = "giro"\nexpected = "{}"\nby_day = {}\n'
    registry.write_text(said.format("none", 0), encoding="utf-8")
    assert covered("--as-of", "2026-06-06")["late"] == []
    registry.write_text(said.format("monthly", 20), encoding="utf-8")
    assert covered("--as-of", "2026-06-06")["late"] == []
    registry.write_text(said.format("weekly", 0), encoding="utf-8")
    (one,) = covered("giro", "--as-of", "2026-05-08")["late"]
    assert (one["because"], one["ends_on"]) == ("accounts.toml says so", "2026-05-07")
    registry.write_text(said.format("monthly", 5).replace("giro", "lost"), encoding="utf-8")
    found = covered("--as-of", "2026-05-05")["late"]
    assert [one["account"] for one in found] == [""]


def test_every_day_of_the_calendar_has_an_answer(house: Said) -> None:
    (one,) = covered("--as-of", "9999-12-31")["late"]
    assert (one["due_on"], one["statements"]) == ("2026-06-05", (9999 - 2026) * 12 + 7)
    assert covered("--as-of", "0001-01-01")["late"] == []
    assert buffet("prove", "giro", "9999-12-31").status == 1
    assert buffet("prove", "giro", "0001-01-01").status == 1


@pytest.mark.parametrize("words", [("nobody",), ("--as-of", "yesterday")])
def test_what_makes_no_sense_is_wrong_usage(house: Said, words: tuple[str, ...]) -> None:
    assert buffet("coverage", *words).status == 2


def test_the_marts_show_the_same_spans(house: Said) -> None:
    sql = "SELECT starts_on, state, difference FROM mart_coverage ORDER BY 1"
    rows = [json.loads(line) for line in buffet("query", sql, "--json").out.splitlines()]
    spans = covered("giro")["spans"]
    assert [(r["starts_on"], r["state"]) for r in rows] == [
        (s["starts_on"], s["state"]) for s in spans
    ]
    daily = buffet("query", "SELECT DISTINCT proof FROM fct_daily_balance ORDER BY 1", "--json").out
    proofs = [json.loads(line)["proof"] for line in daily.splitlines()]
    assert {one for one in proofs if one} == {"proven", "missing", "contradicted"}
