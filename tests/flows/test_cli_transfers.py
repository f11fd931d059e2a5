"""`buffet transfers`: what nobody is sure of, and a pair that a person says is none."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from flows import cli
from schemas.night import NightReceipt
from schemas.settings import Settings
from tasks.sample.march import march_2025

Buffet = Callable[..., tuple[int, str, str]]
Row = dict[str, str]


@pytest.fixture
def buffet(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Buffet:
    """Run one command on this test's house: exit status, stdout, stderr."""
    assert settings.database_url is not None
    monkeypatch.setenv("BUFFET_DATA_HOME", str(settings.data_home))
    monkeypatch.setenv("BUFFET_DATABASE_URL", settings.database_url.get_secret_value())

    def run_command(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(words))
        said = capsys.readouterr()
        return int(str(ended.value.code)), said.out, said.err

    return run_command


def listed(buffet: Buffet, *words: str) -> list[Row]:
    status, out, _ = buffet("transfers", "list", *words, "--json")
    assert status == 0
    return [json.loads(line) for line in out.splitlines()]


def test_a_pair_that_a_person_rejects_is_none_from_the_next_publication_on(
    run: Callable[..., NightReceipt], buffet: Buffet, tmp_path: Path
) -> None:
    march_2025(tmp_path / "march")
    run(tmp_path / "march")
    unsure, every = listed(buffet), listed(buffet, "--all")
    assert "matched" not in {row["match_status"] for row in unsure}
    assert [row for row in every if row["match_status"] != "matched"] == unsure
    (mine,) = (row for row in every if row["out"] and row["in"] and Decimal(row["amount"]) == 1000)
    assert listed(buffet, "--all", "--owner", "nobody") == []

    status, out, err = buffet("transfers", "reject", mine["in"], mine["out"])
    assert status == 0
    assert "are no transfer" in out
    assert "buffet publish" in err
    assert listed(buffet, "--all") == every
    assert buffet("publish")[0] == 0
    after = listed(buffet, "--all")
    pairs = {(row["out"], row["in"]) for row in after}
    assert (mine["out"], mine["in"]) not in pairs
    assert {(row["out"], row["in"]) for row in every} - pairs == {(mine["out"], mine["in"])}

    rejected = listed(buffet, "--rejected")
    assert [(row["out"], row["in"]) for row in rejected] == [(mine["out"], mine["in"])]

    status, out, err = buffet("transfers", "reopen", mine["in"], mine["out"])
    assert status == 0
    assert "may be a transfer again" in out
    assert listed(buffet, "--rejected") == []
    assert buffet("publish")[0] == 0
    assert listed(buffet, "--all") == every
    status, _, err = buffet("transfers", "reopen", mine["out"], mine["in"])
    assert status == 2
    assert "nobody says that they are no transfer" in err

    status, _, err = buffet("transfers", "reject", mine["out"], mine["out"])
    assert status == 2
    assert "not one movement out of an account and one into an account" in err
    status, _, err = buffet("transfers", "reject", mine["out"], "0000ffff0000")
    assert status == 2
    assert "no transaction answers to it" in err


def test_before_the_first_publication_there_is_nothing_to_list(buffet: Buffet) -> None:
    status, _, err = buffet("transfers", "list")
    assert status == 4
    assert "remedy" in err


@pytest.mark.parametrize("words", [["--all"], ["--owner", "ana"]])
def test_a_list_of_rejected_pairs_passes_over_no_flag(buffet: Buffet, words: list[str]) -> None:
    status, out, err = buffet("transfers", "list", "--rejected", *words)
    assert (status, out) == (2, "")
    assert "leave out --owner and --all" in err
