"""A color that is told to leave loses nothing: seen by clients of all kinds that go on asking for a second."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

import aiohttp
import pytest

from tests.doors.crm_rig import Crm, Web

GO_ON_SECONDS = 1.0  # what a proxy may still send after the switch
PAUSE_SECONDS = 0.02


@dataclass
class Seen:
    statuses: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
def web(crm: Crm) -> Iterator[Web]:
    crm.migrate()
    with crm.web() as made:
        yield made


async def ask(session: aiohttp.ClientSession, address: str, seen: Seen) -> None:
    try:
        async with session.get(address) as answer:
            await answer.read()
            seen.statuses.append(answer.status)
    except aiohttp.ClientError as reason:
        seen.lost.append(repr(reason))


async def ask_on(web: Web, seen: Seen, path: str, *, fresh: bool) -> None:
    """Until a second after it was told to leave."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=fresh)) as session:
        while not seen.told.is_set():
            await ask(session, f"{web.address}{path}", seen)
            await asyncio.sleep(PAUSE_SECONDS)
        end = time.monotonic() + GO_ON_SECONDS
        while time.monotonic() < end:
            await ask(session, f"{web.address}{path}", seen)
            await asyncio.sleep(PAUSE_SECONDS)


async def talk(web: Web, codes: list[object], unanswered: list[int]) -> None:
    """Until it is closed; what was said and not sent back would have to be said again."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{web.address}/echo") as socket:
        for number in count():
            with suppress(aiohttp.ClientConnectionResetError):  # it was closed while we paused
                await socket.send_str(str(number))
            answer = await socket.receive(10)
            if answer.type is not aiohttp.WSMsgType.TEXT:
                unanswered.append(number)
                return codes.append(answer.data)
            assert answer.data == str(number)
            await asyncio.sleep(0.05)


async def leave_under_load(web: Web, seen: Seen, codes: list[object], unanswered: list[int]) -> None:
    kinds = [("/customers", True), ("/customers", False), ("/jobs", False), ("/slow?seconds=1", False)] * 3
    users = [asyncio.create_task(ask_on(web, seen, path, fresh=fresh)) for path, fresh in kinds]
    talkers = [asyncio.create_task(talk(web, codes, unanswered)) for _ in range(3)]
    async with aiohttp.ClientSession() as session:
        await asyncio.sleep(0.5)
        last = asyncio.create_task(ask(session, f"{web.address}/slow?seconds=4", seen))  # outlasts the open door
        await asyncio.sleep(0.3)
        web.leave()
        seen.told.set()
        await asyncio.gather(*users, *talkers, last)


def test_no_request_is_lost_when_a_color_is_told_to_leave_under_load(web: Web) -> None:
    seen, codes, unanswered = Seen(), list[object](), list[int]()
    asyncio.run(leave_under_load(web, seen, codes, unanswered))
    assert seen.lost == [] and set(seen.statuses) == {200}
    assert len(seen.statuses) > 100
    assert codes == [1012] * 3 and len(unanswered) == 3  # the one that was under way, of each
    assert web.process.wait(5) == 0


def test_it_says_that_it_leaves_while_it_still_answers(web: Web) -> None:
    web.leave()
    time.sleep(0.3)
    told = web.get("/health")
    assert (told.status_code, told.json()["why"]) == (503, "leaving: finishing what is under way")
    answer = web.get("/customers")
    assert (answer.status_code, answer.headers["Connection"]) == (200, "close")
    assert web.process.wait(5) == 0
    assert web.status("/alive") is None


def test_being_told_twice_is_being_told_once(web: Web) -> None:
    web.leave()
    time.sleep(0.3)
    web.leave()
    assert web.get("/slow?seconds=1").status_code == 200
    assert web.process.wait(5) == 0
