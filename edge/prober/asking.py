"""The questions over HTTP: fresh connections, one that is kept, one that takes long, and one for each color."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Mapping

from edge.prober.exchange import Answer, BadAnswer, Connection, Place, in_words
from edge.prober.notebook import Asked, Notebook
from edge.prober.pace import Pace
from mainstay.sights import Kind, Target

SELDOM_SECONDS = 1.0
SLOWEST_UNKNOWN_SECONDS = 20.0  # what a slow question may take until one was seen to end
LAST_WORD_SECONDS = 1.0  # for what is under way at the end
Spawn = Callable[[Coroutine[None, None, None]], None]


class Questions:
    def __init__(self, target: Target, notebook: Notebook, trust: ssl.SSLContext | None) -> None:
        self._target, self._notebook, self._trust = target, notebook, trust
        self._said = {"User-Agent": target.agent}
        self._slow: Asked | None = None
        self._slowest_seconds: float | None = None  # of those that were answered

    async def fresh(self, pace: Pace, spawn: Spawn) -> None:
        """On the stroke, whether earlier ones were answered or not: users do not wait for each other."""
        place = Place.of(self._target.page)
        async for _ in pace.every(self._target.every_seconds):
            spawn(self._once("fresh", place, self._said))

    async def color(self, color: Kind, address: str, pace: Pace, spawn: Spawn) -> None:
        place, chosen = Place.of(address), {**self._said, self._target.choose: color}
        async for _ in pace.every(SELDOM_SECONDS):
            spawn(self._once(color, place, chosen))

    async def kept(self, pace: Pace) -> None:
        """One after the other on one connection, all along; a new one only if that is gone."""
        connection = self._connection(Place.of(self._target.page), keep=True)
        every = self._target.every_seconds
        async for _ in pace.every(every, after=every / 2):
            await self._answer(self._notebook.ask("kept"), connection, self._said, self._target.patience_seconds)

    async def slow(self, address: str, pace: Pace) -> None:
        """One is always under way."""
        place = Place.of(address)
        while not pace.over:
            asked = self._slow = self._notebook.ask("slow")
            patience = self._target.patience_seconds + (self._slowest_seconds or SLOWEST_UNKNOWN_SECONDS)
            answer = await self._answer(asked, self._connection(place), self._said, patience)
            if answer and answer.status < 500:
                self._slowest_seconds = max(asked.seconds, self._slowest_seconds or 0.0)
            await pace.pause(SELDOM_SECONDS - asked.seconds)  # only one that failed is back so soon

    @property
    def slow_left_seconds(self) -> float:
        """How long the one that is under way at the end may be waited for."""
        usual = (self._slowest_seconds or 0.0) - (self._slow.seconds if self._slow else 0.0)
        return max(usual, 0.0) + LAST_WORD_SECONDS

    def _connection(self, place: Place, *, keep: bool = False) -> Connection:
        return Connection(place, self._trust, keep=keep)

    async def _once(self, kind: Kind, place: Place, more: Mapping[str, str]) -> None:
        await self._answer(self._notebook.ask(kind), self._connection(place), more, self._target.patience_seconds)

    async def _answer(
        self, asked: Asked, connection: Connection, more: Mapping[str, str], patience_seconds: float
    ) -> Answer | None:
        """Noted, whatever comes; asked once, whatever comes."""
        answer = None
        try:
            async with asyncio.timeout(patience_seconds):
                answer = await connection.ask(self._target.shows, more)
        except TimeoutError:
            self._notebook.answered(asked, 0, "", f"no answer within {patience_seconds:g} s")
        except BadAnswer as reason:
            self._notebook.answered(asked, 0, reason.shows, str(reason))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as reason:
            self._notebook.answered(asked, 0, "", in_words(reason))
        else:
            self._notebook.answered(asked, answer.status, answer.shows, _remark(asked, answer))
        finally:
            if answer is None:
                connection.abort()
        return answer


def _remark(asked: Asked, answer: Answer) -> str:
    if answer.status >= 500:
        return f"answered {answer.status}"
    return "on a new connection" if asked.kind == "kept" and answer.anew else ""
