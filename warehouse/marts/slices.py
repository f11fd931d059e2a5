"""The part of the marts that a night touches: views that show a query that part and no more.

The query of a mart names tables. On a night a view of the same name stands before each of them:

    mart.sql   ──▶ fct_transactions   a view: rows of the touched accounts, from a day on
                        └──▶ the table of the same name, in the file

So one query makes all rows of a mart, or those that a night touches. ledger.slice says which
accounts or owners, and from which day on; each mart adds to it what its card says beside `also`,
and takes over what the marts before it have added.

    ledger.anew         owners of whom anything may be otherwise: all that are not settled
    temp.meant_anew     accounts with movements that mean something else, and from which day on

Many marts read the same few of very many rows. Of a mart with a row for each movement or day, those
of the owners in ledger.anew are taken out once it is made, and lie near.
"""

from collections.abc import Iterable, Iterator, Mapping

import duckdb

from warehouse.marts.cards import Card
from warehouse.marts.catalog import Mart, follows_meaning, read_of

EARLIER = "earlier"
"""What a mart refreshed by days, and its checks, may read: its own rows of touched accounts before
their day."""

Catalog = Mapping[str, Mart]


def begin(con: duckdb.DuckDBPyConnection) -> None:
    """Make ready the export of a night, which has just been loaded."""
    con.execute("ALTER TABLE ledger.account RENAME TO every_account")
    con.execute(
        "CREATE TABLE ledger.anew AS SELECT owner"
        " FROM (SELECT owner FROM ledger.every_account UNION SELECT owner FROM meaning.owner)"
        " ANTI JOIN ledger.settled USING (owner)"
    )
    con.execute("CREATE TEMP TABLE meant_anew (account_id VARCHAR, since_on DATE)")


def cut(con: duckdb.DuckDBPyConnection, mart: Mart, catalog: Catalog) -> None:
    """Work out what of a mart is made anew; the marts that it reads are up to date already."""
    clear(con)
    if mart.card.refresh.by == "whole":
        return
    _cut(con, mart, _reasons(mart, catalog))
    if mart.card.refresh.also is not None:
        _point(con, mart)
        con.execute(f"CREATE TABLE ledger.also AS {mart.card.refresh.also}")
        key = _key(mart.card)
        since = "" if key == "account_id" else ", DATE '-infinity' AS since_on"
        _cut(con, mart, [f"FROM {_slice(mart.name)}", f"SELECT *{since} FROM ledger.also"])  # noqa: S608
        con.execute("DROP TABLE ledger.also")


def lay_near(con: duckdb.DuckDBPyConnection, mart: Mart, catalog: Catalog) -> None:
    """Take the rows of owners in ledger.anew out of a mart with very many, which is up to date."""
    readers = [one for one in catalog.values() if mart.name in one.card.depends_on]
    if mart.card.refresh.by != "days" or not readers:
        return
    names = dict.fromkeys(("owner", "account_id", mart.card.refresh.day, *read_of(mart, readers)))
    columns = ", ".join(f'"{name}"' for name in names)
    con.execute(
        f'CREATE TEMP TABLE "{_near(mart.name)}" AS SELECT {columns}'  # noqa: S608
        f" FROM {stored(con, mart.name)} SEMI JOIN ledger.anew USING (owner)"
    )


def show(con: duckdb.DuckDBPyConnection, mart: Mart, catalog: Catalog) -> None:
    """Put views before the tables that a mart's query and checks read, and before its own."""
    clear(con)
    if mart.card.refresh.by == "whole":
        return
    _point(con, mart)
    joined = _joined(mart.card)
    con.execute(
        "CREATE OR REPLACE VIEW ledger.account AS"  # noqa: S608
        f" SELECT t.* FROM ledger.every_account AS t {joined}"
    )
    is_near = _is_near(con, mart)
    for name in (*mart.card.depends_on, mart.name):
        by_days = catalog[name].card.refresh.by == "days"
        source = stored(con, name)
        if is_near and by_days and name != mart.name:
            source = f'temp."{_near(name)}"'
        within_days = by_days and mart.card.refresh.by == "days"
        _view(con, name, source, joined, _within(catalog[name].card) if within_days else "true")
    if mart.card.refresh.day is not None:
        _view(con, EARLIER, stored(con, mart.name), joined, f"NOT ({_within(mart.card)})")


def clear(con: duckdb.DuckDBPyConnection) -> None:
    """Take the views away: every name is its table again."""
    shown = "SELECT view_name FROM duckdb_views() WHERE database_name = 'temp' AND NOT internal"
    for (name,) in con.execute(shown).fetchall():
        con.execute(f'DROP VIEW temp."{name}"')
    con.execute("CREATE OR REPLACE VIEW ledger.account AS SELECT * FROM ledger.every_account")


def within(mart: Mart, query: str) -> str:
    """SQL for those rows of a query that belong to the slice of a mart."""
    return f"SELECT t.* FROM ({query}) AS t {_joined(mart.card)} WHERE {_within(mart.card)}"  # noqa: S608


def delete(con: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    """Take the rows of its slice out of a mart."""
    key = _key(mart.card)
    con.execute(
        f"DELETE FROM {stored(con, mart.name)} AS t USING ledger.slice AS s"  # noqa: S608
        f" WHERE t.{key} = s.{key} AND {_within(mart.card)}"
    )


def insert(con: duckdb.DuckDBPyConnection, mart: Mart, source: str) -> None:
    """Put all rows of another table into a mart."""
    con.execute(f'INSERT INTO {stored(con, mart.name)} FROM "{source}"')


def since(mart: Mart, table: str) -> str:
    """SQL for the accounts in a table of rows of a mart, and from which month on they are there."""
    day = f'min("{mart.card.refresh.day}")'
    return (
        f"SELECT account_id, date_trunc('month', {day})::DATE AS since_on"  # noqa: S608
        f' FROM "{table}" GROUP BY account_id'
    )


def stored(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """The table in the file, past a view of the same name."""
    ((file,),) = con.execute("SELECT current_database()").fetchall()
    return f'"{file}".main."{name}"'


def _reasons(mart: Mart, catalog: Catalog) -> Iterator[str]:
    """SQL for accounts, or owners, of whom a mart has rows to make anew, and from which day on."""
    needs = [catalog[name] for name in mart.card.depends_on]
    if mart.card.refresh.by == "owner":
        ever = "SELECT owner, DATE '-infinity' AS since_on"
        yield f"{ever} FROM ledger.anew"
        for need in needs:
            whose = (
                "" if _key(need.card) == "owner" else "JOIN ledger.every_account USING (account_id)"
            )
            yield f"{ever} FROM {_slice(need.name)} {whose}"
        return
    for table in ("ledger.affected", *(_slice(need.name) for need in needs)):
        yield f"SELECT account_id, since_on FROM {table}"  # noqa: S608
    if follows_meaning(mart, needs):
        yield "SELECT account_id, since_on FROM temp.meant_anew"


def _cut(con: duckdb.DuckDBPyConnection, mart: Mart, reasons: Iterable[str]) -> None:
    key = _key(mart.card)
    con.execute(
        f"CREATE OR REPLACE TABLE {_slice(mart.name)} AS"  # noqa: S608
        f" SELECT {key}, min(since_on) AS since_on"
        f" FROM ({' UNION ALL '.join(reasons)}) GROUP BY {key}"
    )


def _point(con: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    con.execute(f"CREATE OR REPLACE VIEW ledger.slice AS FROM {_slice(mart.name)}")


def _is_near(con: duckdb.DuckDBPyConnection, mart: Mart) -> bool:
    """The slice is of owners in ledger.anew alone."""
    anew = {
        "owner": "ledger.anew",
        "account_id": "(FROM ledger.every_account SEMI JOIN ledger.anew USING (owner))",
    }
    key = _key(mart.card)
    query = f"SELECT count(*) FROM ledger.slice ANTI JOIN {anew[key]} USING ({key})"  # noqa: S608
    ((others,),) = con.execute(query).fetchall()
    return not others


def _view(
    con: duckdb.DuckDBPyConnection, name: str, source: str, joined: str, condition: str
) -> None:
    con.execute(
        f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT t.* FROM {source} AS t'  # noqa: S608
        f" {joined} WHERE {condition}"
    )


def _joined(card: Card) -> str:
    """SQL that leaves of a table t the rows of a slice s."""
    return f"JOIN ledger.slice AS s ON s.{_key(card)} = t.{_key(card)}"


def _within(card: Card) -> str:
    return "true" if card.refresh.day is None else f't."{card.refresh.day}" >= s.since_on'


def _key(card: Card) -> str:
    """What a slice of the mart is of."""
    return "owner" if card.refresh.by == "owner" else "account_id"


def _slice(name: str) -> str:
    return f'ledger."slice_of_{name}"'


def _near(name: str) -> str:
    return f"near_{name}"
