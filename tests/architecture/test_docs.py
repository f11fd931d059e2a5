"""What the pages say exists: links, paths, commands, verbs of make, settings."""

import re
import tomllib
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from flows.cli import app
from schemas.settings import Settings

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_HEADS = ["## Context", "## Choice", "## Declined", "## Consequence"]


@pytest.fixture(scope="session")
def texts(files: list[Path]) -> dict[Path, str]:
    """Every page of the repository."""
    return {path: path.read_text(encoding="utf-8") for path in files if path.suffix == ".md"}


def test_every_relative_link_leads_somewhere(texts: dict[Path, str]) -> None:
    broken = [
        f"{path.name}: {target}"
        for path, text in texts.items()
        for target in _LINK.findall(text)
        if "://" not in target and not target.startswith("#")
        if not (path.parent / target.partition("#")[0]).exists()
    ]
    assert broken == []


def test_every_heading_that_a_link_names_exists(texts: dict[Path, str]) -> None:
    lost = []
    for path, text in texts.items():
        for target in _LINK.findall(text):
            page, mark, anchor = target.partition("#")
            if "://" in target or not mark:
                continue
            there = texts[(path.parent / page).resolve() if page else path]
            if anchor not in {
                _anchor(head) for head in re.findall(r"^#+ (.+)$", there, re.MULTILINE)
            }:
                lost.append(f"{path.name}: {target}")
    assert lost == []


def _anchor(head: str) -> str:
    return re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")


def test_every_path_of_the_learning_page_exists(root: Path) -> None:
    text = (root / "docs" / "learning.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) > 20
    for row in rows:
        paths = [code for code in _CODE.findall(row.split("|")[-2]) if not code.startswith("make ")]
        assert paths, row
        assert [path for path in paths if not (root / path.partition(":")[0]).exists()] == [], row


def test_every_path_in_the_words_of_a_page_exists(texts: dict[Path, str], root: Path) -> None:
    """Code spans that begin with a folder of the project name a file or folder that is there."""
    tops = ("flows", "tasks", "schemas", "warehouse", "tests", "docs", "benchmarks", "data/samples")
    lost = [
        f"{path.name}: {code}"
        for path, text in texts.items()
        for code in _CODE.findall(text)
        if code.startswith(tuple(f"{top}/" for top in tops)) and not re.search(r"[<>*… ]", code)
        if not (root / code).exists()
    ]
    assert lost == []


def test_the_readme_fits_on_a_screen(root: Path) -> None:
    assert len((root / "README.md").read_text(encoding="utf-8").splitlines()) < 80


def test_every_command_that_a_page_names_exists(texts: dict[Path, str]) -> None:
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    lost = []
    for path, text in texts.items():
        for words in re.findall(r"`(?:\.venv/bin/)?buffet((?: [a-z]+)+)", text):
            command, *rest = words.split()
            found = root.commands.get(command)
            is_there = found is not None and (
                not isinstance(found, TyperGroup) or not rest or rest[0] in found.commands
            )
            if not is_there:
                lost.append(f"{path.name}: buffet{words}")
    assert lost == []


def test_every_verb_of_make_and_every_setting_exists(texts: dict[Path, str], root: Path) -> None:
    verbs = set(
        re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    settings = {f"BUFFET_{name.upper()}" for name in Settings.model_fields}
    settings |= {"BUFFET_DEBUG", "BUFFET_TEST_PG_BINDIR"}  # of the command line and of the tests
    for path, text in texts.items():
        assert set(re.findall(r"`make ([a-z]+)", text)) <= verbs, path.name
        assert set(re.findall(r"BUFFET_[A-Z_]+[A-Z]", text)) <= settings, path.name


def test_a_decision_has_four_parts_and_fits_on_a_screen(root: Path) -> None:
    decisions = sorted((root / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [int(path.name[:4]) for path in decisions]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in decisions:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {path.name[:4]} "), path.name
        assert [line for line in lines if line.startswith("## ")] == _HEADS, path.name
        assert len(lines) <= 45, path.name


def test_the_changelog_knows_the_version(root: Path) -> None:
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## \[?([^\]\s]+)\]?", changes, re.MULTILINE)
    assert heads[0] == "Unreleased"
    assert version["version"] in changes
