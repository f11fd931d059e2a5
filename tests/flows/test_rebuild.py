"""The ledger made anew from the archive: the same tables, under the names that hold now."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from exports import OFX_HEAD

from flows.commands.proving import recomputed
from flows.house import open_ledger, plan_of, run_rebuild
from flows.night import plain_doors
from schemas.errors import SettingsError, WrongUsage
from schemas.night import NightReceipt
from schemas.settings import Settings
from tasks.sample.write import write_samples
from warehouse.ledger import reader
from warehouse.ledger.connection import atomically
from warehouse.ledger.verification import verify
from warehouse.marts.catalog import of_runs
from warehouse.marts.reader import query

HISTORY = """
SELECT t.transaction_id, t.first_known_at, t.known_from, v.known_from, v.known_to, v.standing
FROM transaction t LEFT JOIN transaction_version v USING (transaction_id) ORDER BY 1, 4
"""

OFX = (
    OFX_HEAD
    + """<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>BRL
<BANKACCTFROM><BANKID>0260<BRANCHID>1<ACCTID>{number}<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260331
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260305<TRNAMT>-12.50<FITID>{fitid}<MEMO>{memo}</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
)


def rebuild(settings: Settings) -> NightReceipt:
    receipt, _ = run_rebuild(settings, plan_of(settings), plain_doors(), tell=lambda *_: None)
    return receipt


def state(settings: Settings) -> tuple[dict[str, str], list[tuple[object, ...]]]:
    """Digests of what the ledger holds, and what it knew when."""
    engine = open_ledger(settings)
    with reader.snapshot(engine) as connection:
        found = reader.digests(connection)
        history = [tuple(row) for row in connection.exec_driver_sql(HISTORY)]
    engine.dispose()
    return found, history


def troubles(settings: Settings) -> tuple[object, ...]:
    """What does not fit its certificate, or its own id."""
    engine = open_ledger(settings)
    with atomically(engine) as connection:
        found = verify(connection, recomputed).troubles
    engine.dispose()
    return found


def drop(settings: Settings, name: str, text: str) -> None:
    path = settings.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_rebuild_gives_the_same_tables_and_knows_what_was_known_when(
    tmp_path: Path, run: Callable[..., NightReceipt], settings: Settings
) -> None:
    write_samples(tmp_path / "files", seed=3, months=2)
    paths = sorted(path for path in (tmp_path / "files").rglob("*") if path.is_file())
    for night in range(2):
        for path in paths[night::2]:
            target = settings.inbox / path.relative_to(tmp_path / "files")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        last = run()
    before = state(settings)
    again = rebuild(settings)
    assert state(settings) == before
    assert again.status == "published"
    for mart in set(last.generation.digests) - of_runs():
        assert again.generation.digests[mart] == last.generation.digests[mart], mart
    assert not list((settings.archive / "pending").iterdir())
    assert troubles(settings) == ()


def test_a_rebuild_that_is_killed_is_finished_by_the_next_night(
    tmp_path: Path, run: Callable[..., NightReceipt], settings: Settings
) -> None:
    write_samples(tmp_path / "files", seed=3, months=1)
    run(tmp_path / "files")
    before, _ = state(settings)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    doors = replace(plain_doors(), load=killed)
    with pytest.raises(KeyboardInterrupt):
        run_rebuild(settings, plan_of(settings), doors, tell=lambda *_: None)
    assert state(settings)[0] != before
    run()  # nothing new in the inbox
    assert state(settings)[0] == before


def test_a_file_that_the_archive_lost_stops_a_rebuild_before_it_begins(
    run: Callable[..., NightReceipt], settings: Settings
) -> None:
    drop(settings, "ana/conta/a.ofx", OFX.format(number="777", fitid="1", memo="Padaria"))
    receipt = run()
    before, _ = state(settings)
    sha256 = receipt.files[0].sha256
    (settings.archive / sha256[:2] / sha256).unlink()
    with pytest.raises(WrongUsage, match="lacks 1 files"):
        rebuild(settings)
    assert state(settings)[0] == before


def test_accounts_toml_joins_what_is_in_the_ledger_by_a_rebuild(
    run: Callable[..., NightReceipt], settings: Settings
) -> None:
    drop(settings, "ana/velha/a.ofx", OFX.format(number="777", fitid="1", memo="Padaria"))
    drop(settings, "ana/nova/b.ofx", OFX.format(number="888", fitid="1", memo="PADARIA"))
    run()
    sums = "SELECT count(*) AS n, sum(amount) AS total FROM fct_transactions"
    assert query(settings.marts / "buffet.duckdb", sums).rows() == [(2, -25)]
    drop(
        settings,
        "../accounts.toml",
        '[[account]]\nowner = "ana"\nname = "conta"\nbank = "nubank"\nrefs = ["777", "888"]\n',
    )
    with pytest.raises(
        SettingsError, match=r"2 accounts .*, the first is nubank •+7 of ana \(bank"
    ):
        run()
    rebuild(settings)
    assert query(settings.marts / "buffet.duckdb", sums).rows() == [(1, -12.5)]
    names = "SELECT account_name FROM dim_account"
    assert query(settings.marts / "buffet.duckdb", names).rows() == [("conta",)]
    assert run().status == "published"
    assert troubles(settings) == ()
