"""A real Caddy with our file: what it shows for which flags, what it says and writes of it, what a switch costs."""

import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from edge import caddy
from mainstay.caddy import caddyfile
from mainstay.caddy_snippets import ALIVE
from mainstay.colors import SHOWS
from mainstay.descriptor.service import Color
from mainstay.maintenance import FLAG
from tests.doors.caddy_rig import Site, front, running_caddy, site
from tests.waiting import until
from tests.whole import trying

HOSTILE = 'Back at <nine> & "ten" {{env "HOME"}} {{readFile "/etc/passwd"}} {http.request.uri} {$HOME} `x`'


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("a home") / "with a space") as made:
        yield made


@pytest.fixture
def shown(practice: Site) -> Iterator[Site]:
    """Nothing is deployed, both applications run."""
    yield practice
    for flag in Path(practice.front.flags).iterdir():
        flag.unlink()


def said(answer: httpx.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.headers[SHOWS], answer.text


def logged(shown: Site, path: str) -> list[dict[str, Any]]:
    """Caddy writes a line when it has answered: a moment later."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        lines = [json.loads(line) for line in Path(str(shown.front.access_log)).read_text().splitlines()]
        if found := [line for line in lines if line["request"]["uri"] == path]:
            return found
        time.sleep(0.02)
    raise AssertionError(f"no line for {path}")


def test_without_a_flag_users_are_told_that_nothing_is_there(shown: Site) -> None:
    status, shows, text = said(shown.get())
    assert (status, shows) == (503, "nothing") and "Nothing is deployed here" in text


@pytest.mark.parametrize("color", ["green", "blue"])
def test_a_flag_shows_its_color_under_whatever_name_the_site_is_asked(shown: Site, color: Color) -> None:
    shown.switch(color)
    assert said(shown.get()) == said(shown.get(host="crm.example.com")) == (200, color, color)


def test_with_both_flags_green_is_shown_and_blue_is_idle(shown: Site) -> None:
    for flag in ("blue.on", "green.on"):
        shown.set(flag)
    assert said(shown.get()) == (200, "green", "green")
    assert said(shown.preview()) == (200, "blue", "blue")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_the_page_hides_every_color_and_shows_its_words_and_nothing_they_might_mean(shown: Site, method: str) -> None:
    shown.switch("green")
    shown.page(HOSTILE)
    status, shows, text = said(shown.get("/a?b=c", method))
    assert (status, shows) == (503, "page")
    assert "Back at &lt;nine&gt; &amp; &#34;ten&#34; {{env &#34;HOME&#34;}}" in text
    assert "{http.request.uri} {$HOME} `x`</p>" in text and "root:" not in text


def test_the_preview_shows_the_idle_color_also_while_the_page_is_up(shown: Site) -> None:
    assert said(shown.preview()) == (200, "blue", "blue")  # what a first release takes
    shown.page("closed")
    for color, idle in (("green", "blue"), ("blue", "green")):
        shown.switch("green" if color == "green" else "blue")
        assert said(shown.preview()) == (200, idle, idle)


@pytest.mark.parametrize("color", ["green", "blue"])
def test_the_preview_shows_the_color_it_is_asked_for_shown_or_not(shown: Site, color: str) -> None:
    for live in ("green", "blue"):
        shown.switch("green" if live == "green" else "blue")
        assert said(shown.preview(color)) == (200, color, color)


@pytest.mark.parametrize("word", ["red", "Green", "green,blue", "1"])
def test_an_unknown_color_is_refused_with_a_sentence(shown: Site, word: str) -> None:
    shown.switch("green")
    status, shows, text = said(shown.preview(word))
    assert (status, shows) == (400, "nothing") and "write green or blue, or leave it out" in text


def test_users_choose_no_color_and_no_application_hears_of_a_choice(shown: Site) -> None:
    shown.switch("green")
    address = f"{shown.front.address}/chosen"
    assert httpx.get(address, headers={"X-Mainstay-Color": "blue"}, trust_env=False).text == "green"
    shown.preview("blue", "/chosen")
    heard = [each for asked in shown.asked.values() for each in asked if "/chosen" in each]
    assert heard == ["GET /chosen None"] * 2


def test_an_application_cannot_say_what_the_proxy_shows(shown: Site) -> None:
    shown.switch("green")
    assert shown.get("/lies").headers.get_list(SHOWS) == ["green"]


def test_the_proxy_is_alive_whatever_its_colors_do(shown: Site) -> None:
    shown.stop("blue")
    try:
        assert said(shown.preview(path=ALIVE)) == (200, "nothing", "alive")
    finally:
        shown.start("blue")


def test_every_line_of_the_log_has_its_color_also_when_that_is_dead(shown: Site) -> None:
    shown.get("/at-nothing")
    shown.page("closed")
    shown.get("/at-page")
    shown.clear(FLAG)
    shown.switch("blue")
    shown.get("/at-blue")
    shown.stop("blue")
    try:
        status, shows, text = said(shown.get("/at-dead"))
        assert (status, shows) == (502, "blue") and "did not answer" in text
        assert shown.preview("blue").headers[SHOWS] == "blue"
    finally:
        shown.start("blue")
    told = {path: (each["status"], each["color"]) for path in _AT for each in logged(shown, path)}
    assert told == {"/at-nothing": (503, "nothing"), "/at-page": (503, "page"), **_AT_BLUE}


_AT_BLUE = {"/at-blue": (200, "blue"), "/at-dead": (502, "blue")}
_AT = ("/at-nothing", "/at-page", *_AT_BLUE)


def test_the_log_says_how_long_and_who_and_neither_header_nor_query(shown: Site) -> None:
    shown.switch("green")
    more = {"X-Api-Key": "a-secret", "Cookie": "session=a-secret", "User-Agent": "prober"}
    httpx.get(f"{shown.front.address}/logged?token=a-secret", headers=more, trust_env=False)
    (line,) = logged(shown, "/logged")
    assert line["request"]["method"] == "GET" and line["agent"] == "prober"
    assert 0 < line["duration"] < 10 and abs(line["ts"] - time.time()) < 60
    assert "a-secret" not in Path(str(shown.front.access_log)).read_text()


def test_the_log_is_read_by_its_group_and_by_nobody_else(shown: Site) -> None:
    assert Path(str(shown.front.access_log)).stat().st_mode & 0o777 == 0o640


def test_the_preview_is_not_in_the_log_of_what_users_asked(shown: Site) -> None:
    shown.switch("green")
    shown.preview("blue", "/previewed")
    shown.get("/after-preview")
    logged(shown, "/after-preview")
    assert "/previewed" not in Path(str(shown.front.access_log)).read_text()


def test_caddy_finds_the_file_well_written(tmp_path: Path) -> None:
    text = caddyfile([front(tmp_path)])
    formatted = subprocess.run(
        [caddy.program(), "fmt", "-"], input=text, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert formatted.stdout == text


@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
def test_an_https_address_answers_with_a_certificate_of_its_own(protocol: str, tmp_path: Path) -> None:
    secure = front(tmp_path, scheme="https")
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    trusting.set_alpn_protocols([protocol])
    where = urlsplit(secure.address)
    with running_caddy(tmp_path, secure):
        until(
            lambda: trying(lambda: httpx.get(secure.address, verify=False, trust_env=False).status_code == 503),
            seconds=20,
        )
        line = socket.create_connection((where.hostname, where.port), timeout=10)
        with trusting.wrap_socket(line) as wrapped:  # as a browser that was told a number: it names no server
            assert wrapped.selected_alpn_protocol() == protocol
        assert httpx.get(secure.address, verify=False, trust_env=False).headers[SHOWS] == "nothing"
    assert (tmp_path / "caddy" / "pki").is_dir() and not (tmp_path / "person").exists()
