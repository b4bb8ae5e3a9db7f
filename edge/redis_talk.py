"""The door to a Redis: words to it and its answers (RESP2), one connection, one deadline for each silence."""

import io
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import cast

from edge import secrets
from edge.secrets import redaction
from mainstay.backups.redis.places import RedisPlace, read_redis
from mainstay.errors import MainstayError, Transient
from mainstay.secrets import SHORTEST

CONNECT_SECONDS = 5.0
SILENT_SECONDS = 60.0
BUFFER_BYTES = 1 << 18


class RedisLost(Transient):
    """It did not answer, or could not just now."""


class RedisRefused(MainstayError):
    """It answered, and said no: asking again gives the same answer."""


class RedisSays(Exception):
    """An error in its own words; the first of them says which."""

    @property
    def code(self) -> str:
        return str(self).partition(" ")[0]


Answer = bytes | int | RedisSays | list["Answer"] | None

_MEANINGS = {
    "WRONGPASS": "it does not take the user or password of the address; mend what redis: address: refers to",
    "NOAUTH": "it wants a password, and the address has none; mend what redis: address: refers to",
    "NOPERM": "this user may not do that. To keep it he needs +ping +info +psync +replconf, to bring it back"
    " +@keyspace +@write +@read +info (ACL SETUSER)",
    "NOMASTERLINK": "it is a replica that has lost its primary, so what it holds is old. Mend it; or name the primary",
    "READONLY": "it is a replica, and takes no keys. Name the primary",
    "MOVED": "it is one node of a cluster, and this version knows a Redis that stands alone",
    "MISCONF": "it takes no writes, because it cannot write to its own disk. Free some room there",
    "OOM": "its memory is full (maxmemory). Give it more",
}
_PASSES = ("LOADING", "BUSY", "TRYAGAIN", "MASTERDOWN", "NOMASTERLINK")
_OLD_PASSWORD = "ERR invalid password", "ERR AUTH <password> called", "ERR Client sent AUTH"


class Talk:
    def __init__(self, place: RedisPlace, line: socket.socket) -> None:
        self.place, self._line = place, line
        self._in = cast(io.BufferedReader, line.makefile("rb", BUFFER_BYTES))

    def ask(self, *words: bytes | str | int) -> Answer:
        """Its answer; an error of its own is a sentence."""
        answer = self.ask_all([words])[0]
        if isinstance(answer, RedisSays):
            raise refused(self.place, answer)
        return answer

    def ask_all(self, questions: Sequence[Sequence[bytes | str | int]]) -> list[Answer]:
        """All at once; an error of its own is an answer like others."""
        with losing(self.place):
            self._line.sendall(b"".join(map(_packed, questions)))
            return [self._answer() for _ in questions]

    def told(self, section: str) -> dict[str, str]:
        """What it says of itself."""
        answer = self.ask("INFO", section)
        lines = answer.decode(errors="replace").splitlines() if isinstance(answer, bytes) else []
        return {name: value for name, between, value in (line.partition(":") for line in lines) if between}

    def line(self) -> bytes:
        """One line, as it comes."""
        with losing(self.place):
            found = self._in.readline()
            if not found.endswith(b"\n"):
                raise EOFError
            return found.rstrip(b"\r\n")

    def some(self, most: int) -> bytes:
        """What has come; empty: the connection is at its end."""
        with losing(self.place):
            return self._in.read1(most)

    def close(self) -> None:
        with suppress(OSError):
            self._in.close()

    def _answer(self) -> Answer:
        line = self.line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest
        if kind == b"-":
            return RedisSays(redaction.redact(rest.decode(errors="replace")))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return self._text(int(rest))
        if kind == b"*":
            return [self._answer() for _ in range(int(rest))]
        raise RedisRefused(f"What answers at {self.place} is no Redis. Mend what redis: address: refers to.")

    def _text(self, size: int) -> bytes | None:
        if size < 0:
            return None
        data = self._in.read(size + 2)
        if len(data) < size + 2:
            raise EOFError
        return data[:-2]


@contextmanager
def talking(address: str) -> Iterator[Talk]:
    """``address``: the reference under which it lies."""
    with talking_to(read_redis(secrets.resolve(address).reveal())) as talk:
        yield talk


@contextmanager
def talking_to(place: RedisPlace) -> Iterator[Talk]:
    if len(place.password) >= SHORTEST:
        redaction.learn(place.password)
    with ExitStack() as open_lines:
        with losing(place):
            line = _connected(place, open_lines)
        talk = Talk(place, line)
        open_lines.callback(talk.close)
        if place.password:
            talk.ask("AUTH", *([place.user] if place.user else []), place.password)
        talk.ask("PING")
        yield talk


@contextmanager
def losing(place: RedisPlace) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as reason:
        raise RedisRefused(
            f"Redis at {place} and we do not agree on TLS ({reason.reason or reason}). Write rediss:// only where it"
            " speaks TLS, and name its authority: rediss://…?ssl_ca_certs=/path/ca.pem"
        ) from reason
    except (OSError, EOFError) as reason:
        why = str(reason) or "it ended the connection"
        raise RedisLost(
            f"Redis at {place} did not answer, or broke off ({why}). Look at its server and its log, and at what redis:"
            " address: refers to."
        ) from reason


def refused(place: RedisPlace, says: RedisSays) -> MainstayError:
    code = "WRONGPASS" if str(says).startswith(_OLD_PASSWORD) else says.code
    meaning = _MEANINGS.get(code, "mend that, and do this again")
    kind = RedisLost if code in _PASSES else RedisRefused
    return kind(f"Redis at {place} answered “{says}”: {meaning}.")


def _connected(place: RedisPlace, open_lines: ExitStack) -> socket.socket:
    if place.socket:
        line = open_lines.enter_context(socket.socket(socket.AF_UNIX))
        line.settimeout(CONNECT_SECONDS)
        line.connect(place.socket)
    else:
        line = open_lines.enter_context(socket.create_connection((place.host, place.port), CONNECT_SECONDS))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if place.tls:
        trust = ssl.create_default_context(cafile=place.authority or None)
        if place.certificate:
            trust.load_cert_chain(place.certificate, place.key or None)
        line = open_lines.enter_context(trust.wrap_socket(line, server_hostname=place.host))
    line.settimeout(SILENT_SECONDS)
    return line


def _packed(words: Sequence[bytes | str | int]) -> bytes:
    texts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(texts) + b"".join(b"$%d\r\n%s\r\n" % (len(text), text) for text in texts)
