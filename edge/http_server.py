"""The door through which others may ask us something over HTTP, on loopback only."""

from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOWEST_SECONDS = 10  # a connection that says nothing for so long is closed


@dataclass(frozen=True)
class Request:
    method: str
    path: str


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    kind: str = "application/json"


def serve(port: int, answer: Callable[[Request], Answer]) -> None:
    """Until this process ends."""
    with listening(port, answer) as server:
        server.serve_forever()


def listening(port: int, answer: Callable[[Request], Answer]) -> ThreadingHTTPServer:
    """A server that took the port; port 0 is any free one."""

    class Handler(BaseHTTPRequestHandler):
        timeout = SLOWEST_SECONDS
        server_version = "mainstay"
        sys_version = ""

        def do_GET(self) -> None:
            given = answer(Request("GET", self.path))
            self.send_response(given.status)
            self.send_header("Content-Type", given.kind)
            self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            self.wfile.write(given.body)

        def log_message(self, format: str, *args: object) -> None:
            """The keeper asks every second: its questions are no news."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
