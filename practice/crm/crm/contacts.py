"""Whom we know. How many is public, who they are is not."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from html import escape

from aiohttp import web
from psycopg.rows import class_row

from crm.database import Connection
from crm.look import table
from crm.site import named, of, said, shown, word

COUNTED = (("with a telephone", "count(phone)"),)
COLUMNS = "id, name, company, phone, email"


@dataclass(frozen=True)
class Contact:
    id: int
    name: str
    company: str
    phone: str | None
    email: str | None


async def customers(request: web.Request) -> web.Response:
    total, *some = await of(request).database.ask(counts)
    parts = "".join(f"<li>{number} {escape(what)}</li>" for (what, _), number in zip(COUNTED, some, strict=True))
    return shown(request, "Customers", f"<p>Customers: {total}</p><ul>{parts}</ul>")


async def list_page(request: web.Request) -> web.Response:
    found = await of(request).database.ask(everyone)
    rows: list[tuple[object, ...]] = [(each.company, each.name, each.phone, each.email) for each in found]
    return shown(request, "Contacts", table(("Company", "Who", "Telephone", "Mail"), rows))


async def list_json(request: web.Request) -> web.Response:
    return web.json_response([asdict(each) for each in await of(request).database.ask(everyone)])


async def create(request: web.Request) -> web.Response:
    words = await said(request)
    values = (word(words, "name"), word(words, "company"), words.get("phone"), words.get("email"))
    made = await of(request).database.ask(partial(add, values))
    return web.json_response({"id": made}, status=201)


async def delete(request: web.Request) -> web.Response:
    if not await of(request).database.ask(partial(remove, named(request))):
        raise web.HTTPNotFound(text="There is no such contact.\n")
    return web.Response(status=204)


def counts(connection: Connection) -> Sequence[int]:
    columns = ", ".join(["count(*)", *(sql for _, sql in COUNTED)])
    found = connection.execute(f"select {columns} from contacts".encode()).fetchone()
    return found or ()


def everyone(connection: Connection) -> list[Contact]:
    with connection.cursor(row_factory=class_row(Contact)) as cursor:
        return cursor.execute(f"select {COLUMNS} from contacts order by company, id".encode()).fetchall()


def add(values: tuple[str, str, str | None, str | None], connection: Connection) -> int:
    columns = COLUMNS.replace("id, ", "", 1).replace(" as phone", "")
    sql = f"insert into contacts ({columns}) values (%s, %s, %s, %s) returning id"
    found = connection.execute(sql.encode(), values).fetchone()
    return int(found[0]) if found else 0


def remove(id: int, connection: Connection) -> bool:
    return connection.execute("delete from contacts where id = %s", [id]).rowcount == 1


ROUTES = (
    web.get("/customers", customers),
    web.get("/contacts", list_page),
    web.get("/api/contacts", list_json),
    web.post("/api/contacts", create),
    web.delete(r"/api/contacts/{id:\d{1,18}}", delete),
)
