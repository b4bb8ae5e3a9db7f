"""Answers that take their time: the ones a careless switch cuts short."""

import asyncio

from aiohttp import WSMsgType, web

from crm.site import number, of

LONGEST_SECONDS = 30
PIECE_SECONDS = 0.25
LARGEST_BYTES = 2**16


async def slow(request: web.Request) -> web.Response:
    seconds = number(dict(request.query), "seconds", default=2, largest=LONGEST_SECONDS)
    await asyncio.sleep(seconds)
    return web.Response(text=f"That took {seconds:g} s.\n")


async def stream(request: web.Request) -> web.StreamResponse:
    """Its last line is ``end``: without it, it was cut short."""
    seconds = number(dict(request.query), "seconds", default=2, largest=LONGEST_SECONDS)
    answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await answer.prepare(request)
    for piece in range(int(seconds / PIECE_SECONDS)):
        await answer.write(f"{piece}\n".encode())
        await asyncio.sleep(PIECE_SECONDS)
    await answer.write(b"end\n")
    return answer


async def echo(request: web.Request) -> web.WebSocketResponse:
    """Sends back what it is told. When we leave it is closed with 1012: come again."""
    socket = web.WebSocketResponse(timeout=2, max_msg_size=LARGEST_BYTES)
    await socket.prepare(request)
    open_ones = of(request).traffic.websockets
    open_ones.add(socket)
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await socket.send_bytes(message.data)
    finally:
        open_ones.discard(socket)
    return socket


ROUTES = (web.get("/slow", slow), web.get("/stream", stream), web.get("/echo", echo))
