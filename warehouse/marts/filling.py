"""Fill a file with marts: whole from the ledger's export, or brought up to date by slices."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from schemas.errors import PublishError
from warehouse.marts import parts, slices
from warehouse.marts.catalog import Check, Mart, Severity
from warehouse.marts.digest import Sums, columns, sums
from warehouse.marts.reader import first_line, quoted

_SAMPLES = 3
"""So many of the rows that break a promise are named."""


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Attributes:
        mart: the mart the check belongs to.
        check: its name.
        severity: "fail" stops the publication, "warn" is reported.
        failing_rows: how many rows break the promise.
        sample_keys: the keys of some of them; null where there are none.
    """

    mart: str
    check: str
    severity: Severity
    failing_rows: int
    sample_keys: str | None = field(default=None, compare=False)

    @property
    def status(self) -> str:
        """How it went: pass, or its severity."""
        return self.severity if self.failing_rows else "pass"


def make_whole(con: duckdb.DuckDBPyConnection, catalog: Sequence[Mart]) -> dict[Mart, Sums]:
    """Make every mart from the whole export; answer with the sums of each.

    Raises:
        PublishError: a query is broken, or does not make what its card says.
    """
    made = {}
    for mart in catalog:
        _declare_earlier(con, mart)
        # One commit a mart: each costs a wait for the disk.
        if (count := parts.count(con, mart)) > 1:
            with _naming(f"{mart.name}/mart.sql"):
                parts.make(con, mart, count)
        con.begin()
        if count > 1:
            _describe(con, mart)
        else:
            _create(con, mart)
        con.commit()
        made[mart] = sums(con, mart.name)
    return made


def bring_up_to_date(
    con: duckdb.DuckDBPyConnection, catalog: Sequence[Mart], held: Mapping[str, Sums]
) -> dict[Mart, Sums]:
    """Make anew what the touched accounts change in each mart; answer with the sums of each.

    Args:
        con: on a copy of the last generation, with the export of what was touched.
        catalog: the marts, each after those that it depends on.
        held: the sums of the last generation.

    Raises:
        PublishError: as above.
    """
    by_name = {mart.name: mart for mart in catalog}
    slices.begin(con)
    made = {}
    for mart in catalog:
        with _naming(f"{mart.name}/mart.toml"):
            slices.cut(con, mart, by_name)
        slices.show(con, mart, by_name)
        con.begin()
        if mart.card.refresh.by == "whole":
            _create(con, mart)
            made[mart] = sums(con, mart.name)
        else:
            made[mart] = held[mart.name] + _replace_slice(con, mart)
        if mart.card.refresh.meaning:
            made[mart] += _follow_meaning(con, mart)
        con.commit()
        slices.lay_near(con, mart, by_name)
    return made


def run_checks(
    con: duckdb.DuckDBPyConnection, catalog: Sequence[Mart], *, is_slice: bool
) -> Iterator[CheckResult]:
    """Run every check, over whole marts or over what was made anew of them."""
    by_name = {mart.name: mart for mart in catalog}
    for mart in catalog:
        if is_slice:
            slices.show(con, mart, by_name)
        else:
            _declare_earlier(con, mart)
        counts = _counted(con, mart) if mart.checks else []
        for check, rows in zip(mart.checks, counts, strict=True):
            keys = _sampled(con, mart, check) if rows else None
            yield CheckResult(mart.name, check.name, check.severity, rows, keys)
    if is_slice:
        slices.clear(con)


def tell_checks(
    con: duckdb.DuckDBPyConnection,
    checks: Sequence[CheckResult],
    *,
    run_id: str,
    at: datetime,
    is_slice: bool,
) -> None:
    """Lay out how checks went, in ledger.mart_check, for the marts that are made after them."""
    con.execute(
        "CREATE TABLE ledger.mart_check (run_id VARCHAR, checked_at TIMESTAMPTZ,"
        " table_name VARCHAR, check_name VARCHAR, severity VARCHAR, status VARCHAR,"
        " observed VARCHAR, failing_rows BIGINT, sample_keys VARCHAR)"
    )
    looked = "of what was made anew" if is_slice else "of the whole table"
    rows = [
        (
            *(run_id, at, one.mart, one.check, one.severity, one.status),
            *(f"{one.failing_rows} rows {looked}", one.failing_rows, one.sample_keys),
        )
        for one in checks
    ]
    if rows:  # at once: a row each takes as long as a mart
        cells = ", ".join("unnest(?)" for _ in rows[0])
        told = [list(column) for column in zip(*rows, strict=True)]
        con.execute(f"INSERT INTO ledger.mart_check SELECT {cells}", told)


def _counted(con: duckdb.DuckDBPyConnection, mart: Mart) -> list[int]:
    """How many rows each check of a mart finds: asked at once, and singly to name a broken one."""
    counts = [
        f"SELECT {number} AS number, count(*) AS rows FROM ({check.sql})"  # noqa: S608
        for number, check in enumerate(mart.checks)
    ]
    try:
        found = con.execute(" UNION ALL ".join(counts) + " ORDER BY number").fetchall()
    except duckdb.Error:
        found = []
        for check, count in zip(mart.checks, counts, strict=True):
            with _naming(f"{mart.name}/checks.sql: {check.name}"):
                found += con.execute(count).fetchall()
    return [rows for _, rows in found]


def _sampled(con: duckdb.DuckDBPyConnection, mart: Mart, check: Check) -> str | None:
    """The keys of a few rows that a check found; null where it names none."""
    names = [row[0] for row in con.execute(f"DESCRIBE {check.sql}").fetchall()]
    keys = [name for name in names if name in mart.card.keys or name.endswith(("_id", "_sha256"))]
    if not keys:
        return None
    columns = ", ".join(f'"{key}"' for key in keys)
    found = con.execute(
        f"SELECT {columns} FROM ({check.sql}) ORDER BY ALL LIMIT {_SAMPLES}"  # noqa: S608
    ).fetchall()
    return " | ".join(
        ", ".join(f"{key}={cell}" for key, cell in zip(keys, row, strict=True)) for row in found
    )


def _replace_slice(con: duckdb.DuckDBPyConnection, mart: Mart) -> Sums:
    """Make the rows of the slice anew; answer with the difference that it makes."""
    with _naming(f"{mart.name}/mart.sql"):
        con.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {slices.within(mart, mart.sql)}")
    _insist_on_columns(mart, columns(con, "fresh"))
    # The name of the mart is, just now, a view of the rows that go.
    difference = sums(con, "fresh") - sums(con, mart.name)
    slices.delete(con, mart)
    slices.insert(con, mart, "fresh")
    con.execute("DROP TABLE fresh")
    return difference


def _follow_meaning(con: duckdb.DuckDBPyConnection, mart: Mart) -> Sums:
    """Change what rows mean where that is not what they say; answer with the difference it makes.

    A transfer finds its other leg, a rule or a person's word names a category: no account is
    touched by that, and any row of the owner may be.
    """
    table = slices.stored(con, mart.name)
    keys = ", ".join(f'"{key}"' for key in mart.card.keys)
    meant = [f'"{name}"' for name in mart.card.meant]
    # Not IS DISTINCT FROM: joined by OR, DuckDB 1.5.6 takes it for false if all are null (2026).
    differs = " OR ".join(
        f"coalesce(t.{name} <> m.{name}, (t.{name} IS NULL) <> (m.{name} IS NULL))"
        for name in meant
    )
    anew = ", ".join(f"c.{name} AS {name}" for name in meant)
    values = ", ".join(f"{name} = c.{name}" for name in meant)
    with _naming(f"{mart.name}/mart.toml"):
        con.execute(
            f"CREATE TEMP TABLE changed AS SELECT t.row, m.{', m.'.join(meant)}"  # noqa: S608
            f" FROM (SELECT rowid AS row, * FROM {table} SEMI JOIN ledger.anew USING (owner)) AS t"
            f" LEFT JOIN enriched.meaning AS m USING ({keys}) WHERE {differs}"
        )
        rows = f"FROM {table} AS t JOIN changed AS c ON t.rowid = c.row"
        con.execute(f"CREATE TEMP TABLE stale AS SELECT t.* {rows}")
        con.execute(f"CREATE TEMP TABLE fresh AS SELECT t.* REPLACE ({anew}) {rows}")
        difference = sums(con, "fresh") - sums(con, "stale")
        con.execute(f"UPDATE {table} AS t SET {values} FROM changed AS c WHERE t.rowid = c.row")  # noqa: S608
        con.execute(f"INSERT INTO temp.meant_anew {slices.since(mart, 'stale')}")
    for made in ("changed", "fresh", "stale"):
        con.execute(f"DROP TABLE {made}")
    return difference


def _declare_earlier(con: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    """Nothing is earlier than the whole."""
    if mart.card.refresh.day is None:
        return
    cells = ", ".join(f'"{column.name}" {column.type}' for column in mart.card.columns)
    con.execute(f'CREATE OR REPLACE TEMP TABLE "{slices.EARLIER}" ({cells})')


def _create(con: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    with _naming(f"{mart.name}/mart.sql"):
        con.execute(f'CREATE OR REPLACE TABLE "{mart.name}" AS {mart.sql}')
    _describe(con, mart)


def _describe(con: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    _insist_on_columns(mart, columns(con, mart.name))
    said = [f"TABLE \"{mart.name}\" IS '{quoted(mart.card.description)}'"]
    said += [
        f'COLUMN "{mart.name}"."{column.name}" IS \'{quoted(column.description)}\''
        for column in mart.card.columns
    ]
    con.execute(";".join(f"COMMENT ON {one}" for one in said))


@contextmanager
def _naming(where: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise PublishError(
            where, first_line(error), "correct the query, or give it memory and disk"
        ) from error


def _insist_on_columns(mart: Mart, built: Sequence[tuple[str, str]]) -> None:
    stated = [(column.name, column.type) for column in mart.card.columns]
    if list(built) == stated:
        return
    pairs = zip([*built, ("nothing", "")], [*stated, ("nothing", "")], strict=False)
    (name, dtype), (stated_name, stated_type) = next((b, s) for b, s in pairs if b != s)
    raise PublishError(
        f"{mart.name}.{stated_name if stated_name != 'nothing' else name}",
        f"mart.sql makes {name} {dtype}".rstrip() + f", mart.toml says {stated_name} {stated_type}",
        "make the two agree, column by column, in the same order",
    )
