"""No room is too large to be seen at once."""

import ast
import tomllib
from pathlib import Path

MODULE_LINES, FUNCTION_LINES, DOOR_LINES = 400, 70, 60


def test_no_module_is_over_400_lines(modules: dict[str, ast.Module], root: Path) -> None:
    long = {name: len((root / name).read_text(encoding="utf-8").splitlines()) for name in modules}
    assert {name: lines for name, lines in long.items() if lines > MODULE_LINES} == {}


def test_no_function_is_over_70_lines(modules: dict[str, ast.Module]) -> None:
    """A migration is a list of tables, written once and never edited."""
    long = {
        f"{name}:{node.name}": node.end_lineno - node.lineno + 1
        for name, module in modules.items()
        if "/migrations/versions/" not in name
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    }
    assert {name: lines for name, lines in long.items() if lines > FUNCTION_LINES} == {}


def test_a_door_is_at_most_60_lines(root: Path) -> None:
    doors = {
        path.parent.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in (root / "tasks").glob("*/task.py")
    }
    assert set(doors) == {"extract", "validate", "transform", "load", "enrich", "publish", "report"}
    assert {name: lines for name, lines in doors.items() if lines > DOOR_LINES} == {}


def test_a_line_has_at_most_100_columns(root: Path) -> None:
    """Ruff counts them; this test sees to it that ruff goes on counting."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    assert settings["line-length"] == 100
    assert settings["lint"]["select"] == ["ALL"]
    assert "E501" not in settings["lint"]["ignore"]
