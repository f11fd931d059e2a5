"""A go-between on a socket that passes everything on, but loses the answer to one COMMIT.

run ──▶ proxy ──▶ Postgres          the server commits and says so;
    ◀─ x ─       ◀──                  the run hears that the connection is gone
"""

import selectors
import socket
import threading
from pathlib import Path

_NAME = ".s.PGSQL.5432"
_COMMIT = b"COMMIT\x00"


class LossyProxy:
    """A socket beside the server's.

    Args:
        folder: where the socket is made.
        server: folder of the server's socket.
        mark: bytes that a connection must have sent before its COMMIT is the one.
    """

    def __init__(self, folder: Path, server: Path, mark: bytes) -> None:
        self._server = str(server / _NAME)
        self._mark = mark
        self.has_lost = False
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(str(folder / _NAME))
        self._door.listen(20)
        threading.Thread(target=self._admit, daemon=True).start()

    def close(self) -> None:
        """Let nobody in any more."""
        self._door.close()

    def _admit(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            try:
                server.connect(self._server)
                self._pass_on(client, server)
            except OSError:
                return  # one side is gone, so the other goes too

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        is_marked, is_last = False, False
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ)
            ready.register(server, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(1 << 16)
                    if not data:
                        return
                    if key.fileobj is client:
                        is_marked = is_marked or self._mark in data
                        is_last = is_marked and _COMMIT in data and not self.has_lost
                        server.sendall(data)
                    elif is_last and _COMMIT in data:
                        self.has_lost = True
                        return
                    else:
                        client.sendall(data)
