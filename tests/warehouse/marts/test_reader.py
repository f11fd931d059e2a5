"""Readers read: whatever they send, nothing changes and no other file is touched."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from schemas.errors import PublishError, WrongUsage
from schemas.money import MONEY
from warehouse.marts.builder import Built
from warehouse.marts.catalog import load_catalog
from warehouse.marts.reader import connect, query

LEDGER = {
    "transaction": pl.DataFrame({"amount": [Decimal("-12.50")]}).with_columns(
        booked_on=pl.date(2025, 3, 6)
    )
}


@pytest.fixture
def built(make: Callable[..., Built]) -> Built:
    facts = [mart for mart in load_catalog() if mart.name == "fct_transactions"]
    return make(LEDGER, marts=facts)


def test_money_comes_back_as_decimal(built: Built) -> None:
    found = query(built.path, "SELECT amount FROM fct_transactions WHERE amount < ?", [Decimal(0)])
    assert found["amount"].to_list() == [Decimal("-12.5000")]
    assert found.schema == {"amount": MONEY}


def test_it_keeps_to_a_limit_of_memory(built: Built) -> None:
    """Else DuckDB keeps all it reads of a large file, as far as the machine has room."""
    with connect(built.path, memory_limit="64MiB") as con:
        ((limit,),) = con.execute("SELECT current_setting('memory_limit')").fetchall()
    assert limit == "64.0 MiB"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO fct_transactions SELECT * FROM fct_transactions",
        "DELETE FROM fct_transactions",
        "DROP TABLE fct_transactions",
        "CREATE TABLE mine AS SELECT 1",
        "COPY fct_transactions TO '{folder}/out.csv'",
        "EXPORT DATABASE '{folder}/out'",
        "ATTACH '{folder}/other.duckdb' AS other",
        "SELECT * FROM read_csv('{folder}/secret.csv')",
        "SELECT * FROM '{folder}/secret.csv'",
        "SELECT * FROM read_text('/etc/hostname')",
        "INSTALL httpfs",
        "LOAD '{folder}/x.duckdb_extension'",
        "SET enable_external_access = true",
        "SET threads = 1",
    ],
)
def test_a_connection_can_change_and_reach_nothing(built: Built, tmp_path: Path, sql: str) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    duckdb.connect(tmp_path / "other.duckdb").close()
    files = sorted(tmp_path.rglob("*"))
    text = sql.format(folder=tmp_path)
    with (
        connect(built.path) as con,
        pytest.raises(duckdb.Error, match=r"read-only|disabled|locked"),
    ):
        con.execute(text).fetchall()
    with pytest.raises(WrongUsage):
        query(built.path, text)
    assert sorted(tmp_path.rglob("*")) == files


def test_a_question_cannot_put_a_wal_beside_the_marts(built: Built) -> None:
    """DuckDB 1.5.6 and 2.0.0 allow exactly this file even without external access (2026)."""
    with pytest.raises(WrongUsage, match="not one reading statement"):
        query(built.path, f"COPY (SELECT 1) TO '{built.path}.wal'")
    assert not Path(f"{built.path}.wal").exists()


def test_one_process_may_have_the_marts_open_many_times(built: Built) -> None:
    """Connections of one process to one file share their settings."""

    def ask(_: int) -> tuple[str, int]:
        with connect(built.path) as con:
            ((zone,),) = con.execute("SELECT current_setting('TimeZone')").fetchall()
            ((rows,),) = con.execute("SELECT count(*) FROM fct_transactions").fetchall()
        return zone, rows

    with connect(built.path) as first, connect(built.path) as second:
        for con in (first, second):
            assert con.execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)
            with pytest.raises(duckdb.Error, match="locked"):
                con.execute("SET TimeZone = 'Asia/Kathmandu'")
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(40))) == {("UTC", 1)}


@pytest.mark.parametrize("sql", ["", "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE _manifest"])
def test_one_statement_a_question(built: Built, sql: str) -> None:
    with pytest.raises(WrongUsage, match="not one reading statement"):
        query(built.path, sql)


def test_a_mistake_is_explained(built: Built) -> None:
    with pytest.raises(WrongUsage, match="nonsense"):
        query(built.path, "SELECT nonsense FROM fct_transactions")


@pytest.mark.parametrize("sql", ["DESCRIBE fct_transactions", "SHOW TABLES", "EXPLAIN SELECT 1"])
def test_looking_around_is_reading(built: Built, sql: str) -> None:
    assert query(built.path, sql).height > 0


def test_nothing_published_yet(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="no marts are published there"):
        connect(tmp_path / "buffet.duckdb")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    odd = tmp_path / "odd.duckdb"
    odd.write_bytes(b"not a database" * 1000)
    with pytest.raises(PublishError, match=r"odd.duckdb: cannot be opened"):
        connect(odd)
