"""The parts as processes: which of them run, how one is started, how it is stopped.

Every part carries marks in its environment, its name and the home it belongs to, and hands them on
to whatever it starts. So a part is found by asking the system, and no file with process numbers can
be out of date, whoever was killed and how.
"""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from schemas.errors import BuffetError
from schemas.settings import Settings

HOST = "127.0.0.1"
_HOME = "BUFFET_LOCAL_HOME"
_PART = "BUFFET_LOCAL_PART"
_PORT = "BUFFET_LOCAL_PORT"
_GRACE_S = 15.0
_DEATH_S = 60.0  # whoever waits for a busy disk dies when it answers


def prefect_home(settings: Settings) -> Path:
    """Where Prefect keeps its book and its logs: `prefect` in the data home."""
    return settings.home.resolve() / "prefect"


def log_of(settings: Settings, name: str) -> Path:
    """Where a part writes what it says."""
    return prefect_home(settings) / f"{name}.log"


def running(settings: Settings) -> dict[str, psutil.Process]:
    """The first process of every part that runs, by the name of the part."""
    found = {}
    for process, marks in _members(settings):
        if _is_first(process):
            found[marks[_PART]] = process
    return found


def port_of(part: psutil.Process) -> int:
    """The port that a running part listens on."""
    return int(part.environ()[_PORT])


def listens(part: psutil.Process) -> bool:
    """Whether a part holds its port: another process may have been quicker to take it."""
    with suppress(psutil.Error):
        port = port_of(part)
        return any(
            one.status == psutil.CONN_LISTEN and one.laddr.port == port
            for one in part.net_connections("tcp")
        )
    return False


def url_of(part: psutil.Process) -> str:
    """The address of a running part, without a slash at its end."""
    return f"http://{HOST}:{port_of(part)}"


def pages_url(settings: Settings) -> str | None:
    """Where a browser finds the audit's pages; null if nobody serves them."""
    pages = running(settings).get("pages")
    return None if pages is None else url_of(pages)


def launch(
    settings: Settings,
    name: str,
    command: Sequence[str],
    *,
    port: int,
    environment: dict[str, str],
    cwd: Path,
) -> psutil.Process:
    """Start a part in a session of its own; what it says goes to its log."""
    marks = {_HOME: str(prefect_home(settings)), _PART: name, _PORT: str(port)}
    with log_of(settings, name).open("ab") as log:
        part = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment | marks,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Prefect 3.8 never ends if it was started with SIGINT ignored, as scripts do.
            preexec_fn=_hear_interrupts,  # noqa: PLW1509 - a signal is all it touches
        )
    return psutil.Process(part.pid)


def end(settings: Settings, name: str) -> bool:
    """Stop a part and all that it started, whoever of them still lives.

    Returns:
        False if nothing of it was there.

    Raises:
        BuffetError: a process outlived even a kill.
    """
    members = [process for process, _ in _members(settings, name)]
    for process in filter(_is_first, members):
        with suppress(psutil.NoSuchProcess):
            process.terminate()
        psutil.wait_procs(members, timeout=_GRACE_S)
    rest = [process for process, _ in _members(settings, name)]
    for process in rest:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _, alive = psutil.wait_procs(rest, timeout=_DEATH_S)
    if alive:
        numbers = ", ".join(str(process.pid) for process in alive)
        raise BuffetError(name, f"process {numbers} does not end", "see what it is waiting for")
    return bool(members)


def _members(settings: Settings, name: str = "") -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """The processes of a part, or of all parts, each with its environment."""
    home = str(prefect_home(settings))
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # the dead and the foreign do not show theirs
            marks = process.environ()
            if marks.get(_HOME) == home and name in ("", marks[_PART]):
                yield process, marks


def _is_first(process: psutil.Process) -> bool:
    with suppress(OSError):
        return os.getsid(process.pid) == int(process.pid)
    return False


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
