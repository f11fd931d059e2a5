"""Every question of the cookbook and of the notebook is asked of the samples' marts."""

import ast
import re
import runpy
from pathlib import Path

import polars as pl
import pytest

from schemas.settings import Settings
from warehouse.marts import publisher, reader

DOCS = Path(__file__).resolve().parents[2] / "docs"
RECIPE = re.compile(r"^## (\d+)\. (.+?)\n.*?^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RECIPES = RECIPE.findall((DOCS / "cookbook.md").read_text(encoding="utf-8"))
NOTEBOOK = (DOCS / "notebooks" / "household.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def marts(sample_house: Settings) -> Path:
    return sample_house.marts / publisher.LINK


def asked() -> list[str]:
    """What the cells of the notebook ask: the text given to each call of `ask`."""
    return [
        ast.literal_eval(node.args[0])
        for node in ast.walk(ast.parse(NOTEBOOK))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ask"
    ]


def test_there_are_ten_questions() -> None:
    assert [int(number) for number, _, _ in RECIPES] == list(range(1, 11))
    assert all(question.endswith("?") for _, question, _ in RECIPES)


@pytest.mark.parametrize("sql", [one[2] for one in RECIPES], ids=[one[1] for one in RECIPES])
def test_a_recipe_has_an_answer_in_exact_money(marts, sql) -> None:
    frame = reader.query(marts, sql)
    assert not frame.is_empty()
    assert not any(isinstance(dtype, pl.Float64 | pl.Float32) for dtype in frame.dtypes)


def test_an_amount_never_stands_without_its_currency(marts) -> None:
    for _, question, sql in RECIPES:
        names = reader.query(marts, sql).columns
        if {"income", "net_worth", "net", "spent", "amount", "held"} & set(names):
            assert "currency" in names, question


@pytest.mark.parametrize("sql", asked())
def test_a_cell_of_the_notebook_has_an_answer(marts, sql) -> None:
    assert not reader.query(marts, sql).is_empty()


def test_the_notebook_asks_of_every_part_of_the_house() -> None:
    assert len(asked()) >= 5


def test_the_notebook_runs_where_marimo_is(marts, monkeypatch) -> None:
    pytest.importorskip("marimo")
    monkeypatch.setenv("MARTS", str(marts))
    space = runpy.run_path(str(DOCS / "notebooks" / "household.py"), run_name="household")
    outputs, _ = space["app"].run()
    assert len(outputs) >= 5
