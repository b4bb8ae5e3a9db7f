"""Two different questions: is it stuck (end it), and is it ready for users (send them, or do not)."""

from html import escape

from aiohttp import web

from crm import behaviour
from crm.look import GREETING, VERSION
from crm.site import Site, of, shown


async def home(request: web.Request) -> web.Response:
    return shown(request, of(request).settings.title, f"<p>{escape(GREETING)}</p><p>Version {VERSION}</p>")


async def alive(_: web.Request) -> web.Response:
    return web.Response(text="alive\n")


async def health(request: web.Request) -> web.Response:
    reason = why_not_ready(of(request))
    return web.json_response({"ready": reason is None, "why": reason}, status=503 if reason else 200)


def why_not_ready(site: Site) -> str | None:
    if behaviour.NEVER_READY:
        return "this release is never ready: that is what it is for"
    if site.traffic.draining:
        return "leaving: finishing what is under way"
    if site.pulse.away:
        return "the database does not answer"
    if site.pulse.missing:
        return f"the schema lacks {', '.join(sorted(site.pulse.missing))}: run python -m crm.migrate"
    return None


ROUTES = (web.get("/", home), web.get("/alive", alive), web.get("/health", health))
