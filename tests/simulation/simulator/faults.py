"""What goes wrong in a night, and when: all of it from outside, by signals, the server, the disk.

An instant is something that can be seen from outside while a run is at work: time that has passed,
a file that appears, a table that it waits for because somebody else holds it.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg
from simulator.process import Run
from simulator.stage import Stage

from tasks.sample.world import Chance

_PAUSE_S = 0.002

FILES = (
    "archive/incoming/*",
    "archive/pending/*",
    "staging/*/batch-*",
    "staging/*/batch-*/volume-*/typed.arrow",
    "staging/*/batch-*/volume-*/valid.arrow",
    "staging/*/batch-*/volume-*/entries.arrow",
    "staging/*/export/transaction.csv",
    "marts/.build/*.duckdb",
    "marts/generations/*",
)
"""Files whose appearance is an instant; what was there before the run does not count."""

TABLES = (
    "run",
    "account",
    "file",
    "statement",
    "transaction",
    "entry",
    "file_receipt",
    "publication",
)
"""Tables that somebody holds: the run waits in the middle of what it writes."""

_WAITING = """
SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

_CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name <> 'onlooker'
"""

_CUT_LOCK = """
SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
"""

Wait = Callable[[Run], bool]


@dataclass(frozen=True)
class Instant:
    """When it happens.

    Attributes:
        kind: delay (a share of the time that a run takes), file or table.
        what: the pattern or the table.
        share: for a delay.
    """

    kind: str
    what: str = ""
    share: float = 0.0

    def __str__(self) -> str:
        if self.kind == "delay":
            return f"after {self.share:.0%} of a run"
        return f"when {self.what} appears" if self.kind == "file" else f"while {self.what} waits"


def instant(chance: Chance) -> Instant:
    """Any instant."""
    match chance.between(0, 5):
        case 0 | 1:
            return Instant("delay", share=chance.between(0, 99) / 100)
        case 2 | 3:
            return Instant("file", chance.pick(FILES))
        case _:
            return Instant("table", chance.pick(TABLES))


@contextmanager
def awaited(one: Instant, stage: Stage, usual_s: float) -> Iterator[Wait]:
    """Prepare for an instant before the run starts; gives what waits for it.

    Waiting answers false if the run ended before. The table is held until the block ends.
    """
    if one.kind == "delay":
        until = time.monotonic() + one.share * usual_s
        yield lambda run: _until(run, lambda: time.monotonic() > until)
    elif one.kind == "file":
        before = set(stage.home.glob(one.what))
        yield lambda run: _until(run, lambda: bool(set(stage.home.glob(one.what)) - before))
    else:
        with _held(stage, f"ledger.{one.what}") as is_waited_for:
            yield lambda run: _until(run, is_waited_for)


def _until(run: Run, has_come: Callable[[], bool]) -> bool:
    while run.is_at_work:
        if has_come():
            return True
        time.sleep(_PAUSE_S)
    return False


@contextmanager
def _held(stage: Stage, table: str) -> Iterator[Callable[[], bool]]:
    stage.url()
    holder, onlooker = stage.connect(), stage.connect()
    try:
        if holder.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
            yield lambda: False  # the very first run was killed before it made the tables
            return
        holder.execute("BEGIN")
        holder.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield lambda: bool(onlooker.execute(_WAITING, [table]).fetchall())
    finally:
        with suppress(psycopg.Error):
            holder.close()
            onlooker.close()


def strike(name: str, stage: Stage, run: Run) -> None:
    """Do what the fault does."""
    match name:
        case "kill":
            run.send(signal.SIGKILL)
        case "terminate":
            run.send(signal.SIGTERM)
        case "interrupt":
            run.send(signal.SIGINT)
        case "stop server":
            stage.signal_server(signal.SIGQUIT)
        case "restart server":
            stage.signal_server(signal.SIGQUIT)
            stage.server()
        case "kill server":
            stage.signal_server(signal.SIGKILL)
        case "cut connections":
            stage.ask(_CUT)
        case "cut lock":
            stage.ask(_CUT_LOCK)
        case _:
            raise AssertionError(name)


WELL = {0, 1}
_LOUD = WELL | {3, 4, 6}

FATES = {
    "calm": WELL,
    "kill": WELL | {-9},
    "terminate": WELL | {-15},
    "interrupt": WELL | {-2, 130},
    "stop server": _LOUD,
    "restart server": _LOUD,
    "kill server": _LOUD,
    "cut connections": _LOUD,
    "cut lock": _LOUD | {5},
    "full disk": _LOUD,
    "lost answer": _LOUD,
    "two at once": WELL | {5},
}
"""For each fault the exit statuses that are right; 70, a mistake of ours, never is."""

DISKS = (2_000, 20_000, 100_000, 300_000, 600_000, 1_000_000, 3_000_000)
"""How large a file may grow on a disk that is nearly full."""

MARKS = (
    b"INSERT INTO file_receipt",
    b"INSERT INTO ledger.run",
    b"UPDATE ledger.run",
    b"INSERT INTO ledger.publication",
)
"""What was written in the database transaction whose COMMIT gets no answer."""
