"""What must hold when everything is over, however the nights went.

O1  ledger and marts are those of an undisturbed run over the same files
O2  the arithmetic of every proven statement, from its entries
O3  receipts add up, and each file is loaded by one of them
O4  the marts open, and are sealed
O5  nothing is left: no lock, working file, ticket, open run, half generation
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from schemas.errors import PublishError
from schemas.receipts import Receipt
from warehouse.ledger import reader
from warehouse.ledger.connection import disposable
from warehouse.marts import publisher
from warehouse.marts.catalog import of_runs
from warehouse.marts.digest import columns, digest, tables
from warehouse.marts.reader import connect

ARRIVAL = of_runs() | {
    "mart_reconciliation",
    "mart_statement_coverage",
    "fct_transaction_versions",
}
"""Marts that say when a file came, which is not the same in one night and in several."""

NAMES = {"file_name"}
"""Equal bytes are one file, whatever their names; the marts show the name that came first."""

Tables = dict[str, tuple[str, Counter[str]]]
"""For each table its digest and its rows."""

_LAWS = {
    "a run is still open": "SELECT run_id FROM run WHERE finished_at IS NULL",
    "a receipt does not add up": """
        SELECT run_id, file_id FROM file_receipt
        WHERE read <> inserted + already_known + superseded + set_aside + markers""",
    "a file was not loaded exactly once": """
        SELECT f.sha256 FROM file f LEFT JOIN file_receipt c USING (file_id)
        GROUP BY f.sha256 HAVING count(*) FILTER (WHERE c.outcome <> 'known') <> 1""",
    "a proven statement does not add up": """
        SELECT s.file_id, s.statement_no
        FROM statement s
        LEFT JOIN entry e ON (e.file_id, e.statement_no, e.status)
                           = (s.file_id, s.statement_no, 'booked')
        LEFT JOIN transaction t USING (transaction_id)
        WHERE s.proof = 'proven' AND s.status IN ('loaded', 'replaced')
          AND s.opening_balance IS NOT NULL AND s.closing_balance IS NOT NULL
        GROUP BY s.file_id, s.statement_no
        HAVING s.opening_balance + coalesce(sum(t.amount), 0) <> s.closing_balance""",
    "an entry stands alone": """
        SELECT e.file_id, e.record_no
        FROM entry e LEFT JOIN transaction t USING (transaction_id)
        WHERE t.transaction_id IS NULL""",
    "a transaction has no entry": """
        SELECT t.transaction_id
        FROM transaction t LEFT JOIN entry e USING (transaction_id) WHERE e.file_id IS NULL""",
    "a lock is held": "SELECT pid FROM pg_locks WHERE locktype = 'advisory'",
    "a temporary table is left": "SELECT oid FROM pg_class WHERE relpersistence = 't'",
}
"""Queries that return the rows which must not exist."""

_PUBLISHED = "SELECT generation FROM publication ORDER BY publication_id DESC LIMIT 1"


def ledgers_differ(wanted: str, found: str) -> Iterator[str]:
    """What two ledgers, by their URLs, hold differently."""
    yield from _differing("ledger", _ledger_of(wanted), _ledger_of(found))


def marts_differ(wanted: Path, found: Path) -> Iterator[str]:
    """What the published marts of two data homes show differently."""
    yield from _differing("marts", _marts_of(wanted), _marts_of(found))


def _ledger_of(url: str) -> Tables:
    with disposable(url) as engine, reader.snapshot(engine) as connection:
        stated = reader.digests(connection)
        rows = {
            table: Counter(connection.exec_driver_sql(f"SELECT r::text FROM ({query}) r").scalars())
            for table, query in reader._DIGESTS.items()
        }
    return {table: (stated[table], rows[table]) for table in stated}


def _marts_of(home: Path) -> Tables:
    path = home / "marts" / publisher.LINK
    found = {}
    with connect(path) as con:
        for mart in set(tables(con)) - ARRIVAL:
            names = [name for name, _ in columns(con, mart) if name not in NAMES]
            shown = ", ".join(names)
            rows = Counter(map(repr, con.execute(f"SELECT {shown} FROM {mart}").fetchall()))
            found[mart] = digest(con, mart) if len(names) == len(columns(con, mart)) else "", rows
    return found


def _differing(kind: str, wanted: Tables, found: Tables) -> Iterator[str]:
    """The tables that differ, each with a row or two that only one of them has."""
    for name in sorted(wanted.keys() | found.keys()):
        (seal, rows), (other_seal, other_rows) = wanted[name], found[name]
        if seal == other_seal and rows == other_rows:
            continue
        yield f"{kind}: {name} is not that of an undisturbed run"
        for word, more in (("lacks", rows - other_rows), ("has", other_rows - rows)):
            yield from (f"  {word} {row[:300]}" for row in [*more][:2])


def broken_laws(url: str, home: Path) -> Iterator[str]:
    """What the ledger holds that must not be."""
    with disposable(url) as engine, reader.snapshot(engine) as connection:
        for name, query in _LAWS.items():
            rows = connection.exec_driver_sql(query).fetchmany(3)
            if rows:
                yield f"{name}: {rows}"
        shown = publisher.current(home / "marts")
        if connection.scalar(sa.text(_PUBLISHED)) != shown:
            yield f"the generation {shown} that is shown is not the last one in the book"


def leftovers(home: Path) -> Iterator[str]:
    """Files that no run should leave behind."""
    for place in ("inbox", "staging", "archive/incoming", "archive/pending", "marts/.build"):
        for path in (home / place).rglob("*"):
            if place != "inbox" or not path.is_dir():
                yield f"{path.relative_to(home)} is left"
    marts = home / "marts"
    names = {path.name for path in marts.iterdir()} - {publisher.BUILD}
    if names != {publisher.LINK, publisher.GENERATIONS}:
        yield f"marts holds {sorted(names)}"
    for path in (marts / publisher.GENERATIONS).iterdir():
        try:
            publisher.verify(path, path.stem)
        except PublishError as error:
            yield f"generation: {error}"
    known = {path.stem for path in (home / "archive").glob("*/*") if path.suffix == ".json"}
    for path in (home / "archive").glob("??/*"):
        if not path.suffix and path.stat().st_mode & 0o222:
            yield f"{path.relative_to(home)} can be written"
    if not known:
        yield "the archive holds no settled ticket"


def unbalanced(out: str) -> Iterator[str]:
    """The receipt that a run printed as JSON must add up, for each file and as a whole."""
    said = json.loads(out)
    total = Receipt(**said["receipt"])
    if Receipt.total(Receipt(**one["receipt"]) for one in said["files"]) != total:
        yield "the receipt of the night is not the sum of its files"
