"""Leaving without losing anything: first say so, then close the door, finish, and send the websockets elsewhere."""

import asyncio
import signal

from aiohttp import WSCloseCode, web

from crm.site import Traffic

STILL_ACCEPTING_SECONDS = 2.0  # a proxy that was told may go on sending for a second
SETTLE_SECONDS = 0.2  # for connections accepted just before the door closed
LOOK_SECONDS = 0.05


async def asked_to_leave() -> None:
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, asked.set)
    await asked.wait()


async def leave(traffic: Traffic, door: web.TCPSite) -> None:
    traffic.draining = True
    await asyncio.sleep(STILL_ACCEPTING_SECONDS)
    await door.stop()
    await asyncio.sleep(SETTLE_SECONDS)
    while traffic.requests:
        await asyncio.sleep(LOOK_SECONDS)
    await asyncio.gather(*map(close, tuple(traffic.websockets)))


async def close(socket: web.WebSocketResponse) -> None:
    await socket.close(code=WSCloseCode.SERVICE_RESTART, message=b"come again")
