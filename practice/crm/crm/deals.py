"""What we hope to sell, and how far we are."""

from dataclasses import asdict, dataclass
from functools import partial

from aiohttp import web
from psycopg.errors import ForeignKeyViolation
from psycopg.rows import class_row

from crm.database import Connection
from crm.site import named, number, of, said, word

STAGES = ("new", "offer", "won", "lost")
MOST_CENTS = 10**12


@dataclass(frozen=True)
class Deal:
    id: int
    contact: int
    title: str
    cents: int
    stage: str


async def list_json(request: web.Request) -> web.Response:
    return web.json_response([asdict(each) for each in await of(request).database.ask(everything)])


async def create(request: web.Request) -> web.Response:
    words = await said(request)
    contact = int(number(words, "contact", default=0, largest=2**53))
    cents = int(number(words, "cents", default=0, largest=MOST_CENTS))
    made = await of(request).database.ask(partial(add, contact, word(words, "title"), cents))
    if made is None:
        raise web.HTTPBadRequest(text=f"There is no contact {contact} to make a deal with.\n")
    return web.json_response({"id": made}, status=201)


async def move(request: web.Request) -> web.Response:
    stage = word(await said(request), "stage")
    if stage not in STAGES:
        raise web.HTTPBadRequest(text=f'"stage" must be one of {", ".join(STAGES)}.\n')
    return _found(await of(request).database.ask(partial(put, named(request), stage)))


async def delete(request: web.Request) -> web.Response:
    return _found(await of(request).database.ask(partial(remove, named(request))))


def everything(connection: Connection) -> list[Deal]:
    with connection.cursor(row_factory=class_row(Deal)) as cursor:
        return cursor.execute("select id, contact, title, cents, stage from deals order by id").fetchall()


def add(contact: int, title: str, cents: int, connection: Connection) -> int | None:
    sql = "insert into deals (contact, title, cents) values (%s, %s, %s) returning id"
    try:
        found = connection.execute(sql, (contact, title, cents)).fetchone()
    except ForeignKeyViolation:
        return None
    return int(found[0]) if found else None


def put(id: int, stage: str, connection: Connection) -> bool:
    return connection.execute("update deals set stage = %s where id = %s", (stage, id)).rowcount == 1


def remove(id: int, connection: Connection) -> bool:
    return connection.execute("delete from deals where id = %s", [id]).rowcount == 1


def _found(there: bool) -> web.Response:
    if not there:
        raise web.HTTPNotFound(text="There is no such deal.\n")
    return web.Response(status=204)


ROUTES = (
    web.get("/api/deals", list_json),
    web.post("/api/deals", create),
    web.patch(r"/api/deals/{id:\d{1,18}}", move),
    web.delete(r"/api/deals/{id:\d{1,18}}", delete),
)
