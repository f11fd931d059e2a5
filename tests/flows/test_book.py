"""The book of runs is asked again while its server is too busy to write or to answer."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flows.local import book
from schemas.errors import BuffetError

SILENCE = 0


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[int]]]:
    """Its address, and the statuses that it answers with, one after the other."""
    monkeypatch.setattr(book, "_PAUSES", (0.0, 0.0))
    monkeypatch.setattr(book, "_TIMEOUT_S", 0.5)
    statuses: list[int] = []
    is_over = threading.Event()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status = statuses.pop(0)
            if status == SILENCE:
                is_over.wait()
                return
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}", statuses
        is_over.set()
        http.shutdown()


def test_a_busy_server_is_asked_again(server: tuple[str, list[int]]) -> None:
    address, statuses = server
    statuses += [503, 503, 200]
    assert book.next_night(address) is None
    assert statuses == []


@pytest.mark.parametrize("answers", [[503, 503, 503], [500]])
def test_one_that_stays_busy_or_fails_is_told_of(
    server: tuple[str, list[int]], answers: list[int]
) -> None:
    address, statuses = server
    statuses += answers
    with pytest.raises(BuffetError, match=r"flow_runs/filter.*HTTP Error 50[03]"):
        book.next_night(address)
    assert statuses == []


def test_a_question_without_an_answer_is_asked_again(server: tuple[str, list[int]]) -> None:
    address, statuses = server
    statuses += [SILENCE, 200]
    assert book.next_night(address) is None
    assert statuses == []


def test_an_order_without_an_answer_is_given_once(server: tuple[str, list[int]]) -> None:
    address, statuses = server
    statuses += [SILENCE, 200]
    with pytest.raises(BuffetError, match=r"set_state.*timed out"):
        book._ask(address, "flow_runs/1/set_state", {})
    assert statuses == [200]
