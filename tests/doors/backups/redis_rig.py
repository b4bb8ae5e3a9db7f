"""A real Redis of its own for a test: on a free port, ended with it."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from edge import ports
from edge.redis_talk import Answer, RedisLost, RedisRefused, talking
from tests.waiting import until

PASSWORD = "s3cret-of-redis"


@dataclass(frozen=True)
class Server:
    address: str
    reference: str
    process: "subprocess.Popen[bytes]"

    def do(self, *words: bytes | str | int) -> Answer:
        with talking(self.reference) as talk:
            return talk.ask(*words)

    def do_all(self, *questions: tuple[bytes | str | int, ...]) -> list[Answer]:
        with talking(self.reference) as talk:
            return talk.ask_all(questions)

    def answers(self) -> bool:
        try:
            return bool(self.do("PING"))
        except (RedisLost, RedisRefused):
            return False


@contextmanager
def redis(folder: Path, *more: str, tls: tuple[str, ...] = (), reference: str = "") -> Iterator[Server]:
    """``more``: words of its command line. With a password, and no wait for other replicas."""
    (port,) = ports.free_ports(1)
    folder.mkdir(exist_ok=True)
    scheme, listens = (
        ("rediss", ("--port", "0", "--tls-port", str(port), *tls)) if tls else ("redis", ("--port", str(port)))
    )
    address = f"{scheme}://:{PASSWORD}@127.0.0.1:{port}{reference}"
    (folder / "address").write_text(address)
    (folder / "address").chmod(0o600)
    words = ["--requirepass", PASSWORD, "--masterauth", PASSWORD, "--repl-diskless-sync-delay", "0", "--save", ""]
    argv = ["redis-server", *listens, "--bind", "127.0.0.1", "--dir", str(folder), *words, *more]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    server = Server(address, f"file://{folder}/address", process)
    try:
        until(server.answers)
        yield server
    finally:
        process.kill()
        process.wait()


@contextmanager
def spoiling(server: Server, what: bytes, folder: Path) -> Iterator[str]:
    """A way to it on which these bytes do not arrive as they were sent; the reference of its address."""
    port = int(server.address.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(("127.0.0.1", port)) as there:
        here: list[socket.socket] = []

        def pass_on() -> None:
            here.append(listening.accept()[0])
            threading.Thread(target=_relay, args=(here[0], there, b"")).start()
            _relay(there, here[0], what)

        passing = threading.Thread(target=pass_on)
        passing.start()
        file = folder / "spoiled"
        file.write_text(server.address.replace(str(port), str(listening.getsockname()[1])))
        file.chmod(0o600)
        try:
            yield f"file://{file}"
        finally:
            for line in (there, *here):
                line.shutdown(socket.SHUT_RDWR)
            passing.join()
            for line in here:
                line.close()


def _relay(source: socket.socket, target: socket.socket, what: bytes) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data.replace(what, what[::-1][:-1] + b"?", 1) if what else data)
