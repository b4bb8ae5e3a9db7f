"""A real site on loopback that answers as badly as its mood is, and counts what it was asked and how it answered."""

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from edge import processes
from edge.probing import Prober
from mainstay.colors import CHOOSE, SHOWS
from mainstay.probes import Count
from mainstay.sights import Kind, Target
from tests.waiting import until

SLOW_SECONDS = 0.7
STALL_SECONDS = 30.0


class Site:
    """``moods`` by kind of question: a status, reset, cut, stall, farewell, hangup; a kind without one gets 200."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.moods: dict[str, str] = {}
        self.shows = "blue"
        self.answers: Counter[tuple[str, str]] = Counter()  # by kind of question and mood
        self.connections: Counter[str] = Counter()  # by the kind of their first question
        self.agents: set[str] = set()
        self.words: list[str] = []
        self.deaf = False  # hears words of the websocket, and says nothing
        self.handshakes: Counter[int] = Counter()  # by status
        self.refuses_handshakes: int | None = None
        self._sockets: set[ServerConnection] = set()
        self.port = self.websocket_port = 0

    async def open(self) -> None:
        self._http = await asyncio.start_server(self._client, "127.0.0.1", self.port)
        self.port = self._http.sockets[0].getsockname()[1]

    async def talk(self) -> None:
        self._talk: Server = await serve(
            self._echo, "127.0.0.1", 0, process_request=self._handshake, process_response=self._sign
        )
        self.websocket_port = next(iter(self._talk.sockets)).getsockname()[1]

    def shut(self) -> None:
        """Refuses whoever comes from now on; who is in stays in."""
        self.loop.call_soon_threadsafe(self._http.close)

    def say(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self.loop).result(10)

    async def send_away(self, code: int) -> None:
        for connection in tuple(self._sockets):
            await connection.close(code)

    async def tear(self) -> None:
        for connection in tuple(self._sockets):
            connection.transport.abort()

    def asked(self, *kinds: str) -> int:
        return sum(number for (kind, _), number in self.answers.items() if kind in kinds)

    def given(self, mood: str, *kinds: str) -> int:
        return sum(self.answers[kind, mood] for kind in kinds)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        known = False
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode().lower():
                kind = _kind(head)
                self.connections[kind] += not known
                known = True
                self.agents.add(next(each for each in head.split("\r\n") if each.startswith("user-agent")))
                mood = self.moods.get(kind, "200")
                self.answers[kind, mood] += 1
                if not await self._answer(writer, kind, mood):
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass  # one of us went away
        writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, kind: str, mood: str) -> bool:
        """Whether the connection goes on."""
        if kind == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if mood == "stall":
            await asyncio.sleep(STALL_SECONDS)
        if mood == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        status = int(mood) if mood.isdigit() else 200
        shows = kind if kind in ("blue", "green") else self.shows
        farewell = "Connection: close\r\n" if mood == "farewell" else ""
        writer.write(f"HTTP/1.1 {status} x\r\n{SHOWS}: {shows}\r\n{farewell}".encode())
        if mood == "cut":
            writer.write(b"Content-Length: 100\r\n\r\nhalf of ")
            return False
        writer.write(b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        await writer.drain()
        return mood not in ("farewell", "hangup") and kind == "kept"

    def _handshake(self, connection: ServerConnection, _: Request) -> Response | None:
        if self.refuses_handshakes is None:
            return None
        self.handshakes[self.refuses_handshakes] += 1
        return connection.respond(self.refuses_handshakes, "no")

    def _sign(self, _: ServerConnection, __: Request, response: Response) -> None:
        self.handshakes[response.status_code] += response.status_code == 101
        response.headers[SHOWS] = self.shows

    async def _echo(self, connection: ServerConnection) -> None:
        self._sockets.add(connection)
        try:
            async for word in connection:
                self.words.append(str(word))
                if not self.deaf:
                    await connection.send(word)
        finally:
            self._sockets.discard(connection)


def _kind(head: str) -> str:
    for line in head.split("\r\n"):
        if line.startswith(CHOOSE.lower()):
            return line.partition(": ")[2]
    if head.startswith("get /slow"):
        return "slow"
    return "kept" if "connection: keep-alive" in head else "fresh"


def target_of(site: Site, *, slow: bool = False, websocket: bool = False, patience_seconds: float = 10.0) -> Target:
    here = f"http://127.0.0.1:{site.port}"
    return Target(
        page=f"{here}/page?number=1",
        slow=f"{here}/slow" if slow else None,
        websocket=f"ws://127.0.0.1:{site.websocket_port}/echo" if websocket else None,
        colors={"blue": f"{here}/page", "green": f"{here}/page"},
        shows=SHOWS,
        choose=CHOOSE,
        patience_seconds=patience_seconds,
    )


@contextmanager
def moody_site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.loop.run_forever)
    thread.start()
    try:
        site.say(site.open())
        site.say(site.talk())
        yield site
    finally:
        site.say(_close_all(site))
        site.loop.call_soon_threadsafe(site.loop.stop)
        thread.join(10)
        site.loop.close()


def after(condition: Callable[[], bool]) -> None:
    until(condition, seconds=30)


def stop_asking(prober: Prober) -> None:
    """It asks nothing new, and finishes while others go on; leaving then takes no time."""
    assert prober.child is not None
    processes.ask_to_end(prober.child)


def agree(site: Site, count: Count) -> None:
    """Everything that was asked over HTTP is told, once."""
    kinds: tuple[Kind, ...] = ("fresh", "kept", "slow")
    assert sum(count.of(kind).asked for kind in kinds) + count.unfinished == site.asked(*kinds)


async def _close_all(site: Site) -> None:
    site._http.close()
    site._talk.close()
    await site._talk.wait_closed()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.05)  # transports close their sockets a moment later
