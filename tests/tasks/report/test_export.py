"""Exports hold what the mart holds: every row, every cent, and no formula."""

import csv
import stat
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from schemas.errors import WrongUsage
from tasks.report.export import WRITERS, export
from warehouse.marts import digest, reader

HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\ttab", "\rreturn", "=HYPERLINK(1)", "plain", "a,b")


def sums(marts: Path, mart: str) -> tuple[int, dict[str, Decimal]]:
    """Rows, and the sum of each column of money or count, by the mart itself."""
    with reader.connect(marts) as con:
        columns = digest.columns(con, mart)
    names = [name for name, dtype in columns if dtype.startswith(("DECIMAL", "BIGINT", "INTEGER"))]
    adding = ", ".join(f'coalesce(sum("{name}"), 0)::DECIMAL(38,4)' for name in names)
    (row,) = reader.query(
        marts, f'SELECT count(*){", " if names else ""}{adding} FROM "{mart}"'
    ).rows()
    return row[0], {name: Decimal(one) for name, one in zip(names, row[1:], strict=True)}


def read(path: Path) -> list[dict[str, object]]:
    """A file as its own kind of reader sees it."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path).to_dicts()
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    book = openpyxl.load_workbook(path)
    head, *rows = book.active.iter_rows(values_only=True)
    book.close()
    return [dict(zip(head, row, strict=True)) for row in rows]


def number(cell: object) -> Decimal:
    """A number as read: a float of a workbook by its shortest text, which is what it was."""
    return Decimal(str(cell)) if cell not in (None, "") else Decimal(0)


@pytest.mark.parametrize("kind", list(WRITERS))
def test_rows_and_sums_are_those_of_every_mart(sample_marts, tmp_path, kind) -> None:
    files = export(sample_marts, (), kind, tmp_path / "out")
    with reader.connect(sample_marts) as con:
        assert [one.path.stem for one in files] == list(digest.tables(con))
    for one in files:
        count, wanted = sums(sample_marts, one.path.stem)
        rows = read(one.path)
        assert (one.row_count, len(rows)) == (count, count), one.path.name
        for name, total in wanted.items():
            assert sum(number(row[name]) for row in rows) == total, (one.path.name, name)


@pytest.mark.parametrize("kind", list(WRITERS))
def test_only_the_owner_may_read_a_file_and_nothing_else_is_left(
    sample_marts, tmp_path, kind
) -> None:
    (one,) = export(sample_marts, ("mart_cashflow",), kind, tmp_path)
    assert stat.S_IMODE(one.path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [one.path]


def test_a_parquet_keeps_types_and_order_of_keys(sample_marts, tmp_path) -> None:
    (one,) = export(sample_marts, ("mart_cashflow",), "parquet", tmp_path)
    frame = pl.read_parquet(one.path)
    assert frame.schema["income"] == pl.Decimal(38, 4)
    assert frame.schema["month"] == pl.Date()
    assert frame.equals(frame.sort("owner", "currency", "month"))


def test_a_workbook_has_days_as_days_and_numbers_as_numbers(sample_marts, tmp_path) -> None:
    (one,) = export(sample_marts, ("mart_pipeline_runs",), "xlsx", tmp_path)
    (run, *_) = read(one.path)
    assert isinstance(run["started_at"], datetime)
    (one,) = export(sample_marts, ("fct_daily_balance",), "xlsx", tmp_path)
    day = read(one.path)[0]
    assert isinstance(day["day"], date)
    assert isinstance(day["closing"], int | float)
    assert isinstance(day["is_anchor"], bool)


@pytest.fixture
def hostile(tmp_path) -> Path:
    """Marts with texts that want to be formulas and amounts that no double holds."""
    path = tmp_path / "hostile.duckdb"
    with duckdb.connect(path) as con:
        con.execute("CREATE TABLE t (text VARCHAR, amount DECIMAL(38,4))")
        for text in HOSTILE:
            con.execute("INSERT INTO t VALUES (?, -1234567890123456.7891)", [text])
    return path


def test_a_csv_holds_no_formula_and_numbers_stay_numbers(hostile, tmp_path) -> None:
    (one,) = export(hostile, (), "csv", tmp_path / "out")
    rows = read(one.path)
    texts = {str(row["text"]) for row in rows}
    assert texts == {"plain", "a,b", *(f"'{text}" for text in HOSTILE[:7])}
    assert {row["amount"] for row in rows} == {"-1234567890123456.7891"}


def test_a_workbook_holds_no_formula_and_loses_no_digit(hostile, tmp_path) -> None:
    (one,) = export(hostile, (), "xlsx", tmp_path / "out")
    sheet = openpyxl.load_workbook(one.path).active
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.value.strip() for cell in cells} == {text.strip() for text in HOSTILE}
    assert sheet["B2"].value == "-1234567890123456.7891"


def test_a_text_that_no_cell_holds_is_refused_and_leaves_nothing(tmp_path) -> None:
    path = tmp_path / "long.duckdb"
    with duckdb.connect(path) as con:
        con.execute("CREATE TABLE t AS SELECT repeat('x', 40000) AS text")
    with pytest.raises(WrongUsage, match="40000 characters"):
        export(path, (), "xlsx", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_what_does_not_exist_is_refused(sample_marts, tmp_path) -> None:
    with pytest.raises(WrongUsage, match="mart_of_dreams: is not in this generation"):
        export(sample_marts, ("mart_of_dreams",), "csv", tmp_path)
    with pytest.raises(WrongUsage, match="ods is unknown"):
        export(sample_marts, (), "ods", tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(WrongUsage, match="cannot be made"):
        export(sample_marts, (), "csv", tmp_path / "file")
