"""The part of the marts that a night touches: views that show a query that part and no more.

The query of a mart names tables. On a night a view of the same name stands before each of them:

    mart.sql   ──▶ fct_transactions   a view: rows of the touched accounts, from a day on
                        └──▶ the table of the same name, in the file

So one query makes all rows of a mart, or those that a night touches. ledger.slice says which
accounts, and from which day on; each mart adds to it what its card says beside `also`, and takes
over what the marts before it have added. For a mart that is refreshed by owner, ledger.slice holds
the owners whose rows stay.
"""

from collections.abc import Mapping, Sequence

import duckdb

from warehouse.marts.cards import Card
from warehouse.marts.catalog import Mart

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
    if mart.card.refresh.by == "owner":
        _cut_owners(con, mart, catalog)
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
    joined = _joined(mart.card)
    con.execute(
        "CREATE OR REPLACE VIEW ledger.account AS"  # noqa: S608
        f" SELECT t.* FROM ledger.every_account AS t {joined}"
    )
    for name in (*mart.card.depends_on, mart.name):
        is_by_day = mart.card.refresh.by == catalog[name].card.refresh.by == "days"
        _view(con, name, name, joined, _within(catalog[name].card) if is_by_day else "true")
    if mart.card.refresh.day is not None:
        _view(con, EARLIER, mart.name, joined, f"NOT ({_within(mart.card)})")


def clear(con: duckdb.DuckDBPyConnection, catalog: Sequence[Mart]) -> None:
    """Take the views away: every name is its table again."""
    for name in (*(mart.name for mart in catalog), EARLIER):
        con.execute(f'DROP VIEW IF EXISTS temp."{name}"')
    con.execute("CREATE OR REPLACE VIEW ledger.account AS SELECT * FROM ledger.every_account")


def within(mart: Mart, query: str) -> str:
    """SQL for those rows of a query that belong to the slice of a mart."""
    return f"SELECT t.* FROM ({query}) AS t {_joined(mart.card)} WHERE {_within(mart.card)}"  # noqa: S608


def delete(con: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    """Take the rows of its slice out of a mart."""
    of_slice = (
        "WHERE NOT EXISTS (SELECT 1 FROM ledger.slice AS s WHERE s.owner = t.owner)"
        if mart.card.refresh.by == "owner"
        else f"USING ledger.slice AS s WHERE t.account_id = s.account_id AND {_within(mart.card)}"
    )
    con.execute(f"DELETE FROM {stored(con, mart.name)} AS t {of_slice}")  # noqa: S608


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


def _cut_owners(con: duckdb.DuckDBPyConnection, mart: Mart, catalog: Mapping[str, Mart]) -> None:
    """Owners whose rows stay: the settled ones, but for those of whom a need has new rows."""
    needs = [catalog[name] for name in mart.card.depends_on]
    of_accounts = [_slice(one.name) for one in needs if one.card.refresh.by != "owner"]
    of_owners = [_slice(one.name) for one in needs if one.card.refresh.by == "owner"]
    slice_ = f'ledger."{_slice(mart.name)}"'
    con.execute(f"CREATE OR REPLACE TABLE {slice_} AS FROM ledger.settled")
    for table in of_accounts:
        con.execute(
            f"DELETE FROM {slice_} WHERE owner IN (SELECT owner FROM ledger.every_account"  # noqa: S608
            f' SEMI JOIN ledger."{table}" USING (account_id))'
        )
    for table in of_owners:
        con.execute(
            f'DELETE FROM {slice_} WHERE owner NOT IN (SELECT owner FROM ledger."{table}")'  # noqa: S608
        )


def _joined(card: Card) -> str:
    """SQL that leaves of a table t the rows of a slice s."""
    if card.refresh.by == "owner":
        return "ANTI JOIN ledger.slice AS s ON s.owner = t.owner"
    return "JOIN ledger.slice AS s ON s.account_id = t.account_id"


def _point(con: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    con.execute(
        f'CREATE OR REPLACE VIEW ledger.slice AS SELECT * FROM ledger."{_slice(mart.name)}"'  # noqa: S608
    )


def _view(
    con: duckdb.DuckDBPyConnection, name: str, table: str, joined: str, condition: str
) -> None:
    con.execute(
        f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT t.* FROM {stored(con, table)}'  # noqa: S608
        f" AS t {joined} WHERE {condition}"
    )


def _within(card: Card) -> str:
    return "true" if card.refresh.day is None else f't."{card.refresh.day}" >= s.since_on'


def _slice(name: str) -> str:
    return f"slice_of_{name}"
