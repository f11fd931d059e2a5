"""The page of promises names tests that exist, and leaves no promise out."""

import re
from pathlib import Path

import pytest

_ROW = re.compile(r"^\| ([A-Z]-\d\d) \| (.+?) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)")
_COUNTS = {"C": 20, "D": 18, "T": 7, "Q": 6, "M": 9, "E": 6}


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str, str]]:
    """Id, promise, and what shows it."""
    page = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
    return _ROW.findall(page.read_text(encoding="utf-8"))


def test_every_promise_stands_there_once(rows: list[tuple[str, str, str]]) -> None:
    wanted = [f"{letter}-{n:02}" for letter, count in _COUNTS.items() for n in range(1, count + 1)]
    assert [name for name, _, _ in rows] == wanted


def test_every_test_that_shows_a_promise_exists(
    rows: list[tuple[str, str, str]], root: Path
) -> None:
    named = [test for _, _, shown in rows for test in _TEST.findall(shown)]
    assert len(named) > 80
    lost = [
        f"{path}::{name}"
        for name, path in named
        if f"\ndef {name}(" not in (root / path).read_text(encoding="utf-8")
    ]
    assert lost == []


def test_a_promise_without_a_test_says_why(rows: list[tuple[str, str, str]]) -> None:
    bare = [name for name, _, shown in rows if not _TEST.search(shown)]
    honest = [name for name, _, shown in rows if shown.startswith(("open", "does not apply: "))]
    assert bare == honest
