"""Where seeds are played: a data home with an embedded server, cleared between two seeds."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from simulator.process import Run

from flows.house import DATABASE
from warehouse.ledger import embedded

REFERENCE = "reference"
_FOLDERS = ("inbox", "archive", "staging", "marts", "docs", REFERENCE, "said", "proxy")


class Stage:
    """A data home of its own, the server in it, and a second home for undisturbed runs."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.undisturbed = home / REFERENCE
        self.said = home / "said"

    def clear(self) -> None:
        """Forget the last seed: files and databases; the server may have been killed."""
        for name in _FOLDERS:
            shutil.rmtree(self.home / name, ignore_errors=True)
        embedded.stop(self.home)  # a run may have started it, and then it waits for the disk
        server = self.server()
        for name in (DATABASE, REFERENCE):
            embedded.drop_database(server, name)
        self.said.mkdir()
        (self.home / "proxy").mkdir()

    def server(self) -> embedded.Server:
        """The server of this home, started if need be."""
        return embedded.start(self.home, durable=False)

    def url(self, database: str = DATABASE) -> str:
        """The URL of a database."""
        return embedded.create_database(self.server(), database)

    def buffet(self, *words: str, **options: object) -> Run:
        """Start `buffet` on this home."""
        return Run(words or ("run", "--no-prefect", "--json"), self.home, self.said, **options)

    def undisturbed_run(self) -> Run:
        """Start a run on the second home."""
        url = {"BUFFET_DATABASE_URL": self.url(REFERENCE)}
        words = "run", "--no-prefect", "--json"
        return Run(words, self.undisturbed, self.said, extra=url)

    def signal_server(self, number: signal.Signals) -> None:
        """SIGQUIT is `pg_ctl stop -m immediate`; SIGKILL is what the kernel does."""
        if server := embedded.status(self.home):
            os.kill(server.pid, number)

    def ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Ask the ledger's database from outside."""
        with self.connect() as connection:
            return connection.execute(query, values).fetchall()

    def connect(self) -> psycopg.Connection:
        """A session of a person who looks in; each statement stands alone."""
        server = self.server()
        return psycopg.connect(
            host=str(server.socket),
            port=5432,
            user="postgres",
            dbname=DATABASE,
            autocommit=True,
            application_name="onlooker",
        )


@contextmanager
def stage() -> Iterator[Stage]:
    """A stage in a temporary folder that the user of the server can enter."""
    home = Path(tempfile.mkdtemp(prefix="buffet-sim-"))
    home.chmod(0o711)
    try:
        yield Stage(home)
    finally:
        embedded.stop(home)
        shutil.rmtree(home)
