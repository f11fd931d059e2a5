"""The part of the marts that a night touches: views that show a query that part and no more.

The query of a mart names tables. On a night a view of the same name stands before each of them:

    mart.sql   ──▶ fct_transactions   a view: rows of the touched accounts, from a day on
                        └──▶ the table of the same name, in the file

So one query makes all rows of a mart, or those that a night touches. ledger.slice says which
accounts, and from which day on; each mart adds to it what its card says beside `also`, and takes
over what the marts before it have added.
"""

from collections.abc import Mapping, Sequence

import duckdb

from warehouse.marts.catalog import Card, Mart

EARLIER = "earlier"
"""What a mart refreshed by days may read: its own rows of touched accounts before their day."""


def begin(con: duckdb.DuckDBPyConnection) -> None:
    """Make ready the export of a night, which has just been loaded."""
    con.execute("ALTER TABLE ledger.account RENAME TO every_account")


def cut(con: duckdb.DuckDBPyConnection, mart: Mart, catalog: Mapping[str, Mart]) -> None:
    """Work out what of a mart is made anew; the marts that it reads are up to date already."""
    clear(con, tuple(catalog.values()))
    if mart.card.refresh.by == "whole":
        return
    before = [_slice(need) for need in mart.card.depends_on]
    _cut(con, mart.name, ["affected", *before])
    if mart.card.refresh.also is not None:
        _point(con, mart)
        more = f"SELECT account_id, since_on FROM ({mart.card.refresh.also})"  # noqa: S608
        con.execute(f"CREATE TABLE ledger.also AS {more}")
        _cut(con, mart.name, [_slice(mart.name), "also"])
        con.execute("DROP TABLE ledger.also")


def show(con: duckdb.DuckDBPyConnection, mart: Mart, catalog: Mapping[str, Mart]) -> None:
    """Put views before the tables that a mart's query and checks read, and before its own."""
    clear(con, tuple(catalog.values()))
    if mart.card.refresh.by == "whole":
        return
    _point(con, mart)
    con.execute(
        "CREATE OR REPLACE VIEW ledger.account AS SELECT * FROM ledger.every_account"
        " SEMI JOIN ledger.slice USING (account_id)"
    )
    for name in (*mart.card.depends_on, mart.name):
        is_by_day = mart.card.refresh.by == catalog[name].card.refresh.by == "days"
        _view(con, name, name, _within(catalog[name].card) if is_by_day else "true")
    if mart.card.refresh.day is not None:
        _view(con, EARLIER, mart.name, f"NOT ({_within(mart.card)})")


def clear(con: duckdb.DuckDBPyConnection, catalog: Sequence[Mart]) -> None:
    """Take the views away: every name is its table again."""
    for name in (*(mart.name for mart in catalog), EARLIER):
        con.execute(f'DROP VIEW IF EXISTS temp."{name}"')
    con.execute("CREATE OR REPLACE VIEW ledger.account AS SELECT * FROM ledger.every_account")


def within(mart: Mart, query: str) -> str:
    """SQL for those rows of a query that belong to the slice of a mart."""
    day = _within(mart.card)
    return f"SELECT t.* FROM ({query}) AS t JOIN ledger.slice AS s USING (account_id) WHERE {day}"  # noqa: S608


def delete(con: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    """Take the rows of its slice out of a mart."""
    con.execute(
        f"DELETE FROM {stored(con, mart.name)} AS t USING ledger.slice AS s"  # noqa: S608
        f" WHERE t.account_id = s.account_id AND {_within(mart.card)}"
    )


def insert(con: duckdb.DuckDBPyConnection, mart: Mart, source: str) -> None:
    """Put all rows of another table into a mart."""
    con.execute(f'INSERT INTO {stored(con, mart.name)} FROM "{source}"')


def stored(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """The table in the file, past a view of the same name."""
    ((file,),) = con.execute("SELECT current_database()").fetchall()
    return f'"{file}".main."{name}"'


def _cut(con: duckdb.DuckDBPyConnection, name: str, tables: Sequence[str]) -> None:
    rows = " UNION ALL ".join(f'SELECT * FROM ledger."{table}"' for table in tables)  # noqa: S608
    con.execute(
        f'CREATE OR REPLACE TABLE ledger."{_slice(name)}" AS'  # noqa: S608
        " SELECT account_id, min(since_on) AS since_on"
        f" FROM ({rows}) GROUP BY account_id"
    )


def _point(con: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    con.execute(
        f'CREATE OR REPLACE VIEW ledger.slice AS SELECT * FROM ledger."{_slice(mart.name)}"'  # noqa: S608
    )


def _view(con: duckdb.DuckDBPyConnection, name: str, table: str, condition: str) -> None:
    con.execute(
        f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT t.* FROM {stored(con, table)}'  # noqa: S608
        f" AS t JOIN ledger.slice AS s USING (account_id) WHERE {condition}"
    )


def _within(card: Card) -> str:
    return "true" if card.refresh.day is None else f't."{card.refresh.day}" >= s.since_on'


def _slice(name: str) -> str:
    return f"slice_of_{name}"
