"""A way to a server of RDS that takes its time and has its moods: moto makes everything at once and always has room."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.doors import store_rig


@dataclass
class Way:
    """What was asked through it, and what it does to answers."""

    endpoint: str = ""
    asked: list[str] = field(default_factory=list)
    refuses: dict[str, tuple[int, str]] = field(default_factory=dict)  # by what is asked, the answer instead
    refuses_once: dict[str, tuple[int, str]] = field(default_factory=dict)
    states: dict[str, list[str]] = field(default_factory=dict)  # the same: the states that come first, one an answer
    gone: bool = False  # it hangs up

    def count(self, action: str) -> int:
        return self.asked.count(action)


@contextmanager
def moody() -> Iterator[Way]:
    """To the moto server of this process."""
    way, upstream = Way(), urlsplit(store_rig.s3_server()).netloc

    class Between(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            action = parse_qs(body.decode())["Action"][0]
            way.asked.append(action)
            if way.gone:
                return
            refused = way.refuses_once.pop(action, None) or way.refuses.get(action)
            if refused is not None:
                self._answer(refused[0], _refusal(refused[1]))
                return
            connection = HTTPConnection(upstream)
            connection.request("POST", self.path, body, dict(self.headers))
            answer = connection.getresponse()
            status, found = answer.status, answer.read()
            connection.close()
            if status == 200 and way.states.get(action):
                state = way.states[action].pop(0).encode()
                for name in (b"Status", b"DBInstanceStatus"):
                    found = found.replace(b"<%s>available<" % name, b"<%s>%s<" % (name, state))
            self._answer(status, found)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "text/xml")
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Between)
    server.daemon_threads = True
    way.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield way
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _refusal(code: str) -> bytes:
    said = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>invented</Message></Error>"
    return f"{said}<RequestId>1</RequestId></ErrorResponse>".encode()
