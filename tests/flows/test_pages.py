"""The generated pages say what the code says, and notice when they no longer do."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from flows import pages
from schemas.ledger import EXPORTS
from tasks.extract.formats import FORMATS
from warehouse.marts.catalog import load_catalog

SVG = "{http://www.w3.org/2000/svg}"


def test_the_pages_of_the_repository_are_up_to_date() -> None:
    assert pages.stale(pages.ROOT / "docs") == "", "make pages writes them"


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    pages.write(tmp_path)
    written = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert len(written) == len(pages.pages())
    pages.write(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == written
    assert pages.stale(tmp_path) == ""


def test_a_changed_and_a_missing_page_are_noticed(tmp_path: Path) -> None:
    pages.write(tmp_path)
    settings = tmp_path / "settings.md"
    settings.write_text(settings.read_text().replace("`2000`", "`2001`"))
    (tmp_path / "banks.md").unlink()
    difference = pages.stale(tmp_path)
    assert "-| `BUFFET_BATCH_FILES` | `2001`" in difference
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


def test_the_picture_shows_every_mart_table_and_format_and_what_each_is_made_from() -> None:
    picture = ET.fromstring(pages.pages()["marts/lineage.svg"])  # noqa: S314 - our own
    texts = [one.text for one in picture.iter(f"{SVG}text")]
    catalog = load_catalog()
    assert {mart.name for mart in catalog} <= set(texts)
    assert {f"ledger.{name}" for name in EXPORTS} <= set(texts)
    assert {one.name for one in FORMATS} <= set(texts)
    boxes = {
        group.find(f"{SVG}text").text: (
            int(group.find(f"{SVG}rect").get("x")),
            int(group.find(f"{SVG}rect").get("y")),
        )
        for group in picture.iter(f"{SVG}g")
    }
    assert len(set(boxes.values())) == len(boxes)
    ends = [re.findall(r"\d+", one.get("d")) for one in picture.iter(f"{SVG}path")]
    lines = {
        (int(x) - 210, int(y) - 12, int(to_x), int(to_y) - 12) for x, y, *_, to_x, to_y in ends
    }
    for mart in catalog:
        for need in mart.card.depends_on:
            assert (*boxes[need], *boxes[mart.name]) in lines, (need, mart.name)
            assert boxes[need][0] < boxes[mart.name][0]
    assert (*boxes["ledger.transaction"], *boxes["fct_transactions"]) in lines
    assert (*boxes["formats"], *boxes["ledger.transaction"]) in lines
