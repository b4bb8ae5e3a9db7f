"""One question over HTTP/1.1 and its whole answer, in plain sight: no library that asks again behind our back."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

PIECE_BYTES = 65536
LONGEST_SHOWN = 40  # a color or a word; whoever says more says nothing
FINAL = 200  # statuses below it come before the answer
WITHOUT_BODY = (204, 304)


class BadAnswer(Exception):
    """Something came, and it is no answer, or not all of it."""

    def __init__(self, what: str, shows: str = "") -> None:
        super().__init__(what)
        self.shows = shows


@dataclass(frozen=True)
class Place:
    """An address, taken apart."""

    host: str
    port: int
    secure: bool
    path: str
    authority: str  # as the Host header says it

    @classmethod
    def of(cls, address: str) -> "Place":
        parts = urlsplit(address)
        secure = parts.scheme in ("https", "wss")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.hostname or "", parts.port or (443 if secure else 80), secure, path, parts.netloc)


@dataclass(frozen=True)
class Answer:
    status: int
    shows: str
    anew: bool  # on a connection that was made for it


class Connection:
    """Made when it is needed. One that is kept answers question after question, as long as the server keeps it too."""

    def __init__(self, place: Place, trust: ssl.SSLContext | None, *, keep: bool) -> None:
        self._place, self._keep = place, keep
        self._trust = trust if place.secure else None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, shows: str, more: Mapping[str, str]) -> Answer:
        anew = self._streams is None or self._gone()
        if anew:
            self.abort()
            self._streams = await asyncio.open_connection(self._place.host, self._place.port, ssl=self._trust)
        assert self._streams is not None
        reader, writer = self._streams
        writer.write(self._words(more))
        await writer.drain()
        status, headers = await _head(reader)
        while status < FINAL:  # said in advance of the answer
            status, headers = await _head(reader)
        shown = headers.get(shows.lower(), "")[:LONGEST_SHOWN]
        try:
            is_last = await _body(reader, status, headers) or headers.get("connection", "").lower() == "close"
        except (OSError, asyncio.IncompleteReadError) as reason:
            raise BadAnswer(f"its answer of status {status} was cut: {in_words(reason)}", shown) from reason
        if is_last or not self._keep:
            self._close()
        return Answer(status, shown, anew)

    def abort(self) -> None:
        """Without a last word: something is wrong with it, or nobody waits any longer."""
        if self._streams is not None:
            self._streams[1].transport.abort()
        self._streams = None

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None

    def _gone(self) -> bool:
        """The server has closed it, and we know that before we ask."""
        assert self._streams is not None
        reader, writer = self._streams
        return reader.at_eof() or reader.exception() is not None or writer.is_closing()

    def _words(self, more: Mapping[str, str]) -> bytes:
        keep = "keep-alive" if self._keep else "close"
        said = {"Host": self._place.authority, "Connection": keep, **more}
        head = "".join(f"{name}: {word}\r\n" for name, word in said.items())
        return f"GET {self._place.path} HTTP/1.1\r\n{head}\r\n".encode("latin-1")


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    first, *others = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
        raise BadAnswer(f"this is no HTTP: {first[:80]!r}")
    pairs = (each.partition(":") for each in others if each)
    return int(words[1]), {name.strip().lower(): word.strip() for name, _, word in pairs}


async def _body(reader: asyncio.StreamReader, status: int, headers: Mapping[str, str]) -> bool:
    """Read to its end, so that an answer that was cut is none. True: its end was the end of the connection."""
    if status in WITHOUT_BODY:
        return False
    if "chunked" in headers.get("transfer-encoding", "").lower():
        await _chunks(reader)
    elif (length := headers.get("content-length", "")).isdigit():
        await _skip(reader, int(length))
    else:
        while await reader.read(PIECE_BYTES):
            pass
        return True
    return False


async def _chunks(reader: asyncio.StreamReader) -> None:
    while size := await _size(reader):
        await _skip(reader, size + 2)
    while await reader.readuntil(b"\r\n") != b"\r\n":  # what may follow the last piece
        pass


async def _size(reader: asyncio.StreamReader) -> int:
    said = (await reader.readuntil(b"\r\n")).partition(b";")[0].strip()
    try:
        return int(said, 16)
    except ValueError:
        raise BadAnswer(f"this is no length of a piece: {said[:40]!r}") from None


async def _skip(reader: asyncio.StreamReader, left: int) -> None:
    while left:
        left -= len(await reader.readexactly(min(left, PIECE_BYTES)))


def in_words(reason: BaseException) -> str:
    """What went wrong, for a person."""
    if isinstance(reason, asyncio.IncompleteReadError):
        return f"the connection was closed{' in the middle' if reason.partial else ''} before all was said"
    if isinstance(reason, asyncio.LimitOverrunError):
        return "the head of the answer is too long"
    return f"{type(reason).__name__}: {reason}" if str(reason) else type(reason).__name__
