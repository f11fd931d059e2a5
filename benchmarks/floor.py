"""The floor of the ledger's speed: psql, and a load that somebody wrote by hand for one bank.

The hand-written load takes the CSV of Inter alone: `\\copy` of every file into a staging table of
text, casts, a key for each movement with the number of its twins, and one INSERT that skips what is
there. It checks nothing, proves nothing, and keeps neither the printed text nor its place.
"""

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from warehouse.ledger.embedded import Server
from warehouse.ledger.server_programs import find_binaries

PREAMBLE_LINES = 6
MAKE_HAND_WRITTEN = """
CREATE TABLE movement (
    movement_id uuid PRIMARY KEY, account text NOT NULL, booked_on date NOT NULL,
    amount numeric(19, 4) NOT NULL, balance numeric(19, 4), kind text, description text NOT NULL
);
"""
_STAGING = """
CREATE TEMP TABLE printed (
    line bigserial, account text, day text, kind text, description text, amount text, balance text
);
"""
_MERGE = r"""
INSERT INTO movement
SELECT md5(concat_ws('|', account, day, kind, description, amount, row_number() OVER (
           PARTITION BY account, day, kind, description, amount ORDER BY line
       )))::uuid,
       account, to_date(day, 'DD/MM/YYYY'),
       replace(replace(amount, '.', ''), ',', '.')::numeric,
       replace(replace(balance, '.', ''), ',', '.')::numeric, kind, description
FROM printed
ON CONFLICT (movement_id) DO NOTHING;
"""


@dataclass(frozen=True)
class Psql:
    """psql on one database of an embedded server."""

    server: Server
    database: str

    def seconds(self, script: str) -> float:
        """Run a script, which must not fail, and say how long that took."""
        program = find_binaries(None) / "psql"
        path = program if program.exists() else shutil.which("psql")
        assert path, "no psql: apt-get install postgresql-client"
        words = [str(path), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-p", "5432"]
        words += ["-h", str(self.server.socket), "-d", self.database, "-f", "-"]
        started = perf_counter()
        subprocess.run(words, input=script, text=True, check=True, stdout=subprocess.DEVNULL)
        return perf_counter() - started


def hand_written(files: Iterable[Path]) -> str:
    r"""The whole night of a person who knows what every file looks like, as a script of psql."""
    copies = [
        f"ALTER TABLE printed ALTER account SET DEFAULT '{path.parent.name}';\n"
        "\\copy printed (day, kind, description, amount, balance) "
        f"from program 'tail -n +{PREAMBLE_LINES + 1} \"{path}\"' (format csv, delimiter ';')\n"
        for path in files
    ]
    return f"BEGIN;{_STAGING}{''.join(copies)}{_MERGE}COMMIT;"


def copy(table: str, path: Path, columns: Iterable[str] = ()) -> str:
    r"""A `\copy` of a ready CSV file."""
    named = f" ({', '.join(columns)})" if columns else ""
    return f"\\copy {table}{named} from '{path}' (format csv)\n"


def dump(table: str, path: Path) -> str:
    """A table of the ledger as a ready CSV file, in the order of the files it came from."""
    rows = f"SELECT * FROM ledger.{table} ORDER BY file_id, record_no"  # noqa: S608 - our own
    return f"\\copy ({rows}) to '{path}' (format csv)\n"


def insist_on(rows: int) -> str:
    """Fail unless the hand-written load holds so many movements."""
    held = "SELECT count(*) FROM movement"
    return f"DO $$ BEGIN ASSERT ({held}) = {rows}; END $$;"
