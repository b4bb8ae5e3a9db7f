"""The questions of a load: at even times, whatever became of the ones before, each asked once and noted."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import replace
from itertools import count
from typing import Protocol

from benchmarks.load.http2 import Http2
from benchmarks.load.order import Order
from edge.prober.exchange import Answer, BadAnswer, Connection, Place, in_words
from edge.prober.notebook import Asked, Notebook
from edge.prober.pace import Pace
from mainstay.colors import SHOWS
from mainstay.sights import PATIENCE_SECONDS, Kind

GOOD = 200
SHARED = 4  # connections of HTTP/2 that are kept
Spawn = Callable[[Coroutine[None, None, None]], None]


class Way(Protocol):
    """How questions get there. ``kept``: on a connection that was there before, if one is free."""

    async def ask(self, path: str, *, kept: bool) -> Answer: ...


class Load:
    def __init__(self, order: Order, notebook: Notebook, way: Way) -> None:
        self._order, self._notebook, self._way = order, notebook, way
        self._number = count()

    def begin(self, pace: Pace, spawn: Spawn) -> None:
        rates: tuple[tuple[Kind, float], ...] = (
            ("kept", self._order.kept), ("fresh", self._order.fresh), ("slow", self._order.slow),
        )  # fmt: skip
        for kind, rate in rates:
            if rate:
                spawn(self._evenly(kind, 1 / rate, pace, spawn))

    async def _evenly(self, kind: Kind, seconds: float, pace: Pace, spawn: Spawn) -> None:
        async for _ in pace.every(seconds):
            spawn(self._once(kind))

    async def _once(self, kind: Kind) -> None:
        pages = self._order.pages
        path = self._order.slow_page if kind == "slow" else pages[next(self._number) % len(pages)]
        asked = self._notebook.ask(kind)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self._way.ask(path, kept=kind != "fresh")
        except TimeoutError:
            self._failed(asked, f"no answer within {PATIENCE_SECONDS:g} s", path)
        except BadAnswer as reason:
            self._failed(asked, str(reason), path, reason.shows)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as reason:
            self._failed(asked, in_words(reason), path)
        else:
            why = "" if answer.status == GOOD else f"{path} answered {answer.status}"
            self._notebook.answered(asked, answer.status, answer.shows, why, ok=answer.status == GOOD)

    def _failed(self, asked: Asked, why: str, path: str, shows: str = "") -> None:
        self._notebook.answered(asked, 0, shows, f"{path}: {why}", ok=False)


class OverHttp1:
    """A kept connection carries one question at a time: of each page there are as many as are under way at once."""

    def __init__(self, order: Order, trust: ssl.SSLContext | None) -> None:
        self._place, self._trust = Place.of(order.site), trust
        self._more = order.headers
        self._idle: dict[str, list[Connection]] = defaultdict(list)

    async def ask(self, path: str, *, kept: bool) -> Answer:
        if not kept:
            return await self._asked(self._connection(path, keep=False))
        idle = self._idle[path]
        connection = idle.pop() if idle else self._connection(path, keep=True)
        answer = await self._asked(connection)
        idle.append(connection)
        return answer

    def _connection(self, path: str, *, keep: bool) -> Connection:
        return Connection(replace(self._place, path=path), self._trust, keep=keep)

    async def _asked(self, connection: Connection) -> Answer:
        answer = None
        try:
            answer = await connection.ask(SHOWS, self._more)
            return answer
        finally:
            if answer is None:
                connection.abort()


class OverHttp2:
    """Kept ones are few and shared, as a browser does it."""

    def __init__(self, order: Order, trust: ssl.SSLContext) -> None:
        self._place, self._trust = Place.of(order.site), trust
        self._more = order.headers
        self._shared: dict[int, Http2] = {}
        self._opening = asyncio.Lock()
        self._turn = count()

    async def ask(self, path: str, *, kept: bool) -> Answer:
        if kept:
            return await (await self._one_of_the_shared()).ask(path, self._more)
        own = await Http2.opened(self._place, SHOWS, self._trust)
        try:
            return await own.ask(path, self._more)
        finally:
            own.close()

    async def _one_of_the_shared(self) -> Http2:
        number = next(self._turn) % SHARED
        async with self._opening:
            found = self._shared.get(number)
            if found is None or not found.usable:
                found = self._shared[number] = await Http2.opened(self._place, SHOWS, self._trust)
            return found
