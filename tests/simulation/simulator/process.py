"""`buffet` as a process of its own, that can be killed: the real command, in a fork.

Loading the libraries of the house takes four times as long as a small night. A server of forks
(`multiprocessing`) loads them once; each run is a fresh process in which nothing ran before.
"""

import os
import resource
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

FORKS = get_context("forkserver")
_PRELOAD = (
    "flows.commands.progress",
    "flows.commands.running",
    "flows.house",
    "flows.night",
    "tasks.extract.stage",
    "tasks.load.stage",
    "tasks.publish.stage",
    "tasks.report.render",
    "tasks.report.stage",
    "tasks.transform.stage",
    "tasks.validate.stage",
    "warehouse.quality.expectations",
)
FORKS.set_forkserver_preload(list(_PRELOAD))

PATIENCE_S = 240.0
"""A run that takes longer hangs."""


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit status (minus the signal that killed it), and what it said."""

    status: int
    out: str
    err: str


class Run:
    """A `buffet` at work.

    Args:
        words: what follows `buffet` on the command line.
        home: its data home.
        place: folder for what it says; outside of the data home.
        extra: environment beside the data home.
        most_bytes: no file that it writes may grow beyond; null sets no limit.
    """

    def __init__(
        self,
        words: Sequence[str],
        home: Path,
        place: Path,
        *,
        extra: Mapping[str, str] | None = None,
        most_bytes: int | None = None,
    ) -> None:
        environment = {
            "BUFFET_DATA_HOME": str(home),
            "BUFFET_QUIET_SECONDS": "0",
            "BUFFET_KEEP_GENERATIONS": "3",
            "PATH": os.defpath,
            "HOME": str(place),
            **(extra or {}),
        }
        self._said = place / f"{time.monotonic_ns()}"
        self._process: ForkServerProcess = FORKS.Process(
            target=become_buffet, args=(list(words), environment, str(self._said), most_bytes)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The process number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def is_at_work(self) -> bool:
        """False once it has ended."""
        return self._process.is_alive()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        if self.is_at_work:
            os.kill(self.pid, number)

    def wait(self) -> Ended:
        """Wait for its end.

        Raises:
            TimeoutError: it hangs; it was killed, and the end of what it said is in the text.
        """
        self._process.join(PATIENCE_S)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
            raise TimeoutError(f"a run hangs; it said: {self._text('err')[-500:]}")
        return Ended(self._process.exitcode, self._text("out"), self._text("err"))

    def _text(self, stream: str) -> str:
        path = Path(f"{self._said}.{stream}")
        return path.read_text("utf-8", "replace") if path.exists() else ""


def become_buffet(
    words: list[str], environment: dict[str, str], said: str, most_bytes: int | None
) -> None:
    """Run the command in this process, which is a fork of nobody's."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(environment["HOME"])
    for stream, name in ((sys.stdout, "out"), (sys.stderr, "err")):
        file = os.open(f"{said}.{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, stream.fileno())
        os.close(file)
    if most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    from flows.cli import main  # noqa: PLC0415 - it must see this environment

    main(words)
