"""What the tests of the architecture look at: every file of the repository, and every module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("flows", "tasks", "schemas", "warehouse")
_SHIPPED_DATA = {"samples", "README.md"}
_SHIPPED_DOTS = {".ci", ".github", ".gitignore", ".gitattributes"}


def _ours(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") and path.name not in _SHIPPED_DOTS:
            continue
        if path.name == "__pycache__" or path.name.endswith(".egg-info"):
            continue
        if folder == ROOT / "data" and path.name not in _SHIPPED_DATA:
            continue
        if path.is_dir():
            yield from _ours(path)
        else:
            yield path


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """Every file that belongs to the repository."""
    return list(_ours(ROOT))


@pytest.fixture(scope="session")
def modules() -> dict[str, ast.Module]:
    """Every module of the four floors by its path from the root."""
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for floor in FLOORS
        for path in sorted((ROOT / floor).rglob("*.py"))
    }
