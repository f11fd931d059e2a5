"""A reader that got better reads its own files again, and no others."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.commands.proving import recomputed
from flows.house import now, open_ledger, plan_of, run_night, run_rebuild
from flows.night import plain_doors
from flows.rereading import chosen, outdated
from schemas.errors import WrongUsage
from schemas.night import NightReceipt
from schemas.settings import Settings
from tasks.extract import profiles, readers
from tasks.extract.formats.workbook import tables
from tasks.sample.write import write_samples
from warehouse.ledger import reader
from warehouse.ledger.changes import changes
from warehouse.ledger.connection import atomically
from warehouse.ledger.readers import files_of
from warehouse.ledger.verification import verify
from warehouse.marts.catalog import of_runs

LAYOUT = "br_nubank_conta"
RIGHT = 'decimal_mark = "."'
WRONG = RIGHT + '\nsign = "inverted"'
HISTORIES = of_runs() | {"fct_transaction_versions"}
Ways = Callable[[str], None]


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ways]:
    """Bank layouts of the test's own, of which one can be written in another way."""
    banks = tmp_path / "banks"
    shutil.copytree(profiles.BANKS, banks)
    text = (banks / f"{LAYOUT}.toml").read_text(encoding="utf-8")
    assert RIGHT in text

    def forget() -> None:
        for module in (profiles, tables, readers):
            for found in vars(module).values():
                if hasattr(found, "cache_clear"):
                    found.cache_clear()

    def write(line: str) -> None:
        """As if the program had been started again with this layout."""
        (banks / f"{LAYOUT}.toml").write_text(text.replace(RIGHT, line), encoding="utf-8")
        forget()

    with monkeypatch.context() as patch:
        patch.setattr(profiles, "BANKS", banks)
        forget()
        yield write
    forget()


def digests(settings: Settings) -> dict[str, str]:
    engine = open_ledger(settings)
    with atomically(engine) as connection:
        assert verify(connection, recomputed).troubles == ()
        connection.exec_driver_sql("DELETE FROM finding WHERE state = 'replayed'")
        found = reader.digests(connection)
        connection.rollback()
    engine.dispose()
    return found


def ask(settings: Settings, question: Callable) -> object:
    engine = open_ledger(settings)
    try:
        with atomically(engine) as connection:
            return question(connection)
    finally:
        engine.dispose()


def older(settings: Settings) -> list[str]:
    return ask(settings, lambda connection: files_of(connection, outdated(connection)))


def reread(settings: Settings, *, is_dry_run: bool = False, batch_files: int = 1) -> NightReceipt:
    mine = settings.model_copy(update={"batch_files": batch_files})
    plan = plan_of(mine, replay=tuple(older(settings)), is_dry_run=is_dry_run)
    receipt, _ = run_night(mine, plan, plain_doors(), tell=lambda *_: None)
    return receipt


def test_only_the_files_of_a_reader_that_changed_are_read_again(
    tmp_path: Path, layout: Ways, run: Callable[..., NightReceipt], settings: Settings
) -> None:
    write_samples(tmp_path / "files", seed=3, months=2)
    layout(WRONG)
    first = run(tmp_path / "files")
    assert older(settings) == []
    known_at = now()

    layout(RIGHT)
    told = run()
    mine = older(settings)
    assert told.outcomes() == dict.fromkeys(told.outcomes(), 0)
    assert 0 < told.outdated_count == len(mine) < len(first.files) / 2
    dry = reread(settings, is_dry_run=True)
    assert older(settings) == mine
    real = reread(settings)
    assert real.changes == dry.changes
    assert sorted(one.sha256 for one in real.files) == mine
    assert (real.status, real.outdated_count, older(settings)) == ("published", 0, [])
    attempts = """SELECT attempts, layout = %s OR status = 'refused', count(*)
                  FROM file GROUP BY 1, 2 ORDER BY 1, 2"""
    rows = ask(settings, lambda c: c.exec_driver_sql(attempts, (LAYOUT,)).all())
    assert rows == [(1, False, len(first.files) - len(mine)), (2, True, len(mine))]

    found = ask(settings, lambda connection: changes(connection, known_at, now()))
    booked = [one["change_amount"] for one in found["transactions"]]
    assert {"withdrawn", "appeared late"} == {one["change"] for one in found["transactions"]}
    assert sum(booked) == sum(one["change"] for one in found["months"]) != 0

    after = digests(settings)
    receipt, _ = run_rebuild(settings, plan_of(settings), plain_doors(), tell=lambda *_: None)
    assert digests(settings) == after
    for mart in set(real.generation.digests) - HISTORIES:
        assert receipt.generation.digests[mart] == real.generation.digests[mart], mart


def test_files_that_were_refused_are_read_again_when_any_reader_changes(
    layout: Ways, run: Callable[..., NightReceipt], settings: Settings
) -> None:
    layout(WRONG)
    path = settings.inbox / "ana" / "conta" / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text("no bank writes so\n1;2;3\n", encoding="utf-8")
    (one,) = run().files
    assert (one.outcome, older(settings)) == ("refused", [])
    layout(RIGHT)
    assert older(settings) == [one.sha256]
    assert reread(settings).outcomes()["refused"] == 1
    assert older(settings) == []


def test_a_format_or_layout_is_read_again_on_demand(
    tmp_path: Path, layout: Ways, run: Callable[..., NightReceipt], settings: Settings
) -> None:
    write_samples(tmp_path / "files", seed=3, months=1)
    run(tmp_path / "files")
    groups = ask(settings, lambda connection: chosen(connection, None, LAYOUT))
    assert [one.layout for one in groups] == [LAYOUT]
    groups = ask(settings, lambda connection: chosen(connection, "ofx1", None))
    assert [one.reader for one in groups] == [readers.reader_of("ofx1", "")]
    with pytest.raises(WrongUsage, match="nosuch"):
        ask(settings, lambda connection: chosen(connection, "nosuch", None))
