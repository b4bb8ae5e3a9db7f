"""A real Caddy with the file of an environment, and two tiny applications behind it."""

import http.client
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from edge import caddy, processes, sites
from edge.ports import free_ports
from mainstay.caddy import Front, caddyfile
from mainstay.colors import COLORS, on
from mainstay.descriptor.service import Color
from mainstay.maintenance import FLAG
from tests.waiting import until

ROLL = "100MiB"


class Application(BaseHTTPRequestHandler):
    """Says its color; a websocket is told back each line it says, with the color in front."""

    protocol_version = "HTTP/1.1"
    color = ""
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path} {self.headers.get('X-Mainstay-Color')}")
        if self.headers.get("Upgrade") == "websocket":
            return self._echo()
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/dies":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = self.color.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/lies":
            self.send_header("X-Mainstay-Shows", "page")
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    do_POST = do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _echo(self) -> None:
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        for line in self.rfile:
            self.wfile.write(self.color.encode() + b" " + line)
        self.close_connection = True


@dataclass
class Site:
    folder: Path
    front: Front
    servers: dict[Color, "_Server"] = field(default_factory=dict)
    asked: dict[Color, list[str]] = field(default_factory=dict)

    def set(self, flag: str, text: str = "1") -> None:
        """Whole, as the gate does it."""
        new = Path(self.front.flags, f".{flag}.new")
        new.write_text(f"{text}\n")
        new.replace(Path(self.front.flags, flag))

    def clear(self, flag: str) -> None:
        Path(self.front.flags, flag).unlink()

    def switch(self, color: Color) -> None:
        """The new flag first, so that one of them always stands."""
        self.set(on(color))
        for other in COLORS:
            if other != color and Path(self.front.flags, on(other)).exists():
                self.clear(on(other))

    def page(self, words: str) -> None:
        self.set(FLAG, words)

    def get(self, path: str = "/", method: str = "GET", *, host: str | None = None) -> httpx.Response:
        more = {"Host": host} if host else {}
        return httpx.request(method, f"{self.front.address}{path}", headers=more, trust_env=False, timeout=10)

    def preview(self, color: str | None = None, path: str = "/") -> httpx.Response:
        more = {} if color is None else {"X-Mainstay-Color": color}
        return httpx.get(f"{self.front.preview}{path}", headers=more, trust_env=False, timeout=10)

    def kept(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.front.address.removeprefix("http://"), timeout=10)

    def stop(self, color: Color) -> None:
        """Dead at once, with all that is connected to it."""
        server = self.servers.pop(color)
        server.shutdown()
        server.server_close()
        for line in server.lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def start(self, color: Color) -> None:
        asked = self.asked.setdefault(color, [])
        handler = type(color, (Application,), {"color": color, "asked": asked})
        self.servers[color] = _Server(("127.0.0.1", getattr(self.front, color)), handler)
        threading.Thread(target=self.servers[color].serve_forever, args=(0.02,), daemon=True).start()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def __init__(self, place: tuple[str, int], handler: type[Application]) -> None:
        super().__init__(place, handler)
        self.lines: list[socket.socket] = []

    def get_request(self) -> tuple[socket.socket, object]:
        line, who = super().get_request()
        self.lines.append(line)
        return line, who

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that was cut is what some tests are about."""


def front(folder: Path, *, scheme: str = "http") -> Front:
    (folder / "flags").mkdir(parents=True)
    public, preview, green, blue = free_ports(4)
    return Front(
        address=f"{scheme}://127.0.0.1:{public}",
        preview=f"http://127.0.0.1:{preview}",
        flags=str(folder / "flags"),
        green=green,
        blue=blue,
        access_log=str(folder / "access.log"),
    )


@contextmanager
def site(folder: Path, *, roll: str = ROLL) -> Iterator[Site]:
    made = Site(folder, front(folder))
    with ExitStack() as stack:
        for color in COLORS:
            made.start(color)
            stack.callback(made.stop, color)
        stack.enter_context(running_caddy(folder, made.front, roll=roll))
        yield made


@contextmanager
def running_caddy(folder: Path, shown: Front, *, roll: str = ROLL) -> Iterator[None]:
    """``roll``: how long its log may become before it begins a new one."""
    file = folder / "Caddyfile"
    file.write_text(caddyfile([shown]).replace(ROLL, roll))
    argv = [str(caddy.program()), "run", "--config", str(file), "--adapter", "caddyfile"]
    environment = {"HOME": str(folder / "person"), **dict(caddy.keeps_in(folder))}
    identity = processes.start(argv, log=folder / "caddy.log", cwd=Path("/"), environment=environment)
    try:
        until(lambda: sites.look(f"{shown.preview}/.mainstay/alive").status == 200, seconds=20)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(identity.pid, 15)
        until(lambda: not processes.alive(identity), seconds=15)
        processes.reap()
