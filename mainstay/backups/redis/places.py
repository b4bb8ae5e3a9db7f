"""The address of a Redis, taken apart. It holds a password, so no message repeats it."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from mainstay.errors import BadInput

PORT = 6379
_WAYS = "Write redis://user:password@host:6379, rediss:// for TLS, or unix:///path/of/socket."


@dataclass(frozen=True)
class RedisPlace:
    host: str  # empty: a socket
    port: int
    socket: str
    tls: bool
    user: str
    password: str = field(repr=False)
    authority: str = ""  # a file with the certificates that are trusted; empty: those of the machine
    certificate: str = ""  # a file with our own, and its key
    key: str = ""

    def __str__(self) -> str:
        return self.socket or f"{self.host}:{self.port}"


def read_redis(address: str) -> RedisPlace:
    """As redis-py and others write it. The number of a database is passed over: a copy is of all of them."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port or PORT
    except ValueError as reason:
        raise BadInput(f"The address of Redis cannot be read. {_WAYS}") from reason
    if parts.scheme not in ("redis", "rediss", "unix") or not (
        parts.path if parts.scheme == "unix" else parts.hostname
    ):
        raise BadInput(f"This is no address of a Redis. {_WAYS}")
    words = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return RedisPlace(
        host=parts.hostname or "" if parts.scheme != "unix" else "",
        port=port,
        socket=parts.path if parts.scheme == "unix" else "",
        tls=parts.scheme == "rediss",
        user=unquote(parts.username or words.get("username", "")),
        password=unquote(parts.password or words.get("password", "")),
        authority=words.get("ssl_ca_certs", ""),
        certificate=words.get("ssl_certfile", ""),
        key=words.get("ssl_keyfile", ""),
    )
