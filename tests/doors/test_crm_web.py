"""What users of the CRM meet, while all is well and when they ask for nonsense."""

import asyncio
import hashlib
import os
import socket
from collections.abc import Iterator

import aiohttp
import httpx
import pytest

from tests.doors.crm_database import Postgres, rows
from tests.doors.crm_rig import LOGIN, Crm, Trees, Web
from tests.waiting import until

NONSENSE = (
    *(b"", b"{", b"[]", b"\xff", b"{}", b'{"title": "x", "contact": 999999}', b'{"title": "x", "contact": "NaN"}'),
    *(b'{"title": "\\u0000", "contact": 1}', b'{"title": "x", "contact": 1, "cents": -1}'),
)


@pytest.fixture(scope="module")
def crm(postgres: Postgres, trees: Trees) -> Iterator[Crm]:
    with Crm.on(postgres, trees) as made:
        made.migrate()
        yield made


@pytest.fixture(scope="module")
def web(crm: Crm) -> Iterator[Web]:
    with crm.web("blue") as made:
        yield made


@pytest.fixture
def client(web: Web) -> Iterator[httpx.Client]:
    with web.client() as made:
        yield made


@pytest.mark.parametrize("path", ["/", "/alive", "/health", "/customers", "/login", "/contacts", "/api/deals", "/none"])
def test_every_answer_says_who_answered(web: Web, path: str) -> None:
    said = web.get(path).headers
    assert (said["X-Color"], said["X-Release"]) == ("blue", "r-1")


def test_how_many_customers_there_are_is_public_and_who_they_are_is_not(web: Web, client: httpx.Client) -> None:
    assert "Customers: 8" in web.get("/customers").text
    assert (web.get("/contacts").status_code, web.get("/api/contacts").status_code) == (303, 401)
    assert "North Bakery" in client.get("/contacts").text
    assert {"name", "company", "phone", "email", "id"} == set(client.get("/api/contacts").json()[0])


def test_a_wrong_password_and_a_forged_cookie_open_nothing(web: Web, client: httpx.Client) -> None:
    for wrong in (LOGIN | {"password": "guessed"}, LOGIN | {"name": "nobody"}):
        assert httpx.post(f"{web.address}/login", data=wrong).status_code == 403
    cookie = client.cookies["crm"]
    for forged in (cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), "x", ""):
        assert web.get("/api/contacts", Cookie=f"crm={forged}").status_code == 401


def test_a_login_leads_nowhere_else(web: Web) -> None:
    for asked in ("https://evil.example.com", "//evil.example.com", "/\\evil.example.com"):
        told = httpx.post(f"{web.address}/login", params={"to": asked}, data=LOGIN)
        assert told.headers["Location"] == "/contacts"


def test_who_is_logged_in_on_one_color_is_so_on_the_other(crm: Crm, client: httpx.Client) -> None:
    with crm.web("green") as other:
        told = other.get("/contacts", Cookie=f"crm={client.cookies['crm']}")
    assert (told.status_code, told.headers["X-Color"]) == (200, "green")


def test_a_deal_is_made_moved_and_deleted(client: httpx.Client) -> None:
    made = client.post("/api/deals", json={"contact": 1, "title": "A test", "cents": 100}).json()["id"]
    assert client.patch(f"/api/deals/{made}", json={"stage": "won"}).status_code == 204
    assert {"id": made, "contact": 1, "title": "A test", "cents": 100, "stage": "won"} in client.get(
        "/api/deals"
    ).json()
    assert client.delete(f"/api/deals/{made}").status_code == 204
    assert client.delete(f"/api/deals/{made}").status_code == 404


def test_a_contact_is_made_and_deleted_with_its_deals(client: httpx.Client) -> None:
    made = client.post("/api/contacts", json={"name": "Desk", "company": "<b>Bold</b> & Co"}).json()["id"]
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Co" in client.get("/contacts").text
    deal = client.post("/api/deals", json={"contact": made, "title": "x"}).json()["id"]
    assert client.delete(f"/api/contacts/{made}").status_code == 204
    assert client.delete(f"/api/deals/{deal}").status_code == 404


@pytest.mark.parametrize("body", NONSENSE)
def test_nonsense_is_answered_with_a_sentence(client: httpx.Client, body: bytes) -> None:
    told = client.post("/api/deals", content=body, headers={"Content-Type": "application/json"})
    assert told.status_code == 400 and told.text.endswith(".\n")


def test_an_attachment_comes_back_as_it_was_and_a_row_says_what_it_holds(crm: Crm, client: httpx.Client) -> None:
    content = os.urandom(300_000)
    name = client.post("/attachments", files={"file": ("an offer/../é.pdf", content)}).json()["name"]
    assert client.get(f"/attachments/{name}").content == content
    assert name in client.get("/attachments").text
    assert rows(crm.database, f"select sha256 from attachments where name = '{name}'") == [
        (hashlib.sha256(content).hexdigest(),)
    ]


def test_an_attachment_that_is_too_large_or_breaks_off_leaves_nothing(crm: Crm, web: Web, client: httpx.Client) -> None:
    uploads = crm.folder / "uploads"
    before = sorted(uploads.iterdir())
    assert client.post("/attachments", files={"file": ("large", bytes(21 * 2**20))}).status_code == 413
    with socket.create_connection(("127.0.0.1", web.port)) as broken:
        head = (
            f"POST /attachments HTTP/1.1\r\nHost: x\r\nCookie: crm={client.cookies['crm']}\r\nContent-Length: 90000\r\n"
        )
        head += "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        broken.sendall(f'{head}Content-Disposition: form-data; name="file"; filename="half"\r\n\r\nhalf'.encode())
        until(lambda: sorted(uploads.iterdir()) != before, seconds=5)
    until(lambda: sorted(uploads.iterdir()) == before, seconds=5)


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "%2e%2e", ".hidden", "none", "a.tmp"])
def test_only_attachments_are_given_out(client: httpx.Client, name: str) -> None:
    assert client.get(f"/attachments/{name}").status_code == 404


def test_a_websocket_sends_back_what_it_is_told(web: Web) -> None:
    async def talk() -> list[object]:
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{web.address}/echo") as socket:
            await socket.send_str("hello")
            await socket.send_bytes(b"\x00")
            return [(await socket.receive(5)).data, (await socket.receive(5)).data]

    assert asyncio.run(talk()) == ["hello", b"\x00"]


def test_a_stream_ends_with_its_end(web: Web) -> None:
    assert web.get("/stream?seconds=0.5").text == "0\n1\nend\n"


@pytest.mark.parametrize("path", ["/slow?seconds=x", "/slow?seconds=nan", "/slow?seconds=31", "/slow?seconds=-1"])
def test_nobody_can_ask_for_a_wait_without_end(web: Web, path: str) -> None:
    assert web.get(path).status_code == 400


def test_a_job_is_put_in_the_queue(web: Web) -> None:
    before = web.get("/jobs").json()["waiting"]
    assert httpx.post(f"{web.address}/jobs", json={"seconds": 0.1}).status_code == 202
    assert web.get("/jobs").json()["waiting"] == before + 1


def test_a_port_that_is_taken_is_said_so(crm: Crm, web: Web) -> None:
    told = crm.run("-m", "crm.web", "--port", str(web.port), "--color", "green")
    assert told.returncode == 1 and f"Port {web.port} cannot be listened on" in told.stderr


@pytest.mark.parametrize("missing", ["DATABASE_URL", "SECRET_KEY", "UPLOADS"])
def test_what_is_not_set_is_named(crm: Crm, missing: str) -> None:
    told = crm.run("-m", "crm.web", "--port", "1", **{missing: ""})
    assert told.returncode == 1 and told.stderr.startswith(f"{missing} is not set")
