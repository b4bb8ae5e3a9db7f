"""What every answer is put through: who answered, what is under way, and how well this release behaves."""

import asyncio
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from crm import behaviour
from crm.database import Away
from crm.site import SITE, of

WELL = ("/alive", "/health")  # answered well by the worst release
LONG = ("/slow", "/stream", "/echo")  # not pages: they take as long as they are asked to


@web.middleware
async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Websockets are not waited for, they are told to come again."""
    if request.path == "/echo":
        return await handler(request)
    traffic = of(request).traffic
    traffic.requests += 1
    try:
        return await handler(request)
    finally:
        traffic.requests -= 1


@web.middleware
async def excused(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Away:
        words = "The database does not answer. Please try again in a moment.\n"
        return web.Response(status=503, text=words, headers={"Retry-After": "1"})


@web.middleware
async def behaved(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path in (*WELL, *LONG):
        return await handler(request)
    if behaviour.fails():
        raise web.HTTPInternalServerError(text="This release answers some of its pages with errors.\n")
    began = time.monotonic()
    try:
        await asyncio.sleep(behaviour.usual_seconds())
        return await handler(request)
    finally:
        await asyncio.sleep(behaviour.lost_seconds(time.monotonic() - began))


async def sign(request: web.Request, response: web.StreamResponse) -> None:
    """Just before the headers go: color and release; and to everybody but websockets, when it is time to part."""
    site = request.app[SITE]
    response.headers["X-Color"] = site.settings.identity.color
    response.headers["X-Release"] = site.settings.identity.release
    if site.traffic.draining and not isinstance(response, web.WebSocketResponse):
        response.headers["Connection"] = "close"
        response.force_close()
