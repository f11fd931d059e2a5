"""Ask one generation of the marts; a mart or column that it does not have is told, not guessed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from schemas.errors import MartsUnavailable
from schemas.masking import masked_numbers
from warehouse.marts import digest
from warehouse.marts.reader import connect, first_line

Row = Mapping[str, Any]
"""A row of a mart, by column."""


@dataclass(frozen=True)
class Facts:
    """Which generation the page shows.

    Attributes:
        generation: its id.
        built_at: when it was built, in UTC.
        code_version: the version of the program that built it.
        row_counts: rows by mart.
    """

    generation: str
    built_at: datetime
    code_version: str
    row_counts: Mapping[str, int]


class Marts:
    """The marts of one generation, open for reading."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._columns = {
            table: tuple(name for name, _ in digest.columns(con, table))
            for table in digest.tables(con)
        }

    def rows(self, sql: str, **params: object) -> list[Row]:
        """The rows of one SELECT; `$name` in it stands for a value.

        Raises:
            MartsUnavailable: the generation was built by another version of the program.
        """
        try:
            found = self._con.execute(sql, params)
        except duckdb.Error as error:
            raise MartsUnavailable(
                "marts",
                f"cannot answer: {first_line(error)}",
                "publish again: this generation is of another version",
            ) from error
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def columns(self, mart: str) -> tuple[str, ...]:
        """The columns of a mart; none if the generation has no such mart."""
        return self._columns.get(mart, ())

    def lacks(self, *marts: str) -> tuple[str, ...]:
        """Those of the marts that this generation does not have."""
        return tuple(mart for mart in marts if mart not in self._columns)

    def account_names(self) -> dict[object, str]:
        """What people call each account, by its id; where two have one name, with their tails."""
        rows = self.rows(_ACCOUNTS)
        return {row["account_id"]: masked_numbers(str(row["name"])) for row in rows}

    def facts(self) -> Facts:
        """What the manifest says."""
        rows = self.rows("SELECT * FROM _manifest ORDER BY mart")
        if not rows:
            raise MartsUnavailable("_manifest", "is empty", "publish again")
        first = rows[0]
        built_at = first["built_at"]
        assert isinstance(built_at, datetime)  # noqa: S101
        counts = {str(row["mart"]): int(str(row["row_count"])) for row in rows}
        return Facts(str(first["generation"]), built_at, str(first["code_version"]), counts)

    def as_of(self) -> date:
        """The day that the marts look from."""
        ((found,),) = (row.values() for row in self.rows(_AS_OF))
        if not isinstance(found, date):
            raise MartsUnavailable("marts", "hold no transaction", "run the night on statements")
        return found


_ACCOUNTS = """
SELECT account_id,
    coalesce(account_name, 'unnamed')
        || CASE WHEN count(*) OVER (PARTITION BY owner, account_name) > 1
            THEN ' ' || coalesce(account_tail, '') ELSE '' END AS name
FROM dim_account
"""
_AS_OF = "SELECT max(day) AS day FROM dim_date WHERE is_past"


@contextmanager
def opened(path: Path) -> Iterator[Marts]:
    """The marts at a path, closed however it ends.

    Raises:
        MartsUnavailable: nothing is published there.
    """
    with connect(path) as con:
        yield Marts(con)


def grouped(rows: Sequence[Row], *names: str) -> Iterator[tuple[tuple[object, ...], list[Row]]]:
    """Rows that stand in the order of some columns, in groups of equal values of them."""
    for key, group in groupby(rows, key=lambda row: tuple(row[name] for name in names)):
        yield key, list(group)
