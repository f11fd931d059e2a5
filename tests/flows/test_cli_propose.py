"""`buffet bank propose` and the setting that lets a night use what is proven."""

from pathlib import Path

import pytest

from flows.cli import main
from schemas.night import NightReceipt
from tasks.extract.profiles import load

CSV = (
    "Dia;Texto;Valor;Saldo\n"
    "01/03/2026;Padaria;-12,50;987,50\n"
    "02/03/2026;Pagamento;1.000,00;1.987,50\n"
    "13/03/2026;Uber;-9,90;1.977,60\n"
    "14/03/2026;Mercado;-100,00;1.877,60\n"
)


def buffet(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert isinstance(end.value.code, int)
    return end.value.code


def test_a_proven_layout_is_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "extrato.csv"
    file.write_text(CSV, encoding="utf-8")
    words = ("bank", "propose", str(file), "--name", "pt_banco_conta", "--write", str(tmp_path))
    assert buffet(*words) == 0
    said = capsys.readouterr()
    assert "proven" in said.err
    assert 'name = "pt_banco_conta"' in said.out
    assert list(load(tmp_path)) == ["pt_banco_conta"]
    assert buffet(*words) == 2
    assert "the file exists" in capsys.readouterr().err


def test_what_is_not_proven_is_shown_and_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "extrato.csv"
    file.write_text(CSV.replace(";Saldo", ";Nota"), encoding="utf-8")
    file.write_text("\n".join(line.rpartition(";")[0] for line in CSV.splitlines()))
    assert buffet("bank", "propose", str(file), "--write", str(tmp_path)) == 1
    said = capsys.readouterr()
    assert "open: no balance follows" in said.err
    assert "# NOT PROVEN" in said.out
    assert not list(tmp_path.glob("*.toml"))


def test_a_file_that_a_layout_reads_needs_no_proposal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "nu.csv"
    file.write_text("date,title,amount\n2026-01-05,Padaria,12.50\n", encoding="utf-8")
    assert buffet("bank", "propose", str(file)) == 0
    assert "br_nubank_cartao reads it already" in capsys.readouterr().err


def test_a_night_uses_proven_proposals_only_if_it_is_told_to(run, tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "extrato.csv").write_text(CSV, encoding="utf-8")
    receipt: NightReceipt = run(tmp_path / "drop", use_proposals=False)
    assert receipt.outcomes()["refused"] == 1


def test_a_night_that_is_told_to_reads_an_unknown_bank(run, tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "extrato.csv").write_text(CSV, encoding="utf-8")
    receipt: NightReceipt = run(tmp_path / "drop", use_proposals=True)
    assert receipt.outcomes()["loaded"] == 1
    assert receipt.receipt.inserted == 4
