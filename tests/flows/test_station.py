"""The parts of the local station: a part is heard only if it is the one that answers."""

import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from flows.local import book, parts, station
from flows.local.environment import own_environment
from schemas.settings import Settings

SERVES = ("-m", "http.server")
LIVES = ("-c", "import time; time.sleep(60)")


def launched(settings: Settings, command: tuple[str, ...], port: int) -> psutil.Process:
    """A part that was given a port."""
    parts.prefect_home(settings).mkdir(parents=True)
    return parts.launch(
        settings,
        "pages",
        (sys.executable, *command, str(port), "--bind", parts.HOST),
        port=port,
        environment=own_environment(),
        cwd=parts.prefect_home(settings),
    )


@pytest.fixture
def stranger() -> Iterator[ThreadingHTTPServer]:
    """Another server, which answers all that it is asked."""
    with ThreadingHTTPServer((parts.HOST, 0), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_whoever_was_quicker_on_a_port_does_not_answer_for_a_part(
    tmp_path: Path, stranger: ThreadingHTTPServer
) -> None:
    settings = Settings(data_home=tmp_path)
    part = launched(settings, LIVES, stranger.server_port)
    try:
        assert book.answers(f"{parts.url_of(part)}/")
        assert not station._answers(part, "/")
    finally:
        assert parts.end(settings, "pages")


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_a_part_that_holds_its_port_answers_for_itself(tmp_path: Path) -> None:
    settings = Settings(data_home=tmp_path)
    part = launched(settings, SERVES, station._free_port())
    try:
        assert station._within(30.0, lambda: station._answers(part, "/"))
    finally:
        assert parts.end(settings, "pages")
