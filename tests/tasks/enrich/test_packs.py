"""What movements mean does not depend on whose movements are looked at together."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from schemas.enrichment import ENRICHED, MOVEMENT, MOVEMENTS
from schemas.household import Household, Subscription
from schemas.ledger import EXPORTS
from schemas.words import CATEGORY_WORD
from tasks.enrich.movements import packs
from tasks.enrich.stage import Said, meanings

OWNERS = ("ana", "bia", "caio")
FIRST_ON = date(2025, 1, 6)
AT = datetime(2025, 5, 1, tzinfo=UTC)
HOUSEHOLD = Household(
    subscriptions=tuple(
        Subscription(owner, "Films", Decimal("55.90"), "BRL", "monthly", FIRST_ON, "Netflix")
        for owner in ("bia", "dora")
    )
)
WORD = [(1, "bia", "vendor", None, "PADARIA AURORA", "Food/Restaurants", AT)]
SAID = Said(household=HOUSEHOLD, words=pl.DataFrame(WORD, schema=CATEGORY_WORD, orient="row"))


def lives(owner: str) -> list[dict[str, object]]:
    """Three months: a subscription, a bakery and its refund, money to savings, an instalment."""
    said = [
        (0, "-55.90", "Netflix.com", "bank"),
        (1, "-12.00", "Compra no débito: Padaria Aurora", "bank"),
        (2, "12.00", "Estorno Padaria Aurora", "bank"),
        (3, "-200.00", "TED enviada", "bank"),
        (4, "200.00", "TED recebida", "savings"),
        (5, "-99.00", "Magalu - Parcela 2/10", "bank"),
    ]
    return [
        {
            "transaction_id": f"{owner}-{month}-{number}",
            "owner": owner,
            "account_id": f"{owner}-{account}",
            "account_name": account,
            "account_kind": "bank",
            "institution": "itau",
            "booked_on": FIRST_ON + timedelta(days=30 * month + day),
            "amount": Decimal(amount),
            "currency": "BRL",
            "description": text,
            "status": "booked",
        }
        for month in range(3)
        for number, (day, amount, text, account) in enumerate(said)
    ]


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, Path]:
    rows = [row for owner in OWNERS for row in lives(owner)]
    rows.append({**rows[0], "transaction_id": "orphan", "owner": None, "account_id": "nobody's"})
    paths = {MOVEMENTS: tmp_path / "movement.parquet", "account": tmp_path / "account.csv"}
    told = pl.DataFrame(rows, schema=MOVEMENT)
    told.write_parquet(paths[MOVEMENTS])
    accounts = told.drop_nulls("owner").unique("account_id").sort("account_id")
    accounts.select(
        pl.col(name) if name in accounts.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in EXPORTS["account"].items()
    ).write_csv(paths["account"])
    return paths


def found(tables: dict[str, Path], rows: int, settled: Sequence[str] = ()) -> dict[str, object]:
    parts = list(meanings(tables, AT.date(), SAID, settled=settled, pack_rows=rows))
    return {
        name: sorted(pl.concat(p[name] for p in parts if name in p).rows(), key=repr)
        for name in ENRICHED
    }


def test_in_any_company(tables: dict[str, Path]) -> None:
    together = found(tables, 1000)
    assert found(tables, 1) == found(tables, 20) == found(tables, 40) == together
    counts = {"transaction": 55, "transfer": 9, "recurring": 6, "subscription": 2}
    assert {name: len(together[name]) for name in counts} == counts


def test_an_owner_alone_means_what_it_means_among_others(tables: dict[str, Path]) -> None:
    everybody = found(tables, 1000)
    rest = tables[MOVEMENTS].with_name("rest.parquet")
    of_bia = pl.col("owner") == "bia"
    pl.read_parquet(tables[MOVEMENTS]).filter(of_bia).write_parquet(rest)
    alone = found({**tables, MOVEMENTS: rest}, 1000, settled=("ana", "caio"))
    for name in ("transfer", "vendor", "recurring"):
        place = ENRICHED[name].names().index("owner")
        assert alone[name] == [row for row in everybody[name] if row[place] == "bia"], name
    mine = [row for row in everybody["transaction"] if row[0].startswith("bia")]
    assert alone["transaction"] == mine
    for name in ("subscription", "category", "holding", "night"):
        assert alone[name] == everybody[name], name


def test_packs(tables: dict[str, Path]) -> None:
    path = tables[MOVEMENTS]
    assert packs(path, 1) == [[None], ["ana"], ["bia"], ["caio"]]
    assert packs(path, 20) == [[None, "ana"], ["bia"], ["caio"]]
    assert packs(path, 1000) == [[None, "ana", "bia", "caio"]]
