"""Each folder <mart>/<case>/ is an example: small tables of the ledger in, rows of the mart out.

`expected.csv` names the columns that the case is about; every row of the mart is listed, or those
that meet the `where.sql` of the case. What movements mean is found out as in a night, with its
`household.toml`, `rules.toml` and `rates.csv`, but for tables `enriched_<name>.csv` that it gives.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.household import read_household
from flows.rates import read_own_rates
from flows.rules import read_own_rules
from schemas.enrichment import ENRICHED
from schemas.ledger import EXPORTS
from warehouse.marts.builder import Built
from warehouse.marts.catalog import Mart, load_catalog
from warehouse.marts.reader import connect

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/*/expected.csv"))
TABLES = EXPORTS | {f"enriched_{name}": schema for name, schema in ENRICHED.items()}
KEYS = {mart.name: mart.card.keys for mart in load_catalog()}


def given(case: Path) -> dict[str, pl.DataFrame]:
    tables = {}
    for path in case.glob("*.csv"):
        if path.stem not in ("expected", "rates"):
            schema = TABLES[path.stem]
            header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
            tables[path.stem] = pl.read_csv(path, schema={name: schema[name] for name in header})
    return tables


def expected(case: Path, con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    printed = pl.read_csv(case / "expected.csv", infer_schema=False)
    types = {row[0]: row[1] for row in con.execute(f"DESCRIBE {case.parent.name}").fetchall()}
    cells = ", ".join(f'CAST(e."{name}" AS {types[name]}) AS "{name}"' for name in printed.columns)
    with duckdb.connect() as scratch:
        scratch.execute("SET TimeZone = 'UTC'")
        scratch.register("e", printed)
        return scratch.sql(f"SELECT {cells} FROM e").pl()


def beneath(name: str) -> list[Mart]:
    """A mart and all that it is made from and compared with, in the order of the catalog."""
    catalog = load_catalog()
    texts = {mart.name: [mart.sql, *(check.sql for check in mart.checks)] for mart in catalog}
    needs = {
        name: {other for other in texts if any(other in text for text in mine)}
        for name, mine in texts.items()
    }
    wanted, found = {name}, set[str]()
    while wanted:
        found |= wanted
        wanted = {need for one in wanted for need in needs[one]} - found
    return [mart for mart in catalog if mart.name in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_example(case: Path, make: Callable[..., Built]) -> None:
    mart = case.parent.name
    built = make(
        given(case),
        said=read_household(case / "household.toml"),
        rules=read_own_rules(case / "rules.toml"),
        rates=read_own_rates(case / "rates.csv"),
        marts=beneath(mart),
    )
    assert built.failures == ()
    with connect(built.path) as con:
        wanted = expected(case, con)
        columns = ", ".join(f'"{name}"' for name in wanted.columns)
        order = ", ".join(f'"{key}"' for key in KEYS[mart])
        where = (case / "where.sql").read_text("utf-8") if (case / "where.sql").exists() else "true"
        found = con.sql(f"SELECT {columns} FROM {mart} WHERE {where} ORDER BY {order}").pl()
    assert found.rows() == wanted.rows()


def test_every_mart_has_an_example() -> None:
    assert {case.parent.name for case in CASES} == set(KEYS)
