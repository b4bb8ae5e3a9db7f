"""When the next question is due, and whether there is to be one at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress


class Pace:
    def __init__(self, ending: asyncio.Event) -> None:
        self._ending = ending

    @property
    def over(self) -> bool:
        return self._ending.is_set()

    async def end(self) -> None:
        await self._ending.wait()

    async def every(self, seconds: float, *, after: float = 0.0) -> AsyncIterator[None]:
        """Evenly; what was missed while the machine was busy is not made up for."""
        loop = asyncio.get_running_loop()
        due = loop.time() + after
        while not await self.over_by(due):
            yield
            due = max(due + seconds, loop.time())

    async def over_by(self, due: float) -> bool:
        """Waits until then, or until the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                await self._ending.wait()
        return self.over

    async def pause(self, seconds: float) -> None:
        await self.over_by(asyncio.get_running_loop().time() + seconds)
