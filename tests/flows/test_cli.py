"""The command line without a ledger: help, errors, exit statuses, reading files."""

import errno
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from flows import cli, exits, window
from flows.commands.progress import teller
from schemas import errors
from schemas.errors import BuffetError
from schemas.settings import Settings
from tasks.extract.volumes import Limits
from tasks.sample.huge import write_huge
from tasks.sample.write import write_samples

HEAVY = ("prefect", "great_expectations", "sqlalchemy", "duckdb", "pandera", "polars", "alembic")

OFX = """OFXHEADER:100
DATA:OFXSGML

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>BRL
<BANKACCTFROM><BANKID>341<ACCTID>0012345678</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260101<DTEND>20260131
{entries}</BANKTRANLIST>
<LEDGERBAL><BALAMT>10.00<DTASOF>20260131</LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
ENTRY = (
    "<STMTTRN><TRNTYPE>OTHER<DTPOSTED>20260105<TRNAMT>{amount}<FITID>{no}<NAME>{name}</STMTTRN>\n"
)


@pytest.fixture
def buffet(capsys, tmp_path, monkeypatch):
    """Run one command in this process: exit status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    for name in [name for name in os.environ if name.startswith(("BUFFET_", "PREFECT_API"))]:
        monkeypatch.delenv(name)

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(words))
        said = capsys.readouterr()
        return int(ended.value.code), said.out, said.err

    return run


def ofx(folder: Path, *entries: tuple[str, str], name: str = "extract.ofx") -> str:
    text = "".join(
        ENTRY.format(amount=amount, no=no, name=payee)
        for no, (amount, payee) in enumerate(entries, 1)
    )
    path = folder / name
    path.write_text(OFX.format(entries=text))
    return str(path)


def commands() -> Iterator[tuple[str, str]]:
    """Every command with its help text."""
    for group, prefix in ((cli.app, ""), *((g.typer_instance, f"{g.name} ") for g in groups())):
        for one in group.registered_commands:
            name = one.name or one.callback.__name__.replace("_", "-")
            yield prefix + name, one.callback.__doc__


def groups():
    return cli.app.registered_groups


def loaded_by(code: str) -> set[str]:
    """Which heavy libraries a Python program has loaded at its end."""
    code = f"{code}\nimport sys; print(*[m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_the_command_line_loads_nothing_heavy():
    assert loaded_by("import flows.cli") == set()


def test_reading_loads_neither_orchestrator_nor_database(tmp_path):
    path = ofx(tmp_path, ("10.00", "SHOP"))
    code = (
        f"import flows.cli\ntry: flows.cli.main(['read', '--json', {path!r}])\nexcept SystemExit: 0"
    )
    assert loaded_by(code) == {"polars"}


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


def test_the_samples_are_read_as_they_were_written(buffet, tmp_path):
    truth = write_samples(tmp_path / "s", months=3)
    rows = truth.files.to_dicts()
    paths = [str(tmp_path / "s" / row["path"]) for row in rows]
    status, out, _ = buffet("read", "--json", *paths)
    told = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [one["file"] for one in told] == paths
    for row, one in zip(rows, told, strict=True):
        statements = one["statements"]
        assert one["status"] == ("refused" if row["status"] == "refused" else "read"), row["path"]
        assert (one["format"] or "") == row["format"], row["path"]
        assert sum(s["transaction_count"] for s in statements) == row["record_count"], row["path"]
        assert sum(s["set_aside_count"] for s in statements) == row["set_aside_count"]
        failed = [s for s in statements if s["proof"] == "failed"]
        assert bool(failed) == (row["status"] == "quarantined"), row["path"]
        assert bool(one["error"]) == (row["status"] == "refused")


def test_an_answer_keeps_to_its_contract(buffet, tmp_path):
    path = ofx(tmp_path, ("12.50", "SHOP"), ("-2.505", "SHOP"))
    status, out, err = buffet("read", "--json", path)
    (answer,) = map(json.loads, out.splitlines())
    assert (status, err) == (0, "")
    head = ["file", "sha256", "status", "format", "layout", "encoding", "bank", "error"]
    assert list(answer) == [*head, "statements"]
    assert answer["statements"] == [
        {
            "account_ref": "••••5678",
            "currency": "BRL",
            "opening_balance": None,
            "closing_balance": "10.00",
            "transaction_count": 2,
            "detail_count": 0,
            "amount_sum": "9.995",
            "set_aside_count": 0,
            "proof": "unproven",
        }
    ]


def test_sums_are_exact_however_large_and_small(buffet, tmp_path):
    huge = "9" * 22 + ".9999999999999999"
    path = ofx(tmp_path, *[(huge, "A")] * 40, ("-0.0000000000000001", "B"), ("0.00001", "C"))
    status, out, _ = buffet("read", "--json", path)
    (statement,) = json.loads(out)["statements"]
    assert statement["transaction_count"] == 42
    assert statement["amount_sum"] == exact_sum([*[huge] * 40, "-0.0000000000000001", "0.00001"])
    assert (status, statement["proof"]) == (1, "unproven")


def exact_sum(texts: list[str]) -> str:
    """The sum by integers, as an oracle."""
    scale = 10**16
    total = 0
    for text in texts:
        whole, _, rest = text.lstrip("-").partition(".")
        value = int(whole) * scale + int(rest.ljust(16, "0"))
        total += -value if text.startswith("-") else value
    return f"{total // scale}.{total % scale:016}".rstrip("0")


def test_what_is_no_file_is_refused_in_its_line(buffet, tmp_path):
    good = ofx(tmp_path, ("10.00", "SHOP"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.ofx").symlink_to(good)
    os.mkfifo(tmp_path / "pipe")
    names = ["folder", "link.ofx", "pipe", "missing", "bad\0name", "extract.ofx", "extract.ofx"]
    status, out, _ = buffet("read", "--json", *names)
    told = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [one["file"] for one in told] == names
    assert [(one["error"] or {}).get("code") for one in told] == ["not_a_file"] * 5 + [None] * 2
    assert all(one["error"]["remedy"] for one in told[:5])
    assert told[5]["statements"] == told[6]["statements"] != []


def test_a_name_that_is_no_text_is_read_all_the_same(buffet, tmp_path):
    path = ofx(tmp_path, ("10.00", "SHOP"))
    odd = os.fsdecode(os.fsencode(tmp_path / "odd") + b"\xff.ofx")
    Path(path).rename(odd)
    assert json.loads(buffet("read", "--json", odd)[1])["file"] == odd
    assert "odd\\xff.ofx,1," in buffet("read", "--csv", odd)[1]
    assert "odd\\xff.ofx: ofx1" in buffet("read", odd)[1]


def test_many_files_are_read_in_packs_and_in_order(buffet, tmp_path, monkeypatch):
    monkeypatch.setattr("flows.commands.reading._PACK_FILES", 3)
    paths = [ofx(tmp_path, (f"{no}.00", "SHOP"), name=f"{no}.ofx") for no in range(1, 9)]
    _, out, _ = buffet("read", "--json", *paths)
    sums = [json.loads(line)["statements"][0]["amount_sum"] for line in out.splitlines()]
    assert sums == [f"{no}.00" for no in range(1, 9)]
    _, out, _ = buffet("read", "--csv", *paths)
    table = pl.read_csv(out.encode(), infer_schema=False)
    assert table["amount"].to_list() == sums
    assert table["file"].to_list() == paths


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_csv_text_cannot_become_a_formula_and_amounts_stay(buffet, tmp_path, start):
    path = ofx(tmp_path, ("-10.50", f"{start}HYPERLINK(1)"), ("1.005", "fair"))
    status, out, _ = buffet("read", "--csv", path)
    table = pl.read_csv(out.encode(), infer_schema=False)
    assert status == 0
    assert table["amount"].to_list() == ["-10.50", "1.005"]
    assert table["description"].to_list() == [f"'{start}HYPERLINK(1)", "fair"]
    assert table["account"].to_list() == ["••••5678"] * 2


def test_a_table_shows_places_and_cannot_drive_the_terminal(buffet, tmp_path):
    path = ofx(tmp_path, ("10.00", "SHOP\x1b[31m[bold]RED"), name="00123456789.ofx")
    status, out, err = buffet("read", "--places", path)
    assert (status, err) == (0, "")
    assert "line 7" in out
    assert "[bold]RED" in out
    assert "\x1b" not in out
    assert "123456789" not in out


def test_troubles_are_told_with_place_and_remedy_and_without_names(buffet, tmp_path):
    path = ofx(tmp_path, ("1x0.00", "PIX ANA"), name="00123456789.ofx")
    (tmp_path / "empty.ofx").write_bytes(b"")
    status, out, err = buffet("read", path, "empty.ofx")
    assert status == 1
    assert "line 7" in out
    assert "amount_unreadable" in out
    assert "empty.ofx: the file is empty" in err
    assert "remedy" in err
    status, _, err = buffet("read", "--csv", path)
    assert status == 1
    assert "line 7: set aside: amount_unreadable" in err
    assert "ANA" not in err
    assert "123456789" not in err


def test_identify_names_reader_evidence_and_near_misses(buffet, tmp_path):
    path = ofx(tmp_path, ("10.00", "SHOP"))
    assert buffet("identify", path)[:2] == (0, "ofx1\n")
    status, out, _ = buffet("identify", "--why", path)
    assert status == 0
    assert out.startswith("ofx1: it starts like OFX 1")
    near = tmp_path / "near.csv"
    near.write_text("Data,Valor,Identificador,Descricao do banco\n01/01/2026,1.00,a,b\n")
    status, out, err = buffet("identify", "--why", "near.csv")
    assert status == 1
    assert "not br_nubank_conta: line 1 is like its header, but lacks Descrição" in out
    assert "no reader recognises its content" in err
    assert buffet("identify", "nowhere")[0] == 1


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


@pytest.mark.parametrize("kind", ["ofx1", "bai2"])
def test_a_large_file_is_read_volume_by_volume_with_the_same_words(
    buffet, tmp_path, monkeypatch, kind
):
    path = tmp_path / "a.txt"
    write_huge(path, kind=kind, size_bytes=60_000, statement_rows=150)
    data = path.read_text("utf-8")
    path.write_text(data.replace("<TRNAMT>-2", "<TRNAMT>x", 3), "utf-8")
    small = ofx(tmp_path, ("10.00", "SHOP"))
    ways = (["--json"], ["--csv"], ["--places"], [])
    whole = [buffet("read", *way, small, str(path), small, str(tmp_path / "no")) for way in ways]
    monkeypatch.setattr("tasks.extract.given.WHOLE_BYTES", 10_000)
    monkeypatch.setattr("tasks.extract.volumes.Limits", lambda: Limits(10_000))
    cut = [buffet("read", *way, small, str(path), small, str(tmp_path / "no")) for way in ways]
    assert cut[2][1].count("a.txt: transactions") > 3
    assert cut[0] == whole[0]
    assert cut[1][:2] == whole[1][:2]
    assert sorted(cut[1][2].splitlines()) == sorted(whole[1][2].splitlines())
    for one, other in zip(cut[2:], whole[2:], strict=True):  # the columns are as wide as a volume
        assert one[0] == other[0]
        words, more = (
            [tuple(line.split()) for line in text.splitlines()] for text in (other[1], one[1])
        )
        assert {*words} - {*more} == set()
