"""Who may see what: everything of a customer needs a login, the rest does not."""

import asyncio
import time
from functools import partial
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from crm.database import Connection
from crm.sessions import LASTS_SECONDS, cookie, matches, who
from crm.site import of, said, shown, word

COOKIE = "crm"
CLOSED = ("/contacts", "/attachments", "/api/")
NOBODY = "5f0b7e2c9d41a8364e1f7a90c2d3b586:00"  # compared with for names nobody has, which takes the same time
FORM = """<form method="post"><p><input name="name" placeholder="name" autofocus required>
<input name="password" type="password" placeholder="password" required> <button>Log in</button></p></form>"""


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not request.path.startswith(CLOSED) or known(request):
        return await handler(request)
    if request.path.startswith("/api/"):
        raise web.HTTPUnauthorized(text="Log in first: POST name and password to /login and keep the cookie.\n")
    raise web.HTTPSeeOther(f"/login?to={quote(request.path)}")


def known(request: web.Request) -> str | None:
    return who(request.cookies.get(COOKIE, ""), of(request).settings.secret, time.time())


async def ask_who(request: web.Request) -> web.Response:
    return shown(request, "Log in", FORM)


async def let_in(request: web.Request) -> web.Response:
    words = await said(request)
    name, password = word(words, "name"), word(words, "password")
    kept = await of(request).database.ask(partial(password_of, name))
    if not await asyncio.to_thread(matches, password, kept or NOBODY):
        raise web.HTTPForbidden(text="This name and password do not belong together.\n")
    answer = web.Response(status=303, headers={"Location": way(request.query.get("to", ""))})
    signed = cookie(name, of(request).settings.secret, time.time())
    answer.set_cookie(COOKIE, signed, max_age=LASTS_SECONDS, httponly=True, samesite="Lax")
    return answer


async def let_go(_: web.Request) -> web.Response:
    answer = web.Response(status=303, headers={"Location": "/"})
    answer.del_cookie(COOKIE)
    return answer


def way(asked: str) -> str:
    """Only to ourselves: a link to our login must not lead anywhere else."""
    return asked if asked.startswith(CLOSED) and "\\" not in asked else "/contacts"


def password_of(name: str, connection: Connection) -> str | None:
    found = connection.execute("select password from users where name = %s", [name]).fetchone()
    return None if found is None else str(found[0])


ROUTES = (web.get("/login", ask_who), web.post("/login", let_in), web.post("/logout", let_go))
