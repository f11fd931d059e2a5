"""Numbers that three engines, any export and any cut of a statement must agree upon."""

import gzip
import io
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from flows.house import open_ledger, plan_of, run_night
from flows.night import plain_doors
from schemas.errors import PublishError
from schemas.money import MONEY
from schemas.settings import Settings
from tasks.sample.march import ITAU, MARCH, march_2025, march_statement
from tasks.sample.render import RENDERERS
from tasks.sample.world import state
from tasks.sample.write import write_samples
from warehouse.ledger import reader
from warehouse.marts import publisher
from warehouse.marts.reader import query

TRUNCATE = """
TRUNCATE ledger.file, ledger.account, ledger.transaction, ledger.entry, ledger.run CASCADE
"""
BOOKED = "FROM fct_transactions WHERE status = 'booked'"
HEADER = "Data,Valor,Identificador,Descrição\n"


def drop(settings: Settings, name: str, data: bytes, folder: str = "ana/itau") -> None:
    target = settings.inbox / folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def zipped(name: str, data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, data)
    return target.getvalue()


def marts(settings: Settings, sql: str) -> pl.DataFrame:
    return query(settings.marts / publisher.LINK, sql)


def ask(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    engine = open_ledger(settings)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.text(sql))]
    engine.dispose()
    return rows


def test_a_statement_in_another_wrapping_brings_nothing_new(run, settings: Settings) -> None:
    data = RENDERERS["ofx1_itau"](march_statement(ITAU, *MARCH)).data
    drop(settings, "march.ofx", data)
    assert run().receipt.inserted == 7
    total = marts(settings, "SELECT count(*), sum(amount) FROM fct_transactions").row(0)
    drop(settings, "renamed.ofx", data)
    drop(settings, "march.zip", zipped("march.ofx", data))
    drop(settings, "march.ofx.gz", gzip.compress(data))
    again = run()
    assert (again.receipt.inserted, again.outcomes()["known"]) == (0, 1)
    drop(settings, "lines.ofx", data.replace(b"\r\n", b"\n"))
    lines = run()
    assert (lines.receipt.inserted, lines.receipt.already_known) == (0, 7)
    drop(settings, "march.csv", RENDERERS["br_itau_conta"](march_statement(ITAU, *MARCH)).data)
    other = run()
    assert other.receipt.inserted == 0
    assert other.receipt.superseded + other.receipt.already_known == 7
    assert marts(settings, "SELECT count(*), sum(amount) FROM fct_transactions").row(0) == total


@trials(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=st.sets(st.integers(1, 30), max_size=6), order=st.randoms(use_true_random=False))
def test_a_statement_cut_into_files_is_that_statement(
    cuts: set[int], order, settings: Settings, tmp_path: Path
) -> None:
    """Split, merged, in any order: by days, so that each part is a statement of its own."""
    march = march_statement(ITAU, *MARCH)
    edges = [1, *sorted(day + 1 for day in cuts), 32]
    parts = [
        state(ITAU, date(2025, 3, first), date(2025, 3, last - 1), march.movements)
        for first, last in pairwise(edges)
    ]
    order.shuffle(parts)
    engine = open_ledger(settings)
    with engine.begin() as connection:
        connection.exec_driver_sql(TRUNCATE)
    engine.dispose()
    folder = tmp_path / f"{abs(hash((frozenset(cuts), len(parts))))}"
    for number, part in enumerate(parts):
        place = folder / "ana" / "itau" / f"{number}.ofx"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(RENDERERS["ofx1_itau"](part).data)
    _load(settings, folder)
    rows = (
        "SELECT booked_on, amount FROM ledger.transaction WHERE standing = 'counts' ORDER BY 1, 2"
    )
    wanted = sorted((m.booked_on, m.amount) for m in march.movements)
    assert ask(settings, rows) == wanted


def _load(settings: Settings, folder: Path) -> None:
    """Claim to load, without marts."""
    from flows.house import one_run  # noqa: PLC0415

    plan, doors = plan_of(settings, root=folder), plain_doors()
    with one_run(settings, plan, "night"):
        doors.extract(doors.claim(plan).tickets, plan.staging / "b", False)
        doors.validate(plan.staging / "b", ())
        doors.transform(plan.staging / "b")
        doors.load(plan, plan.staging / "b", 1)


def csv(settings: Settings, days: Sequence[str]) -> None:
    rows = [f"{day},-{n + 1}.00,id{n},Padaria" for n, day in enumerate(days)]
    drop(settings, "days.csv", (HEADER + "\n".join(rows) + "\n").encode(), "ana/nubank")


def test_odd_days_are_booked_as_printed_or_set_aside(run, settings: Settings) -> None:
    good = [
        "29/02/2024",
        "31/01/2025",
        "31/12/2026",
        "01/01/2027",
        "02/01/1970",
        "19/01/2038",
        "20/01/2038",
        "30/04/2025",
        *(f"{day:02}/05/2025" for day in range(1, 16)),
    ]
    bad = [
        "29/02/2025",
        "31/04/2025",
        "00/01/2025",
        "01/13/2025",
        "01/01/0001",
        "31/12/9999",
        "31/12/1969",
    ]
    csv(settings, [*good, *bad])
    receipt = run()
    assert (receipt.receipt.inserted, receipt.receipt.set_aside) == (len(good), len(bad))
    rows = ask(settings, "SELECT to_char(booked_on, 'DD/MM/YYYY') FROM ledger.transaction")
    assert {row[0] for row in rows} == set(good)


@pytest.fixture
def world(run, settings: Settings, tmp_path: Path) -> Settings:
    """A house in which the samples were booked."""
    write_samples(tmp_path / "samples", seed=5, months=2)
    assert run(tmp_path / "samples").status == "published"
    return settings


def test_three_engines_add_up_to_the_same(world: Settings) -> None:
    engine = open_ledger(world)
    with reader.snapshot(engine) as connection:
        postgres = reader.totals(connection)
    engine.dispose()
    rows = marts(world, "SELECT currency, amount FROM fct_transactions")
    by_polars = rows.group_by("currency").agg(pl.len(), pl.col("amount").sum())
    in_python: dict[str, tuple[int, Decimal]] = {}
    for currency, amount in rows.iter_rows():
        count, total = in_python.get(currency, (0, Decimal(0)))
        in_python[currency] = (count + 1, total + amount)
    by_duckdb = marts(
        world, "SELECT currency, count(*) AS n, sum(amount) AS s FROM fct_transactions GROUP BY 1"
    )
    assert len(postgres) == 3
    assert postgres == in_python
    for frame in (by_polars, by_duckdb):
        assert {row[0]: (row[1], row[2]) for row in frame.iter_rows()} == postgres


def test_money_is_conserved_by_account_month_and_day(world: Settings) -> None:
    grouped = "GROUP BY ALL ORDER BY ALL"
    by_account = marts(world, f"SELECT account_id, currency, sum(amount) AS s {BOOKED} {grouped}")
    by_month = marts(
        world,
        f"SELECT account_id, currency, sum(net) AS s FROM mart_monthly_cashflow {grouped}",
    )
    by_day = marts(
        world,
        f"SELECT account_id, currency, sum(credits - debits) AS s FROM fct_daily_balance {grouped}",
    )
    assert by_account.rows() == by_month.rows()
    assert set(by_day.rows()) <= set(by_account.rows())
    held = "SELECT account_id::text, currency, sum(amount) FROM ledger.transaction"
    rows = ask(world, f"{held} WHERE standing = 'counts' AND status = 'booked' GROUP BY 1, 2")
    assert sorted(rows) == sorted(by_account.rows())


def test_a_balance_is_the_one_before_and_what_moved(world: Settings) -> None:
    days = marts(
        world,
        "SELECT account_id, currency, day, opening, closing FROM fct_daily_balance ORDER BY ALL",
    ).rows()
    moved: dict[tuple[str, str, date], Decimal] = {}
    for account, currency, day, amount in marts(
        world,
        f"SELECT account_id, currency, booked_on, amount {BOOKED}",
    ).iter_rows():
        moved[account, currency, day] = moved.get((account, currency, day), Decimal(0)) + amount
    assert len(days) > 100
    for before, (account, currency, day, opening, closing) in zip(
        [None, *days], days, strict=False
    ):
        assert closing - opening == moved.get((account, currency, day), Decimal(0))
        if before is not None and before[:2] == (account, currency):
            assert (opening, day) == (before[4], before[2] + timedelta(days=1))
    anchors = "SELECT count(*) FROM fct_daily_balance WHERE is_anchor AND anchor_difference = 0"
    assert marts(world, anchors).item() > 5


def test_marts_that_differ_from_postgres_by_a_cent_are_not_published(
    run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The export is changed on its way, as a bad disk would; the marts agree with the export."""
    march_2025(tmp_path / "statements")
    run(tmp_path / "statements")
    shown = publisher.current(settings.marts)
    engine = open_ledger(settings)
    with engine.begin() as connection:  # else nothing would be exported again
        connection.exec_driver_sql("UPDATE account SET is_claimed = NOT is_claimed")
    engine.dispose()
    export = reader.export

    def spoilt(*args: object, **options: object) -> dict[str, Path]:
        paths = export(*args, **options)
        (part,) = paths["transaction"].iterdir()
        rows = pl.read_parquet(part)
        is_rent = pl.col("amount") == Decimal(-2450)
        assert rows.filter(is_rent).height
        less = pl.when(is_rent).then(pl.col("amount") - Decimal("0.01")).otherwise("amount")
        rows.with_columns(less.cast(MONEY).alias("amount")).write_parquet(part)
        return paths

    monkeypatch.setattr(reader, "export", spoilt)
    plan = plan_of(settings, root=tmp_path / "statements")
    with pytest.raises(PublishError, match="the ledger holds"):
        run_night(settings, plan, plain_doors(), tell=lambda *_: None)
    assert publisher.current(settings.marts) == shown
