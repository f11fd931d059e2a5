"""A mart of very many movements is made part by part, and each part sees but its own movements."""

from collections.abc import Iterator

import duckdb
import pytest

from warehouse.marts import parts
from warehouse.marts.catalog import Mart, load_catalog

SEEN = """
SELECT t.transaction_id, m.meant, v.version, count(*) OVER () AS together
FROM ledger.transaction AS t
LEFT JOIN ledger.transaction_version AS v USING (transaction_id)
LEFT JOIN enriched.transaction AS m USING (transaction_id)
"""
CARDS = {mart.name: mart.card for mart in load_catalog()}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """An export of a hundred movements, each with a meaning and a version."""
    with duckdb.connect() as connection:
        for home, name, column in (
            ("ledger", "transaction", "amount"),
            ("ledger", "transaction_version", "version"),
            ("enriched", "transaction", "meant"),
        ):
            connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {home}")
            connection.execute(
                f"CREATE TABLE {home}.stored_{name} AS"
                f" SELECT 't' || n AS transaction_id, n AS {column} FROM range(100) AS r (n)"
            )
            connection.execute(f"CREATE VIEW {home}.{name} AS FROM {home}.stored_{name}")
        yield connection


def test_all_movements_are_there_once_and_each_part_saw_but_its_own(con) -> None:
    mart = Mart(CARDS["fct_transactions"], SEEN, ())
    parts.make(con, mart, 4)
    rows = con.execute("FROM fct_transactions").fetchall()
    assert sorted((one, meant, version) for one, meant, version, _ in rows) == sorted(
        (f"t{n}", n, n) for n in range(100)
    )
    assert len({together for *_, together in rows}) > 1
    assert all(together < 100 for *_, together in rows)
    assert con.execute("SELECT count(*) FROM ledger.transaction").fetchall() == [(100,)]


def test_only_a_mart_of_movements_is_made_in_parts(con, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {name: parts.count(con, Mart(card, SEEN, ())) for name, card in CARDS.items()}
    assert set(counts.values()) == {1}
    monkeypatch.setattr(parts, "PART_ROWS", 30)
    counts = {name: parts.count(con, Mart(card, SEEN, ())) for name, card in CARDS.items()}
    assert {name for name, count in counts.items() if count > 1} == {
        *("fct_transactions", "fct_transaction_versions"),
    }
    assert counts["fct_transactions"] == 4
