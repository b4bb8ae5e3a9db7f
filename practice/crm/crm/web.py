"""The web tier: one process, one port, one color."""

import argparse
import asyncio
import os

from aiohttp import web

from crm import attachments, behaviour, contacts, deals, health, jobs, login, streams
from crm.database import Database
from crm.drain import asked_to_leave, leave
from crm.manners import behaved, counted, excused, sign
from crm.pulse import Pulse
from crm.schema import migrations
from crm.settings import Settings, read_settings
from crm.site import SITE, Site

PARTS = (health, login, contacts, deals, attachments, jobs, streams)
KEEPALIVE_SECONDS = 65  # longer than any proxy keeps an idle connection: so it is never we who hang up on a request


def main() -> None:
    words = argparse.ArgumentParser(prog="crm.web", description=__doc__)
    words.add_argument("--port", type=int, required=True)
    words.add_argument("--color", help="stands in every answer; otherwise MAINSTAY_COLOR")
    words.add_argument("--host", default="127.0.0.1")
    said = words.parse_args()
    behaviour.boot()
    asyncio.run(serve(build(read_settings(said.color)), said.host, said.port))
    os._exit(0)  # a thread may still wait for a database that is gone; there is nothing left to wait for


def build(settings: Settings) -> Site:
    settings.uploads.mkdir(parents=True, exist_ok=True)
    pulse = Pulse(settings.database, frozenset(each.name for each in migrations()))
    return Site(settings, Database(settings.database, pulse), pulse)


def application(site: Site) -> web.Application:
    made = web.Application(middlewares=[counted, excused, login.guarded, behaved], client_max_size=2**20)
    made[SITE] = site
    made.on_response_prepare.append(sign)
    for part in PARTS:
        made.add_routes(part.ROUTES)
    return made


async def serve(site: Site, host: str, port: int) -> None:
    """Until it is told to leave, and then until everybody is served."""
    runner = web.AppRunner(application(site), keepalive_timeout=KEEPALIVE_SECONDS, access_log=None, shutdown_timeout=2)
    await runner.setup()
    door = web.TCPSite(runner, host, port, backlog=512)
    try:
        await door.start()
    except OSError as reason:
        raise SystemExit(f"Port {port} cannot be listened on, so this color is not up: {reason}") from reason
    site.pulse.start()
    await asked_to_leave()
    await leave(site.traffic, door)
    await runner.cleanup()


if __name__ == "__main__":
    main()
