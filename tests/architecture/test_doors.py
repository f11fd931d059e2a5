"""Prefect, the clock, the environment and the settings stay at the edge of the house."""

import ast
from collections.abc import Iterator
from pathlib import Path

CLOCKS_AND_ENVIRONMENT = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "os.environ",
    "os.environb",
    "os.getenv",
}

REASONED: dict[str, str] = {}
"""Modules outside of flows that may ask them, each with the reason."""


def _imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_door(name: str) -> bool:
    path = Path(name)
    return path.parts[0] == "tasks" and len(path.parts) == 3 and path.name == "task.py"


def _importers(modules: dict[str, ast.Module], wanted: str) -> set[str]:
    return {
        name
        for name, module in modules.items()
        if any(one == wanted or one.startswith(f"{wanted}.") for one in _imported(module))
    }


def test_only_flows_and_doors_know_prefect(modules: dict[str, ast.Module]) -> None:
    importers = _importers(modules, "prefect")
    assert "flows/nightly.py" in importers
    assert {
        name for name in importers if not (name.startswith("flows/") or _is_door(name))
    } == set()


def test_only_flows_open_a_door(modules: dict[str, ast.Module]) -> None:
    doors = {name.removesuffix(".py").replace("/", ".") for name in modules if _is_door(name)}
    importers = {one for door in doors for one in _importers(modules, door)}
    assert importers == {"flows/nightly.py"}


def test_only_flows_read_the_settings(modules: dict[str, ast.Module]) -> None:
    importers = _importers(modules, "schemas.settings")
    assert {name for name in importers if not name.startswith("flows/")} == set()


def test_only_flows_ask_the_clock_and_the_environment(modules: dict[str, ast.Module]) -> None:
    """A monotonic stopwatch is no clock: it measures, and cannot say which day it is."""
    asking = {name for name, module in modules.items() if CLOCKS_AND_ENVIRONMENT & _asked(module)}
    assert {name for name in asking if not name.startswith("flows/")} == set(REASONED)


def _asked(module: ast.Module) -> set[str]:
    """Dotted names that the module uses, by the words at their end, and names it imports."""
    used = set(_imported(module))
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            used.add(".".join(ast.unparse(node).split(".")[-2:]))
    return used


def test_the_test_of_the_clock_can_fail() -> None:
    for line in ("from datetime import datetime\ndatetime.now()", "from os import environ"):
        assert CLOCKS_AND_ENVIRONMENT & _asked(ast.parse(line))
    assert CLOCKS_AND_ENVIRONMENT & _asked(ast.parse("import datetime\ndatetime.date.today()"))
