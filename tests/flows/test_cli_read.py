"""`buffet read` and `identify`: without a ledger, in lines of JSON, as CSV and as tables."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

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


def ofx(folder: Path, *entries: tuple[str, str], name: str = "extract.ofx") -> str:
    text = "".join(
        ENTRY.format(amount=amount, no=no, name=payee)
        for no, (amount, payee) in enumerate(entries, 1)
    )
    path = folder / name
    path.write_text(OFX.format(entries=text))
    return str(path)


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
