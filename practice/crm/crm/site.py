"""What the handlers share: the parts of a running CRM, and how they answer."""

from dataclasses import dataclass, field

from aiohttp import web

from crm.database import Database
from crm.look import page
from crm.pulse import Pulse
from crm.settings import Settings


@dataclass
class Traffic:
    """What is under way, so that leaving can wait for it."""

    requests: int = 0
    websockets: set[web.WebSocketResponse] = field(default_factory=set)
    draining: bool = False


@dataclass(frozen=True)
class Site:
    settings: Settings
    database: Database
    pulse: Pulse
    traffic: Traffic = field(default_factory=Traffic)


SITE = web.AppKey("site", Site)


def of(request: web.Request) -> Site:
    return request.app[SITE]


def shown(request: web.Request, title: str, body: str) -> web.Response:
    settings = of(request).settings
    text = page(title, body, site=settings.title, color=settings.identity.color)
    return web.Response(text=text, content_type="text/html")


async def said(request: web.Request) -> dict[str, str]:
    """The words of a form or of a JSON object, all as text."""
    if request.content_type != "application/json":
        return {name: word for name, word in (await request.post()).items() if isinstance(word, str)}
    try:
        words = await request.json()
    except ValueError:
        words = None
    if not isinstance(words, dict):
        raise web.HTTPBadRequest(text='The body is no JSON object; send one like {"name": "…"}.\n')
    return {name: str(word) for name, word in words.items() if word is not None}


def word(words: dict[str, str], name: str) -> str:
    if not words.get(name, "").strip() or "\0" in words[name]:
        raise web.HTTPBadRequest(text=f'"{name}" is missing, empty or no text.\n')
    return words[name].strip()


def number(words: dict[str, str], name: str, *, default: float, largest: float) -> float:
    try:
        found = float(words.get(name, default))
    except ValueError:
        found = -1
    if not 0 <= found <= largest:
        raise web.HTTPBadRequest(text=f'"{name}" must be a number from 0 to {largest:g}.\n')
    return found


def named(request: web.Request) -> int:
    """The number in the address."""
    return int(request.match_info["id"])
