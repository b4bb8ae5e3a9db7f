"""Files of customers, in a folder that both colors share: each whole under its name, or not there."""

import asyncio
import os
import re
import secrets
from functools import partial
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from crm.database import Connection
from crm.site import of, shown

LARGEST_BYTES = 20 * 2**20
NOT_FOR_NAMES = re.compile(r"[^\w.-]+")
NAME = r"{name:[\w-][\w.-]*}"  # what we give ourselves: no folders, no dot in front
FORM = '<form method="post" enctype="multipart/form-data"><input type="file" name="file"> <button>Keep</button></form>'


async def list_page(request: web.Request) -> web.Response:
    names = sorted(path.name for path in of(request).settings.uploads.iterdir() if not path.name.endswith(".tmp"))
    items = "".join(f'<li><a href="/attachments/{quote(name)}">{escape(name)}</a></li>' for name in names)
    return shown(request, "Attachments", f"<ul>{items}</ul>{FORM}")


async def upload(request: web.Request) -> web.Response:
    if not request.content_type.startswith("multipart/"):
        raise web.HTTPBadRequest(text="Send the file as a form does: multipart/form-data.\n")
    part = await (await request.multipart()).next()
    if not isinstance(part, BodyPartReader) or not part.filename:
        raise web.HTTPBadRequest(text="There is no file in this form.\n")
    name = f"{secrets.token_hex(4)}-{NOT_FOR_NAMES.sub('-', part.filename)[-80:]}"
    hash = await keep(part, of(request).settings.uploads / name)
    await of(request).database.ask(partial(add, name, hash))  # after the file: no row speaks of what is not there
    return web.json_response({"name": name}, status=201)


async def keep(part: BodyPartReader, path: Path) -> str:
    """Durable when it returns its sha256. What breaks off leaves nothing; what is killed, a name backups leave out."""
    unfinished, hash = path.with_name(f"{path.name}.tmp"), sha256()
    try:
        with unfinished.open("xb") as file:
            while chunk := await part.read_chunk(2**16):
                content = part.decode(chunk)
                file.write(content)
                hash.update(content)
                if file.tell() > LARGEST_BYTES:
                    raise web.HTTPRequestEntityTooLarge(LARGEST_BYTES, file.tell())
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    await asyncio.to_thread(sync, path.parent)
    return hash.hexdigest()


def add(name: str, hash: str, connection: Connection) -> None:
    connection.execute("insert into attachments (name, sha256) values (%s, %s)", (name, hash))


def sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def download(request: web.Request) -> web.StreamResponse:
    path = of(request).settings.uploads / request.match_info["name"]
    if path.name.endswith(".tmp") or not path.is_file():
        raise web.HTTPNotFound(text="There is no such attachment.\n")
    words = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return web.FileResponse(path, headers=words)


ROUTES = (
    web.get("/attachments", list_page),
    web.post("/attachments", upload),
    web.get(f"/attachments/{NAME}", download),
)
