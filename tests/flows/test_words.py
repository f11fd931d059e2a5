"""What persons said reaches the marts, and does so after a rebuild."""

from pathlib import Path

from flows.house import open_ledger, plan_of, run_rebuild
from flows.night import plain_doors
from schemas.settings import Settings
from schemas.words import Scope, Word
from tasks.sample.march import march_2025
from warehouse.ledger.connection import atomically
from warehouse.ledger.words import reject_pair, reopen_pair, say
from warehouse.marts.reader import query


def of_march(settings: Settings) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Category, its source and the flow of each movement of March, by day and amount."""
    frame = query(
        settings.marts / "buffet.duckdb",
        "SELECT strftime(booked_on, '%m-%d'), amount::VARCHAR, category, category_source,"
        " flow_class FROM fct_transactions",
    )
    return {(day, amount): tuple(rest) for day, amount, *rest in frame.rows()}


def test_words_hold_after_the_next_night_and_after_a_rebuild(
    run, settings: Settings, tmp_path: Path
) -> None:
    march_2025(tmp_path / "march")
    run(tmp_path / "march")
    before = of_march(settings)
    dinner, out, in_ = ("03-09", "-58.9000"), ("03-07", "-1000.0000"), ("03-07", "1000.0000")
    assert before[dinner][:2] == ("Food/Restaurants", "rule")
    assert {before[out][2], before[in_][2]} == {"transfer_out", "transfer_in"}
    paired = _paired(settings)
    assert {out, in_} < paired
    legs = query(
        settings.marts / "buffet.duckdb",
        "SELECT transaction_id FROM fct_transactions WHERE abs(amount) = 1000",
    )
    engine = open_ledger(settings)
    with atomically(engine) as connection:
        at = plan_of(settings).started_at
        say(connection, [Word("ana", Scope.VENDOR, "CANTINA DA NONNA", "Shopping/Gifts")], at)
        reject_pair(connection, *legs.get_column("transaction_id"), at)
    engine.dispose()

    run(tmp_path / "march")
    after = of_march(settings)
    assert after[dinner][:2] == ("Shopping/Gifts", "person")
    assert _paired(settings) == paired - {out, in_}
    changed = {key for key in before if before[key] != after[key]}
    assert changed <= {dinner, out, in_, ("03-28", "-18.0000")}

    run_rebuild(settings, plan_of(settings), plain_doors(), tell=lambda *_: None)
    assert of_march(settings) == after

    engine = open_ledger(settings)
    with atomically(engine) as connection:
        reopen_pair(connection, *legs.get_column("transaction_id"), at)
    engine.dispose()
    run_rebuild(settings, plan_of(settings), plain_doors(), tell=lambda *_: None)
    assert _paired(settings) == paired


def _paired(settings: Settings) -> set[tuple[str, str]]:
    """The movements that are a leg of a transfer."""
    frame = query(
        settings.marts / "buffet.duckdb",
        "SELECT strftime(booked_on, '%m-%d'), amount::VARCHAR FROM fct_transactions"
        " WHERE transfer_id IS NOT NULL",
    )
    return set(frame.rows())
