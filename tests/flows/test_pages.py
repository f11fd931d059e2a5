"""The generated pages say what the code says, and notice when they no longer do."""

from pathlib import Path

import pytest

from flows import pages


def test_the_pages_of_the_repository_are_up_to_date() -> None:
    assert pages.stale(pages.ROOT / "docs") == "", "make pages writes them"


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    pages.write(tmp_path)
    written = {path: path.read_bytes() for path in tmp_path.rglob("*.md")}
    assert len(written) == len(pages.pages())
    pages.write(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.md")} == written
    assert pages.stale(tmp_path) == ""


def test_a_changed_and_a_missing_page_are_noticed(tmp_path: Path) -> None:
    pages.write(tmp_path)
    settings = tmp_path / "settings.md"
    settings.write_text(settings.read_text().replace("`500`", "`501`"))
    (tmp_path / "banks.md").unlink()
    difference = pages.stale(tmp_path)
    assert "-| `BUFFET_BATCH_FILES` | `501`" in difference
    assert "+# Bank layouts" in difference


def test_the_page_of_a_mart_that_is_gone_is_removed(tmp_path: Path) -> None:
    pages.write(tmp_path)
    forgotten = tmp_path / "marts" / "fct_forgotten.md"
    forgotten.write_text("x")
    assert "fct_forgotten.md: no such mart" in pages.stale(tmp_path)
    pages.write(tmp_path)
    assert not forgotten.exists()


def test_the_check_answers_with_a_status(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "stale", lambda _docs: "- old\n+ new\n")
    assert pages.main(["--check"]) == 1
    assert "+ new" in capsys.readouterr().out
    monkeypatch.setattr(pages, "stale", lambda _docs: "")
    assert pages.main(["--check"]) == 0
    assert pages.main(["--chek"]) == 2


def test_every_setting_command_format_layout_and_mart_has_its_place() -> None:
    made = pages.pages()
    assert "`BUFFET_DATABASE_URL`" in made["settings.md"]
    assert "## `buffet quarantine accept FILE`" in made["commands.md"]
    assert "| `ofx1` | OFX 1 (SGML) |" in made["formats.md"]
    assert "br_itau_conta.toml" in made["banks.md"]
    assert "[`fct_transactions`](fct_transactions.md)" in made["marts/index.md"]
    assert "`LedgerBusy` | `ledger_busy`" in made["errors.md"]
