"""The parts of the local station: a part is heard only if it is the one that answers."""

import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from flows.local import parts, station
from flows.local.environment import own_environment
from schemas.settings import Settings


def launched(settings: Settings, port: int) -> psutil.Process:
    """The audit's pages on a port, taken or not."""
    parts.prefect_home(settings).mkdir(parents=True)
    return parts.launch(
        settings,
        "pages",
        (sys.executable, "-m", "http.server", str(port), "--bind", parts.HOST),
        port=port,
        environment=own_environment(),
        cwd=parts.prefect_home(settings),
    )


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
@pytest.mark.parametrize("is_taken", [False, True])
def test_whoever_was_quicker_on_a_port_does_not_answer_for_a_part(
    tmp_path: Path, is_taken: bool
) -> None:
    settings = Settings(data_home=tmp_path)
    with ThreadingHTTPServer((parts.HOST, 0), SimpleHTTPRequestHandler) as stranger:
        port = stranger.server_port
        if not is_taken:
            stranger.server_close()
        part = launched(settings, port)
        try:
            heard = station._within(3.0 if is_taken else 30.0, lambda: station._answers(part, "/"))
            assert heard is not is_taken
        finally:
            assert parts.end(settings, "pages") is not is_taken
