"""A digest tells rows apart that look alike, and does not care for their order."""

import duckdb
import pytest

from warehouse.marts.digest import digest

BASE = "SELECT * FROM (VALUES ('a', 1.00), ('b', 2.00)) AS t(word, amount)"


def of(sql: str) -> str:
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS {sql}")
        return digest(con, "t")


def test_order_does_not_matter() -> None:
    assert of(BASE) == of(f"{BASE} ORDER BY word DESC")


@pytest.mark.parametrize(
    "other",
    [
        f"{BASE} UNION ALL SELECT 'a', 1.00 UNION ALL SELECT 'a', 1.00",
        f"{BASE} LIMIT 1",
        "SELECT * FROM (VALUES ('a', 1.01), ('b', 2.00)) AS t(word, amount)",
        "SELECT * FROM (VALUES ('a', 2.00), ('b', 1.00)) AS t(word, amount)",
        "SELECT * FROM (VALUES ('a', 1.00), ('b', 2.00)) AS t(amount, word)",
        f"SELECT word, amount::DECIMAL(18,4) AS amount FROM ({BASE})",
    ],
)
def test_a_difference_shows(other: str) -> None:
    assert of(BASE) != of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 'ab' AS a, 'c' AS b", "SELECT 'a' AS a, 'bc' AS b"),
        ("SELECT '' AS a", "SELECT NULL::VARCHAR AS a"),
        ("SELECT ':' AS a, NULL::VARCHAR AS b", "SELECT NULL::VARCHAR AS a, ':' AS b"),
        ("SELECT '1:' AS a, '' AS b", "SELECT '' AS a, '1:' AS b"),
        (
            "SELECT 123456789012345.6789::DECIMAL(38,4) AS a",
            "SELECT 123456789012345.6788::DECIMAL(38,4) AS a",
        ),
    ],
)
def test_cells_do_not_run_together(one: str, other: str) -> None:
    assert of(one) != of(other)


def test_an_instant_does_not_depend_on_the_time_zone() -> None:
    def seen_from(zone: str) -> str:
        with duckdb.connect() as con:
            con.execute(f"SET TimeZone = '{zone}'")
            con.execute("CREATE TABLE t AS SELECT '2025-01-01 00:00:00+00'::TIMESTAMPTZ AS at")
            return digest(con, "t")

    assert seen_from("UTC") == seen_from("America/Sao_Paulo")
