"""The queue as the web tier sees it: puts work in, tells how much waits."""

from functools import partial

from aiohttp import web

from crm import queue
from crm.site import number, of, said

LONGEST_SECONDS = 60


async def enqueue(request: web.Request) -> web.Response:
    words = await said(request)
    seconds = number(words, "seconds", default=0.05, largest=LONGEST_SECONDS)
    made = await of(request).database.ask(partial(queue.add, words.get("kind", "mail"), seconds))
    return web.json_response({"id": made}, status=202)


async def tell(request: web.Request) -> web.Response:
    waiting, done = await of(request).database.ask(queue.counts)
    return web.json_response({"waiting": waiting, "done": done})


ROUTES = (web.get("/jobs", tell), web.post("/jobs", enqueue))
