"""What the marts cost: built whole beside a bare CREATE TABLE AS, and a night on a long history.

python benchmarks/publish.py --transactions 1000000

A throw-away embedded Postgres that waits for the disk. The first night of 10,000 transactions goes
into an empty ledger, a month of a hundred accounts of ten owners; then five years of history of
these accounts, and of those of other owners, are written by SQL, all marts are built whole, and a
second night of 10,000 follows. The run counts only if the marts of that night equal marts that are
built whole, and if it was brought up to date.
"""

import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Annotated

import duckdb
import sqlalchemy as sa
import typer
from night import workshop

from flows.house import now, one_run, plan_of, run_night
from flows.night import Stopwatch, plain_doors, publication
from schemas.night import NightReceipt
from schemas.settings import Settings
from tasks.sample.many import MONTHS_AN_ACCOUNT, write_many
from warehouse.ledger import embedded, reader
from warehouse.ledger.connection import atomically, connect
from warehouse.marts.catalog import of_runs
from warehouse.marts.publisher import LINK
from warehouse.marts.reader import query

AN_OWNER = 10
"""Accounts of one owner."""

FILES = """
INSERT INTO file (sha256, name, owner, account_name, size_bytes, received_at, format, source_rank,
                  status, attempts, read, set_aside, markers)
SELECT md5(a.account_id::text || month) || md5(month || a.account_id::text),
       a.account_name || '-' || month || '.ofx', a.owner, a.account_name, 1, now(), 'ofx1', 2,
       'loaded', 1, :rows, 0, 0
FROM account a, generate_series(0, 59) month
"""
RECEIPTS = """
INSERT INTO file_receipt
SELECT (SELECT run_id FROM run LIMIT 1), file_id, 1, 'loaded', read, read, 0, 0, 0, 0
FROM file WHERE file_id NOT IN (SELECT file_id FROM file_receipt)
"""
STATEMENTS = """
INSERT INTO statement
SELECT f.file_id, 1, a.account_id, a.currency, day, (day + interval '1 month - 1 day')::date,
       NULL, NULL, NULL, NULL, NULL, :rows, 0, 0, 0, NULL, 0, 'unproven', 'loaded'
FROM account a
CROSS JOIN generate_series(0, 59) month
CROSS JOIN LATERAL (SELECT (date '2015-01-01' + make_interval(months => month))::date AS day) d
JOIN file f ON f.sha256 = md5(a.account_id::text || month) || md5(month || a.account_id::text)
"""
TRANSACTIONS = """
INSERT INTO transaction (transaction_id, account_id, booked_on, amount, currency, text_key,
                         occurrence, status, first_known_at, known_from, file_id, record_no)
SELECT md5(s.file_id || '/' || n)::uuid, s.account_id,
       s.starts_on + (n * 28 / :rows)::int, ((n * 7919) % 90001 - 45000) / 100.0, s.currency,
       'COMPRA ' || n % 977, 1, 'booked', now(), now(), s.file_id, n
FROM statement s JOIN file f USING (file_id), generate_series(1, :rows) n
WHERE s.starts_on < '2020-01-01'
"""
ENTRIES = """
INSERT INTO entry (file_id, record_no, statement_no, transaction_id, place, status, valued_on,
                   description, bank_ref, kind_code, raw_text)
SELECT file_id, record_no, 1, transaction_id, 'line ' || record_no, 'booked', booked_on,
       'Compra no débito: Padaria ' || record_no % 977, left(transaction_id::text, 18), 'POS',
       'Compra no débito;' || amount
FROM transaction WHERE booked_on < '2020-01-01'
"""


def main(
    transactions: Annotated[int, typer.Option(min=50_000)] = 1_000_000,
    accounts: Annotated[int, typer.Option(min=1, help="Accounts that are touched.")] = 100,
    others: Annotated[int, typer.Option(min=0, help="Accounts of owners who are not.")] = 900,
) -> None:
    """Measure, compare, print the table."""
    with workshop() as folder:
        home = folder / "data"
        server = embedded.start(home, durable=True)
        settings = Settings(
            _env_file=None,
            data_home=home,
            database_url=embedded.create_database(server, "bench"),
        )
        write_many(
            folder / "many",
            kind="ofx1",
            files=MONTHS_AN_ACCOUNT * accounts,
            rows=10_000 // accounts,
        )
        months = nights(folder, "many")
        first = next(months)
        # What a process pays once, such as importing the audit, is no cost of the empty ledger.
        idle = embedded.create_database(server, "idle")
        timed(Settings(_env_file=None, data_home=folder / "idle", database_url=idle), first)
        empty, wall_empty = timed(settings, first)
        engine = connect(settings.database_url.get_secret_value())
        if others:
            files = MONTHS_AN_ACCOUNT * others
            write_many(folder / "other", kind="ofx1", files=files, rows=1)
            timed(settings, next(nights(folder, "other")))
        with clocked("history written by SQL"):
            write_history(engine, transactions, accounts, others)
        with clocked("all marts built whole") as whole:
            publish(settings)
        with clocked("a bare CREATE TABLE AS") as bare:
            bare_table(engine, folder)
        full, wall_full = timed(settings, next(months))
        assert full.generation is not None
        insist(settings, full)
        engine.dispose()
    print(f"\n{transactions:,} transactions, {accounts} of {accounts + others} accounts touched")
    print(f"  built whole / bare CREATE TABLE AS of its export    {whole() / bare():>6.2f}")
    for name in full.seconds:
        print(f"  {name:<12}{empty.seconds[name]:>8.2f} s on empty{full.seconds[name]:>8.2f} s")
    print(f"  the night   {wall_empty:>8.2f} s on empty{wall_full:>8.2f} s")
    print(f"  a night on the history / on an empty ledger         {wall_full / wall_empty:>6.2f}")
    print(f"  {full.generation.how}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"  peak memory without Postgres: {peak} MB")


def nights(folder: Path, name: str) -> Iterator[Path]:
    """Folders with one month of every account, oldest first; some accounts have one owner."""
    by_account = [sorted(path.iterdir()) for path in sorted((folder / name).glob("*/*"))]
    for month in range(MONTHS_AN_ACCOUNT):
        place = folder / f"{name}-{month:02}"
        for number, files in enumerate(by_account):
            owner = f"{name}-{number // AN_OWNER}"
            target = place / owner / files[month].parent.name / files[month].name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(files[month], target)
        yield place


def timed(settings: Settings, root: Path) -> tuple[NightReceipt, float]:
    """One night, and what it took with the run book around it."""
    started = monotonic()
    receipt, _ = run_night(
        settings, plan_of(settings, root=root), plain_doors(), tell=lambda *_: None
    )
    assert receipt.status == "published", receipt.audit
    assert receipt.is_clean, receipt.outcomes()
    return receipt, monotonic() - started


def write_history(engine: sa.Engine, transactions: int, accounts: int, others: int) -> None:
    """Five years of every account, in equal months."""
    values = {"rows": transactions // ((accounts + others) * 60)}
    with atomically(engine) as connection:
        for query_ in (FILES, RECEIPTS, STATEMENTS, TRANSACTIONS, ENTRIES):
            connection.execute(sa.text(query_), values)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def publish(settings: Settings) -> None:
    """Build all marts whole and publish them."""
    plan = plan_of(settings)
    with one_run(settings, plan, "publish"):
        publication(
            plan,
            plain_doors(),
            now,
            Stopwatch(),
            lambda *_: None,
            why_whole="to compare",
        )


def bare_table(engine: sa.Engine, folder: Path) -> None:
    """The least that could be done: the export, and its largest table as DuckDB reads it."""
    with reader.snapshot(engine) as connection:
        paths = reader.export(
            connection, folder / "export", run_id="00000000-0000-0000-0000-000000000000", at=now()
        )
    with duckdb.connect(folder / "bare.duckdb") as con:
        for table, path in paths.items():
            told = (
                f"read_parquet('{path}/*.parquet')"
                if path.is_dir()
                else f"read_csv('{path}', header = true)"
            )
            con.execute(f"CREATE TABLE {table} AS FROM {told}")
    shutil.rmtree(folder / "export")


def insist(settings: Settings, night: NightReceipt) -> None:
    """Brought up to date, and equal to what is built whole, or the time means nothing."""
    assert night.generation is not None
    assert night.generation.how.startswith("brought up to date"), night.generation.how
    publish(settings)
    manifest = "SELECT mart, digest FROM _manifest"
    rows = query(settings.marts / LINK, manifest).iter_rows()
    whole = {mart: digest for mart, digest in rows if mart not in of_runs()}
    differing = {name for name, one in whole.items() if night.generation.digests[name] != one}
    assert not differing, differing


@contextmanager
def clocked(what: str) -> Iterator[Callable[[], float]]:
    """Print what a block took; the answer tells it afterwards."""
    started = monotonic()
    ended: list[float] = []
    yield lambda: ended[0]
    ended.append(monotonic() - started)
    print(f"{what:<28}{ended[0]:>8.1f} s", file=sys.stderr)


if __name__ == "__main__":
    typer.run(main)
