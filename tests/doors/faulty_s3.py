"""A way to an S3 server that goes wrong on purpose: it stands between boto3 and the server and loses, cuts, invents."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Fault(StrEnum):
    ANSWER_LOST = "the server did it, its answer never came"
    CONFLICT = "409: somebody else writes the same key"
    BUSY = "503"
    FORBIDDEN = "403"
    SILENCE = "it takes the request and says nothing"
    CUT = "half of the body, then silence"


_INVENTED = {
    Fault.CONFLICT: (409, "ConditionalRequestConflict"),
    Fault.BUSY: (503, "SlowDown"),
    Fault.FORBIDDEN: (403, "AccessDenied"),
}


class Way:
    """Ask for a fault: the next so many requests of that method meet it."""

    def __init__(self, address: str) -> None:
        self.address = address

        self.over = threading.Event()
        self._faults: list[tuple[str, Fault]] = []

    def fails(self, method: str, fault: Fault, times: int = 1) -> None:
        self._faults += [(method, fault)] * times

    def forgives(self) -> None:
        self._faults.clear()

    def next_fault(self, method: str) -> Fault | None:
        if self._faults and self._faults[0][0] == method:
            return self._faults.pop(0)[1]
        return None


@contextmanager
def faulty(address: str) -> Iterator[Way]:
    """The same store, reached through us."""
    place, _, endpoint = address.partition(" at ")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Between)
    server.daemon_threads = True
    way = Way(f"{place} at http://127.0.0.1:{server.server_port}")
    _Between.way, _Between.upstream = way, urlsplit(endpoint).netloc
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield way
    finally:
        way.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Between(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    way: Way
    upstream: str

    def handle_one_request(self) -> None:
        super().handle_one_request()
        self.close_connection = True

    def do_GET(self) -> None:
        fault = self.way.next_fault(self.command)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if fault in _INVENTED:
            return self._invent(*_INVENTED[fault])
        if fault is Fault.SILENCE:
            self.way.over.wait()
            return None
        connection = HTTPConnection(self.upstream)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            self._pass_on(connection.getresponse(), fault)
        finally:
            connection.close()

    do_PUT = do_POST = do_HEAD = do_DELETE = do_GET  # what BaseHTTPRequestHandler looks for

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def _pass_on(self, answer: HTTPResponse, fault: Fault | None) -> None:
        body = answer.read()
        if fault is Fault.ANSWER_LOST:
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("date", "server", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Connection", "close")  # said before it is done, or the client asks on where nobody listens
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault is Fault.CUT else body)

    def _invent(self, status: int, code: str) -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>invented</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/xml")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
