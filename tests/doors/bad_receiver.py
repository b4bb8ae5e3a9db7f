"""A real server on loopback that answers as badly as servers do."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(ThreadingHTTPServer):
    """Answers as its script says, a word for each request; the last word for all that follow."""

    daemon_threads = True

    def __init__(self, *script: str) -> None:
        super().__init__(("127.0.0.1", 0), _Scripted)
        self.script = list(script)
        self.bodies: list[dict[str, object]] = []
        self.paths: list[str] = []
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    def next_word(self) -> str:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is part of the play."""


class _Scripted(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        word, _, detail = self.server.next_word().partition(" ")
        if word == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        if word == "hang":
            self.server.over.wait(30)
            return
        if word == "slow":
            time.sleep(float(detail))
            word, detail = "200", ""
        if word.startswith("2"):
            self.server.bodies.append(json.loads(raw))
        self._answer(int(word), detail)

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self._answer(int(self.server.next_word()), "")

    def _answer(self, status: int, detail: str) -> None:
        self.send_response(status)
        if detail:
            self.send_header("Location" if status // 100 == 3 else "Retry-After", detail)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """It is not the receiver that is tested."""


@contextmanager
def receiving(*script: str) -> Iterator[Receiver]:
    receiver = Receiver(*script)
    serving = threading.Thread(target=receiver.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        receiver.shutdown()
        receiver.server_close()
        serving.join(5)
