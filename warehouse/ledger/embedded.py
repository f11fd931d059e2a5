"""A Postgres server of our own: made, started and stopped, with nothing to install.

    home/postgres/     only the user who runs the server may enter (server_user.py)
        data/          the cluster (PGDATA)
        socket/        the only way in: no network port; in the temporary folder if the path is long
        server.log     no statement and no value of a row gets in, so no customer does

The server goes on when the command that started it ends. It inherits a lock on its data folder and
holds it until its last process is gone: so we know whether it runs. A process number in a file
proves little (a zombie has one, and numbers are given away again); a lock does.
"""

import os
import re
import secrets
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.pq import PGconn, Ping

from schemas.errors import LedgerUnavailable
from warehouse.ledger.folder_lock import is_locked, locked, try_lock
from warehouse.ledger.server_programs import find_binaries, usable
from warehouse.ledger.server_user import ServerUser, make_place, run, user_for

__all__ = [
    "Server",
    "create_database",
    "drop_database",
    "find_binaries",
    "start",
    "status",
    "stop",
]

_PATIENCE_S = 120.0  # recovery after a crash may replay two gigabytes of log
_PAUSE_S = 0.02
_LAUNCHES = 3
_PORT = 5432  # no port is opened; it names the socket file
_SOCKET_PREFIX = "buffet-socket-"
# The path of a socket has 103 bytes on some systems, 14 of them are the name of the file; a comma
# would split it in two.
_SOCKET_FOLDER = re.compile(r"/[A-Za-z0-9_./+-]{1,88}")

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "50",
    "shared_buffers": "128MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",  # ids are digests: pages of their indexes do not get smaller
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "jit": "off",
    # Parallel queries share memory through /dev/shm, of which a container has 64 MB.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # no detail: it would quote the row
    "log_min_error_statement": "panic",  # no statement: it would quote the values
}
_THROW_AWAY = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        home: the folder that `start` was given, absolute and without links.
        socket: the folder of its Unix socket.
        pid: the process number of its first process.
    """

    home: Path
    socket: Path
    pid: int

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the maintenance database `postgres`."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The SQLAlchemy URL of a database of this server; the database need not exist yet."""
        return (
            f"postgresql+psycopg://postgres@/{database}?host={quote(str(self.socket))}&port={_PORT}"
        )


def start(home: Path, binaries: Path | None = None, *, durable: bool = True) -> Server:
    """Give the running server of this home; make it and start it where needed.

    Any number of processes may call this at once.

    Args:
        home: the data folder of the installation; made if it is not there.
        binaries: the folder of the server programs; None looks in the usual places.
        durable: False is for tests: faster, and a crash of the machine may lose the data. A server
            that runs already stays as it is.

    Raises:
        LedgerUnavailable: no programs, no permission, or a server that does not start; then the
            last lines of its log are in the problem.
    """
    home = home.resolve()
    with _explained(home):
        home.mkdir(parents=True, exist_ok=True)
        if server := status(home):
            return server
        user = user_for(home)
        place = make_place(home, user)
        with locked(place):
            version = place / "data" / "PG_VERSION"
            made_by = int(version.read_text()) if version.exists() else None
            programs = usable(find_binaries(binaries, major=made_by), user)
            if made_by is None:
                _make_cluster(place, programs, user, durable=durable)
            return _bring_up(home, programs, user, durable=durable)


def stop(home: Path) -> bool:
    """Stop the server of this home and wait until its last process is gone.

    Returns:
        False if none ran.

    Raises:
        LedgerUnavailable: it did not stop within two minutes.
    """
    home = home.resolve()
    with _explained(home):
        place = _place(home)
        if not (place / "data").is_dir():
            return False
        with locked(place):
            return _bring_down(home)


def status(home: Path) -> Server | None:
    """The server of this home if it runs and takes connections, else None.

    Raises:
        LedgerUnavailable: the home belongs to somebody else.
    """
    home = home.resolve()
    with _explained(home):
        server = _noted(home)
    return server if server and _ping(server) is Ping.OK else None


def create_database(server: Server, name: str, template: str | None = None) -> str:
    """Make a database unless it is there, as a copy of `template` if one is named.

    Returns:
        its SQLAlchemy URL.

    Raises:
        LedgerUnavailable: the server does not answer, or somebody is connected to the template.
    """
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    names = sql.Identifier(name), sql.Identifier(template or "template1")
    try:
        _administer(server, command.format(*names))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        pass  # it is there, or another command made it in this very moment
    except psycopg.Error as error:
        raise _unavailable(_place(server.home), f"database {name}: {error}") from error
    return server.url_of(name)


def drop_database(server: Server, name: str) -> None:
    """Remove a database and all that is in it; its connections end. It need not exist.

    Raises:
        LedgerUnavailable: the server does not answer.
    """
    command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    try:
        _administer(server, command.format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise _unavailable(_place(server.home), f"database {name}: {error}") from error


def _place(home: Path) -> Path:
    return (home / "postgres").resolve()


def _administer(server: Server, command: sql.Composed) -> None:
    with psycopg.connect(_conninfo(server), autocommit=True) as connection:
        connection.execute(command)


def _conninfo(server: Server) -> str:
    return psycopg.conninfo.make_conninfo(
        host=str(server.socket), port=_PORT, user="postgres", dbname="postgres", connect_timeout=5
    )


def _ping(server: Server) -> Ping:
    return Ping(PGconn.ping(_conninfo(server).encode()))


def _noted(home: Path) -> Server | None:
    """What Postgres wrote down about its process (postmaster.pid), whether it still runs or not."""
    try:
        noted = home / "postgres" / "data" / "postmaster.pid"
        lines = noted.read_text("utf-8", "surrogateescape").splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < 5 or not lines[0].isdigit() or not lines[4]:
        return None  # it is still writing
    return Server(home, Path(lines[4]), int(lines[0]))


def _make_cluster(place: Path, programs: Path, user: ServerUser | None, *, durable: bool) -> None:
    """Make an empty cluster beside its final place and move it there when it is whole."""
    for rest in place.glob("data.new-*"):
        shutil.rmtree(rest, ignore_errors=True)  # of a command that was killed here
    fresh = place / f"data.new-{secrets.token_hex(4)}"
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
    if not durable:
        options.append("--no-sync")
    code, output = run([programs / "initdb", "-D", fresh, "-U", "postgres", *options], user)
    if code:
        shutil.rmtree(fresh, ignore_errors=True)
        raise _unavailable(place, f"initdb: {_last_lines(output)}")
    fresh.rename(place / "data")
    descriptor = os.open(place, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _bring_up(home: Path, programs: Path, user: ServerUser | None, *, durable: bool) -> Server:
    """Launch the server and wait for its answer; wait first for one that is still leaving."""
    place = _place(home)
    deadline = time.monotonic() + _PATIENCE_S
    launches = 0
    while True:
        if server := status(home):
            return server
        lock = try_lock(place / "data")
        if lock is not None:
            try:
                if launches == _LAUNCHES:
                    raise _unavailable(place, "the server does not start")
                launches += 1
                _launch(home, programs, user, lock, durable=durable)
            finally:
                os.close(lock)
        elif time.monotonic() > deadline:
            raise _unavailable(place, "a server holds the data and does not answer")
        time.sleep(_PAUSE_S)


def _launch(
    home: Path, programs: Path, user: ServerUser | None, lock: int, *, durable: bool
) -> None:
    """Start the server in the background; it takes the lock on its data over from us."""
    place = _place(home)
    data = place / "data"
    # We hold the lock, so nothing runs, whatever the files of a killed server say. Should a person
    # start one by hand in this very moment, Postgres has a second guard (a block of shared memory).
    if earlier := _noted(home):
        _clear_socket(earlier.socket)
    _clear_socket(place / "socket")
    (data / "postmaster.pid").unlink(missing_ok=True)
    settings = _SETTINGS | ({} if durable else _THROW_AWAY)
    options = ["-D", str(data), "-k", str(_socket_folder(place, user)), "-p", str(_PORT)]
    for name, value in settings.items():
        options += ["-c", f"{name}={value}"]
    # The log is a relative path and the data goes by environment, because pg_ctl puts both into a
    # shell command without care for a $ or " in them.
    words = ("start", "-W", "-l", "server.log", "-o", shlex.join(options))
    code, output = run([programs / "pg_ctl", *words], user, cwd=place, data=data, keep=(lock,))
    if code:
        raise _unavailable(place, f"pg_ctl: {_last_lines(output)}")


def _bring_down(home: Path) -> bool:
    """Ask for a fast shutdown, once, and wait for its end; false if there was nothing to stop."""
    place = _place(home)
    deadline = time.monotonic() + _PATIENCE_S
    asked: Server | None = None
    while True:
        server = _noted(home)
        answers = server is not None and _ping(server) is not Ping.NO_RESPONSE
        if not answers and not is_locked(place / "data"):
            break
        if server and answers and not asked:
            # Sent with the rights of the server's user, which wrote the number down.
            run(["/bin/sh", "-c", 'kill -INT "$1"', "sh", str(server.pid)], user_for(home))
            asked = server
        if time.monotonic() > deadline:
            raise _unavailable(place, "the server does not stop")
        time.sleep(_PAUSE_S)
    if last := asked or server:
        _clear_socket(last.socket)
    return asked is not None


def _socket_folder(place: Path, user: ServerUser | None) -> Path:
    """A folder for the socket, with a path that is short and plain enough."""
    folder = place / "socket"
    if _SOCKET_FOLDER.fullmatch(str(folder)):
        folder.mkdir(mode=0o700, exist_ok=True)
    else:
        # not TMPDIR, which may be as long as the folder that does not fit
        short = "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108 - mkdtemp makes it ours
        folder = Path(tempfile.mkdtemp(prefix=_SOCKET_PREFIX, dir=short))
    if user:
        user.fence(folder)
    return folder


def _clear_socket(folder: Path) -> None:
    """Remove what a server that is gone left in the folder of its socket."""
    is_temporary = folder.name.startswith(_SOCKET_PREFIX)
    if not folder.is_dir() or not (is_temporary or folder.name == "socket"):
        return
    for name in (f".s.PGSQL.{_PORT}", f".s.PGSQL.{_PORT}.lock"):
        (folder / name).unlink(missing_ok=True)
    if is_temporary:
        folder.rmdir()


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    """Turn what the operating system refuses into an error that says what to do."""
    try:
        yield
    except OSError as error:
        raise LedgerUnavailable(
            str(home),
            f"the ledger's folder cannot be used: {error}",
            "run this as the owner of the folder; see to its permissions and to free space",
        ) from error


def _unavailable(place: Path, problem: str) -> LedgerUnavailable:
    log = place / "server.log"
    tail = _last_lines(log.read_text(errors="replace")) if log.exists() else ""
    return LedgerUnavailable(
        str(place), f"{problem}\n{tail}".rstrip(), f"mend what {log} says and run this again"
    )


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-8:])
