"""Modules and columns are named by one rule, so that a name says what it is."""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

import schemas
from warehouse.ledger.models import Base
from warehouse.marts.catalog import load_catalog

DAY, INSTANT, BOOLEAN, COUNT, MONEY, TEXT = "day", "instant", "boolean", "count", "money", "text"

REASONED = {
    "ledger.publication.at": "the table is nothing but instants of swaps",
    "ledger.transaction.known_from": "the word of the field for when a fact became known",
    "ledger.transaction_version.known_from": "the same",
    "ledger.transaction_version.known_to": "the same, for when it ceased to be known",
    "schemas.ledger.transaction_version.known_from": "the same",
    "schemas.ledger.transaction_version.known_to": "the same",
    "marts.fct_transaction_versions.known_from": "the same",
    "marts.fct_transaction_versions.known_to": "the same",
    "schemas.enrichment.VENDOR_VERSION.valid_from": "the word of the field for versions of a row",
    "schemas.enrichment.VENDOR_VERSION.valid_to": "the same",
    "marts.dim_vendor.valid_from": "the same",
    "marts.dim_vendor.valid_to": "the same",
    "marts.mart_statement_coverage.closing_matches_next_opening": "a sentence that is true or not",
}
"""Columns that keep another name, each with the reason."""

CIVIL_PERIODS = ("day", "month")
"""Dates that name a civil period by its first day, not an event."""


def _kind_of_polars(dtype: pl.DataType) -> str:
    if dtype == pl.Date():
        return DAY
    if isinstance(dtype, pl.Datetime):
        return INSTANT
    if dtype == pl.Boolean():
        return BOOLEAN
    if isinstance(dtype, pl.Decimal):
        return MONEY
    return COUNT if dtype.is_integer() else TEXT


def _schemas() -> Iterator[tuple[str, str]]:
    for info in pkgutil.iter_modules(schemas.__path__):
        module = importlib.import_module(f"schemas.{info.name}")
        frames = {name: one for name, one in vars(module).items() if isinstance(one, pl.Schema)}
        frames |= getattr(module, "EXPORTS", {})
        for frame, schema in frames.items():
            for column, dtype in schema.items():
                yield f"schemas.{info.name}.{frame}.{column}", _kind_of_polars(dtype)


def _tables() -> Iterator[tuple[str, str]]:
    kinds = {date: DAY, datetime: INSTANT, bool: BOOLEAN, int: COUNT, str: TEXT}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            kind = kinds.get(column.type.python_type, MONEY)
            yield f"ledger.{table.name}.{column.name}", kind


def _marts() -> Iterator[tuple[str, str]]:
    kinds = {"DATE": DAY, "TIMESTAMP WITH TIME ZONE": INSTANT, "BOOLEAN": BOOLEAN}
    kinds |= {"INTEGER": COUNT, "BIGINT": COUNT, "VARCHAR": TEXT}
    for mart in load_catalog():
        for column in mart.card.columns:
            yield f"marts.{mart.name}.{column.name}", kinds.get(column.type, MONEY)


COLUMNS = sorted({*_schemas(), *_tables(), *_marts()})


def _fits(name: str, kind: str) -> bool:
    """Whether a name says what the column is."""
    if name.endswith(("_text", "_ref")) and kind != TEXT:
        return False
    if name.endswith(("_count", "_bytes", "_no", "_rank")) and kind != COUNT:
        return False
    return (
        (name.endswith("_on") or name in CIVIL_PERIODS) == (kind == DAY)
        and name.endswith("_at") == (kind == INSTANT)
        and name.startswith(("is_", "has_")) == (kind == BOOLEAN)
    )


def test_a_column_ends_as_its_kind_does() -> None:
    wrong = {column: kind for column, kind in COLUMNS if not _fits(column.rpartition(".")[2], kind)}
    assert set(wrong) == set(REASONED)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("booked", DAY), ("booked_on", INSTANT), ("paid", BOOLEAN), ("is_paid", TEXT)],
)
def test_the_test_of_names_can_fail(name: str, kind: str) -> None:
    assert not _fits(name, kind)


def test_money_has_its_currency_beside_it() -> None:
    for mart in load_catalog():
        names = {column.name for column in mart.card.columns}
        for column in mart.card.columns:
            if column.unit.startswith("money"):
                assert column.type.startswith("DECIMAL"), f"{mart.name}.{column.name}"
                assert "currency" in names, mart.name


def test_no_module_hides_one_of_the_standard_library(modules: dict[str, ast.Module]) -> None:
    floors = {"flows", "tasks", "schemas", "warehouse"}
    taken = (sys.stdlib_module_names | floors) - {"__init__", "__main__"}
    stems = {name: Path(name).stem for name in modules}
    assert {name for name, stem in stems.items() if stem in taken} == set()
    inner = {part for name in modules for part in Path(name).parent.parts[1:]}
    assert inner & taken == set()
