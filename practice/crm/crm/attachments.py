"""Files of customers, in a folder that both colors share: each whole under its name, or not there."""

import asyncio
import os
import re
import secrets
from html import escape
from pathlib import Path
from urllib.parse import quote

from aiohttp import BodyPartReader, web

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
    await keep(part, of(request).settings.uploads / name)
    return web.json_response({"name": name}, status=201)


async def keep(part: BodyPartReader, path: Path) -> None:
    """Durable when it returns. What breaks off leaves nothing; what is killed, a name that backups leave out."""
    partial = path.with_name(f"{path.name}.tmp")
    try:
        with partial.open("xb") as file:
            while chunk := await part.read_chunk(2**16):
                file.write(part.decode(chunk))
                if file.tell() > LARGEST_BYTES:
                    raise web.HTTPRequestEntityTooLarge(LARGEST_BYTES, file.tell())
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    await asyncio.to_thread(sync, path.parent)


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
