"""What a load is told: whom to ask, how, and how often. Nothing but values, written to a file for its process."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Order:
    """Rates are per second and kept up whatever becomes of earlier questions: users do not wait for each other."""

    site: str  # the address, without a path
    pages: tuple[str, ...]  # asked in turns
    kept: float = 0.0  # on connections that are kept
    fresh: float = 0.0  # each on one of its own
    slow: float = 0.0
    slow_page: str = "/slow?seconds=2"
    websockets: int = 0  # that many, each of which says a word twice a second
    websocket_page: str = "/echo"
    http2: bool = False  # over TLS; websockets keep to HTTP/1.1
    authority: str | None = None  # a file of certificates to trust
    cookie: str = ""
    agent: str = "load"

    @property
    def headers(self) -> dict[str, str]:
        return {"User-Agent": self.agent, **({"Cookie": self.cookie} if self.cookie else {})}


def to_words(order: Order) -> str:
    return json.dumps(asdict(order))


def read_order(words: str) -> Order:
    said = json.loads(words)
    return Order(**{**said, "pages": tuple(said["pages"])})
