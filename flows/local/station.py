"""All parts together: started until each of them really answers, stopped to the last process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from flows.house import open_ledger
from flows.local import book, parts
from flows.local.environment import client_environment, own_environment, server_environment
from flows.local.parts import HOST
from schemas.errors import BuffetError, SettingsError
from schemas.settings import Settings
from warehouse.ledger import embedded
from warehouse.ledger.folder_lock import locked

PROJECT = Path(__file__).resolve().parents[2]
MANIFEST = PROJECT / "prefect.yaml"
POOL = "buffet"
FIRST_PORT = 4200
_PORTS = 100
_PATIENCE_S = 120.0
_SILENCE_S = 20.0
_PREFECT = (sys.executable, "-m", "prefect")

Tell = Callable[[str, str], None]
"""Hears of each part that is ready, and where it is."""


@dataclass(frozen=True)
class Station:
    """What runs.

    Attributes:
        parts: the address of each part that runs, by its name: server, pages, worker, ledger.
        next_night: UTC instant of the next scheduled night; null if none is.
    """

    parts: dict[str, str]
    next_night: datetime | None

    @property
    def is_whole(self) -> bool:
        """Whether every part runs."""
        return {"ledger", "server", "pages", "worker"} <= self.parts.keys()


def up(settings: Settings, tell: Tell) -> Station:
    """Start whatever does not run yet, and wait until each part answers.

    Raises:
        LedgerUnavailable: the ledger cannot be started or reached.
        LedgerOutdated: the ledger's schema is of another time.
        SettingsError: the port that was asked for is taken.
        BuffetError: a part does not start; the end of its log is in the problem.
    """
    home = parts.prefect_home(settings)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(home):
        open_ledger(settings).dispose()
        tell("ledger", "ready")
        server = _server(settings)
        tell("server", server)
        tell("pages", _pages(settings))
        _worker(settings, server)
        tell("worker", f"waits for nights in pool {POOL}")
    return status(settings)


def down(settings: Settings) -> list[str]:
    """Stop every part, the worker first, and the embedded ledger; give the names of what ran.

    A night that is at work is ended; the ledger keeps nothing half done, so it can be run again.

    Raises:
        BuffetError: a process outlived even a kill.
        LedgerUnavailable: the ledger does not stop.
    """
    stopped = [name for name in ("worker", "pages", "server") if parts.end(settings, name)]
    if settings.database_url is None and embedded.stop(settings.home):
        stopped.append("ledger")
    return stopped


def status(settings: Settings) -> Station:
    """What runs at this moment; looks, and starts nothing."""
    there = {name: parts.url_of(part) for name, part in parts.running(settings).items()}
    server = there.get("server")
    is_up = server is not None and book.answers(f"{server}/api/health")
    next_night = book.next_night(server) if server is not None and is_up else None
    if settings.database_url is not None:
        there["ledger"] = "BUFFET_DATABASE_URL"
    elif embedded.status(settings.home):
        there["ledger"] = "embedded"
    return Station(there, next_night)


def _server(settings: Settings) -> str:
    """The address of the Prefect server, started if need be, or anew if it has gone silent."""
    part = parts.running(settings).get("server")
    if part is None or _is_silent(part):
        parts.end(settings, "server")
        port = _asked_port() or _free_port()
        part = parts.launch(
            settings,
            "server",
            (*_PREFECT, "server", "start"),
            port=port,
            environment=own_environment() | server_environment(settings, port),
            cwd=parts.prefect_home(settings),
        )
    _wait(settings, "server", lambda: _answers(part, "/api/health"))
    return parts.url_of(part)


def _pages(settings: Settings) -> str:
    """The address of the audit's pages, served to this machine alone."""
    part = parts.running(settings).get("pages")
    if part is None:
        settings.docs.mkdir(parents=True, exist_ok=True)
        port = _free_port()
        part = parts.launch(
            settings,
            "pages",
            (sys.executable, "-m", "http.server", str(port), "--bind", HOST),
            port=port,
            environment=own_environment(),
            cwd=settings.docs,
        )
    _wait(settings, "pages", lambda: _answers(part, "/"))
    return parts.url_of(part)


def _worker(settings: Settings, server: str) -> None:
    """A worker that has reported for duty, and a night in the calendar."""
    part = parts.running(settings).get("worker")
    if part is None:
        parts.end(settings, "worker")
        book.settle(server)
        book.open_pool(server, POOL)
    environment = own_environment() | client_environment(settings, server)
    if part is None or MANIFEST.stat().st_mtime > part.create_time():
        _deploy(environment)
    part = part or _start_worker(settings, environment)
    _wait(settings, "worker", lambda: _answers(part, "/health") and book.has_worker(server, POOL))
    _wait(settings, "server", lambda: book.is_planned(server))


def _start_worker(settings: Settings, environment: dict[str, str]) -> psutil.Process:
    port = _free_port()
    # Prefect keeps a folder of one fixed name in the temporary one, which on a machine of several
    # users belongs to whoever came first
    scratch = parts.prefect_home(settings) / "tmp"
    scratch.mkdir(exist_ok=True)
    web = {
        "TMPDIR": str(scratch),
        "PREFECT_WORKER_WEBSERVER_HOST": HOST,
        "PREFECT_WORKER_WEBSERVER_PORT": str(port),
        "PREFECT_WORKER_QUERY_SECONDS": "3",
    }
    orders = ("--pool", POOL, "--type", "process", "--name", "night-worker", "--with-healthcheck")
    return parts.launch(
        settings,
        "worker",
        (*_PREFECT, "worker", "start", *orders),
        port=port,
        environment=environment | web,
        cwd=PROJECT,
    )


def _deploy(environment: dict[str, str]) -> None:
    """Put the nightly deployment of prefect.yaml into the book, or bring it up to date."""
    done = subprocess.run(
        (*_PREFECT, "--no-prompt", "deploy", "--name", "nightly"),
        check=False,
        cwd=PROJECT,
        env=environment | {"PWD": str(PROJECT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BuffetError(
            "prefect.yaml",
            f"the deployment is refused:\n{_end_of(done.stdout + done.stderr)}",
            "correct prefect.yaml and run this again",
        )


def _wait(settings: Settings, name: str, is_ready: Callable[[], bool]) -> None:
    """Give a part time until it is ready, as long as it lives."""

    def has_ended() -> bool:
        return name not in parts.running(settings)

    if not _within(_PATIENCE_S, lambda: has_ended() or is_ready()) or has_ended():
        log = parts.log_of(settings, name)
        said = _end_of(log.read_text(errors="replace"))
        raise BuffetError(
            name,
            f"it {'has ended' if has_ended() else 'does not answer'}:\n{said}",
            f"see {log}; `make down` clears away what is left",
        )


def _within(seconds: float, is_so: Callable[[], bool]) -> bool:
    """Whether something becomes so in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _is_silent(part: psutil.Process) -> bool:
    """Whether a server that runs has not answered for a while: one that hangs never will."""
    return not _within(_SILENCE_S, lambda: _answers(part, "/api/health"))


def _answers(part: psutil.Process, path: str) -> bool:
    """Whether a part itself answers, not another one that came first to its port."""
    return parts.listens(part) and book.answers(f"{parts.url_of(part)}{path}")


def _asked_port() -> int | None:
    """The port that the caller insists on, if any."""
    asked = os.environ.get("PREFECT_SERVER_API_PORT")
    if asked is None:
        return None
    if not asked.isdigit() or not _is_free(int(asked)):
        raise SettingsError(
            "PREFECT_SERVER_API_PORT",
            f"{asked} is not a free port",
            f"name another one, or unset it: then the first free one from {FIRST_PORT} is taken",
        )
    return int(asked)


def _free_port() -> int:
    ports = range(FIRST_PORT, FIRST_PORT + _PORTS)
    free = next(filter(_is_free, ports), None)
    if free is None:
        raise SettingsError(HOST, f"no port from {FIRST_PORT} on is free", "end what takes them")
    return free


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _end_of(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-12:])
