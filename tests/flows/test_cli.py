"""The command line without a ledger: help, errors, exit statuses, registers, the window."""

import errno
import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from flows import cli, exits, window
from flows.commands.progress import teller
from schemas import errors
from schemas.errors import BuffetError
from schemas.settings import Settings


def commands() -> Iterator[tuple[str, str]]:
    """Every command with its help text."""
    for group, prefix in ((cli.app, ""), *((g.typer_instance, f"{g.name} ") for g in groups())):
        for one in group.registered_commands:
            name = one.name or one.callback.__name__.replace("_", "-")
            yield prefix + name, one.callback.__doc__


def groups():
    return cli.app.registered_groups


def test_help_names_every_command_and_exit_status(buffet):
    status, out, _ = buffet("--help")
    assert status == 0
    for name, _ in commands():
        assert name.split()[0] in out
    for exit_, meaning in exits.MEANINGS.items():
        assert f"{exit_.value}" in out
        assert meaning.split(";")[0][:30] in out
    assert set(exits.MEANINGS) == set(exits.Exit)


@pytest.mark.parametrize(("name", "text"), list(commands()), ids=[name for name, _ in commands()])
def test_every_help_text_teaches(buffet, name, text):
    assert f"Example: buffet {name}" in text
    assert "Next: " in text or name.startswith("db ")
    status, out, _ = buffet(*name.split(), "--help")
    assert status == 0
    assert text.splitlines()[0][:40] in out


def leaves(kind: type[BuffetError]) -> Iterator[type[BuffetError]]:
    below = kind.__subclasses__()
    yield from (leaf for one in below for leaf in leaves(one)) if below else (kind,)


@pytest.mark.parametrize("kind", list(leaves(errors.BuffetError)))
def test_every_error_has_an_exit_status_and_survives_a_process(kind):
    error = kind("there", "is wrong", "do this")
    assert exits.exit_of(error) not in (exits.Exit.WELL, exits.Exit.OUR_MISTAKE)
    assert exits.exit_of(pickle.loads(pickle.dumps(error))) == exits.exit_of(error)  # noqa: S301


def test_a_mistake_of_ours_does_not_quote_a_statement(capsys):
    error = RuntimeError("PIX to Ana, account 12345678")
    assert exits.explain(error, is_debugging=False) == exits.Exit.OUR_MISTAKE
    said = capsys.readouterr()
    assert "RuntimeError" in said.err
    assert "Ana" not in said.err
    assert "Traceback" not in said.err
    exits.explain(error, is_debugging=True)
    assert "RuntimeError: PIX" in capsys.readouterr().err


def test_a_full_disk_is_4_and_names_no_path(capsys):
    full = OSError(errno.ENOSPC, "No space left on device", "/ana/12345678.csv")
    assert exits.explain(full, is_debugging=False) == exits.Exit.UNAVAILABLE
    assert capsys.readouterr().err.startswith("buffet: No space left on device\n  remedy")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is of Linux")
def test_a_full_disk_under_a_frame_is_4_too(capsys):
    """polars raises an OSError without a number, which it puts into the text."""
    with pytest.raises(OSError, match="os error 28") as caught:
        pl.DataFrame({"a": [1]}).write_ipc("/dev/full")
    assert exits.explain(caught.value, is_debugging=False) == exits.Exit.UNAVAILABLE
    assert capsys.readouterr().err.startswith("buffet: No space left on device\n  remedy")


@pytest.mark.parametrize("is_watched", [True, False])
def test_progress_is_told_on_stderr(capsys, is_watched):
    with teller(is_watched=is_watched) as tell:
        tell("extract", 0, 1000)
        tell("load", 0, 1000)
        tell("load", 1000, 1000)
        tell("audit", 1, 1)
    said = capsys.readouterr()
    assert said.out == ""
    if not is_watched:
        assert said.err.splitlines() == [
            "0 of 1,000 bytes read",
            "1,000 of 1,000 bytes read",
            "audit",
        ]


@pytest.mark.parametrize(
    "words",
    [
        ("nosuch",),
        ("read",),
        ("read", "--json", "--csv", "x"),
        ("read", "--json", "--places", "x"),
        ("query", "SELECT 1", "--csv", "--json"),
        ("marts", "nosuch"),
        ("samples", "x", "--months", "0"),
        ("samples", "x", "--months", "100000"),
        ("run", "/nosuch/place"),
        ("quarantine", "retry"),
        ("quarantine", "retry", "x", "--all"),
        ("quarantine", "accept", "x", "--reason", "  "),
    ],
)
def test_wrong_usage_is_2_and_stdout_stays_empty(buffet, words):
    status, out, err = buffet(*words)
    assert (status, out) == (2, "")
    assert err
    assert "Traceback" not in err


def test_a_setting_that_makes_no_sense_is_2_and_names_itself(buffet, monkeypatch):
    monkeypatch.setenv("BUFFET_BATCH_FILES", "a secret")
    status, out, err = buffet("generations")
    assert (status, out) == (2, "")
    assert "BUFFET_BATCH_FILES" in err
    assert "a secret" not in err


def test_without_marts_a_question_is_4(buffet):
    status, out, err = buffet("query", "SELECT 1")
    assert (status, out) == (4, "")
    assert "buffet publish" in err


def test_registers_are_tables_or_lines_of_json(buffet):
    for name, known in (("formats", "ofx1"), ("banks", "us_chase_checking")):
        status, out, _ = buffet(name, "--json")
        assert status == 0
        assert known in [json.loads(line)["name"] for line in out.splitlines()]
        assert known in buffet(name)[1]
    status, out, err = buffet("marts", "dim_account", "--json")
    assert status == 0
    assert "account_id" in [json.loads(line)["name"] for line in out.splitlines()]
    assert "Accounts" in err
    assert "dim_account" in buffet("marts")[1]


def test_samples_are_written(buffet, tmp_path):
    status, out, err = buffet("samples", "world", "--months", "1", "--seed", "3")
    assert (status, out) == (0, "world\n")
    assert "buffet run" in err
    assert any((tmp_path / "world").rglob("*.ofx"))
    assert buffet("samples", "world", "--months", "0")[0] == 2


def test_the_window_is_where_the_environment_says(monkeypatch, tmp_path):
    settings = Settings(data_home=tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert window.api_url(settings) is None
    monkeypatch.setenv("PREFECT_API_URL", "http://there/api")
    assert window.api_url(settings) == "http://there/api"


def test_a_profile_of_somebody_else_is_not_asked(monkeypatch, tmp_path):
    """A person's own Prefect is no place for a bank's data."""
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    (tmp_path / "profiles.toml").write_text(
        'active = "here"\n[profiles.here]\nPREFECT_API_URL = "http://here/api"\n'
    )
    assert window.api_url(Settings(data_home=tmp_path)) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api", "file:///etc/hosts", "http://[/api"])
def test_a_silent_window_stops_the_run_and_says_how_to_go_on(buffet, monkeypatch, url):
    monkeypatch.setenv("PREFECT_API_URL", url)
    status, out, err = buffet("run")
    assert (status, out) == (2, "")
    assert "PREFECT_API_URL" in err
    assert "remedy" in err
