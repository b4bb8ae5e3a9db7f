"""The lines are those of a real Caddy 2.11.7, shortened; the color field is what its `log_append` adds."""

import json

import pytest

from mainstay.access_log import OURS, Reading, doubt, read, request
from mainstay.sights import AGENT as PROBER
from mainstay.watch.traffic import Request, route

AT = 1795183586.9070177


def line(**changed: object) -> bytes:
    """A good line, but for what is said; None leaves a field out."""
    entry = {
        "level": "info",
        "ts": AT,
        "logger": "http.log.access.log0",
        "msg": "handled request",
        "request": {"method": "GET", "uri": "/customers/17?x=1"},
        "agent": "curl/7.88.1",
        "duration": 0.001802597,
        "size": 2,
        "status": 200,
        "resp_headers": {"Server": ["Caddy"], "X-Mainstay-Shows": ["green"]},
        "color": "green",
    } | changed
    return json.dumps({key: value for key, value in entry.items() if value is not None}).encode()


def asked(uri: str) -> dict[str, object]:
    return {"method": "GET", "uri": uri}


def test_a_request_is_read_with_its_color_status_time_and_folded_route() -> None:
    assert request(line()) == Request(AT, "green", 200, 0.001802597, "/customers/*")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_the_color_or_the_proxy_could_not_answer_is_an_error(status: int) -> None:
    found = request(line(status=status, level="error"))
    assert found is not None
    assert found.failed and not found.timed


@pytest.mark.parametrize("status", [499, 0])
def test_a_client_that_left_is_no_error_but_waited_at_least_so_long(status: int) -> None:
    found = request(line(status=status, duration=0.5))
    assert found is not None
    assert (found.status, found.failed, found.timed, found.seconds) == (499, False, True, 0.5)


def test_an_answer_that_broke_off_is_known_by_its_header_and_blamed_on_nobody() -> None:
    found = request(line(duration=0, color=None))
    assert found is not None
    assert (found.color, found.failed, found.timed) == ("green", False, False)


@pytest.mark.parametrize("uri", ["/static/app.js?v=3", "/favicon.ico", "/logo.PNG"])
def test_files_say_nothing_about_how_fast_a_release_is(uri: str) -> None:
    found = request(line(request=asked(uri)))
    assert found is not None and not found.timed


def test_neither_do_websockets_and_streams() -> None:
    websocket = request(line(status=101, duration=3600))
    stream = request(line(duration=3600, resp_headers={"Content-Type": ["text/event-stream; charset=utf-8"]}))
    assert websocket is not None and stream is not None
    assert not websocket.timed and not stream.timed and not websocket.failed


def test_health_checks_our_own_questions_and_pages_of_the_proxy_are_no_users() -> None:
    lines = [line(request=asked("/health?deep")), line(agent=PROBER), line(agent=OURS)]
    lines.append(line(color="page", resp_headers={"X-Mainstay-Shows": ["page"]}))
    found = read(b"\n".join([*lines, line()]) + b"\n", quiet={"/health"})
    assert (len(found.requests), found.others, found.junk) == (1, 4, 0)


def test_a_line_that_is_still_being_written_is_left_for_the_next_reading() -> None:
    whole = line() + b"\n"
    first = read(whole + whole[:40])
    assert first.used == len(whole)
    second = read((whole + whole)[first.used :])
    assert (len(first.requests), len(second.requests), second.junk) == (1, 1, 0)


def test_reading_in_pieces_of_any_size_gives_what_reading_at_once_gives() -> None:
    log = b"".join(line(ts=AT + number) + b"\n" for number in range(7))
    for size in (1, 37, 400, 1000):
        found, offset, end = list[Request](), 0, size
        while offset < len(log):
            reading = read(log[offset:end])
            found, offset, end = [*found, *reading.requests], offset + reading.used, end + size
        assert tuple(found) == read(log).requests


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"127.0.0.1 - - [20/Nov/2026] GET /",
        b"[]",
        b"17",
        b"\xff\xfe",
        b'{"ts":1}',
        line(ts="2026-11-20T14:06:26Z"),
        line(ts=float("nan")),
        line(duration=-1),
        line(duration=None),
        line(status="200"),
        line(status=1000),
        line(request=None),
        line(request={"uri": None}),
        line(request=asked("/") | {"headers": ["a"]}),
        line(resp_headers={"Content-Type": []}),
    ],
)
def test_a_line_that_is_none_is_counted_and_never_fatal(junk: bytes) -> None:
    found = read(junk + b"\n" + line() + b"\n")
    assert found.junk + found.others + len(found.requests) == 2
    assert len(found.requests) >= 1
    assert found.used == len(junk) + 1 + len(line()) + 1


def test_a_flood_without_an_end_of_line_does_not_hold_the_reading_up_for_ever() -> None:
    flood = b"x" * 2_000_001
    assert read(flood) == Reading(junk=1, used=len(flood))


def test_a_log_that_is_not_caddys_is_no_log_without_errors() -> None:
    assert doubt(requests=0, others=0, junk=40).startswith("40 of 40 lines of the access log are not what Caddy")
    assert doubt(requests=99, others=0, junk=1) == ""
    assert doubt(0, 0, 0) == ""


@pytest.mark.parametrize(
    ("path", "folded"),
    [
        ("/", "/"),
        ("/deals/17/notes/4?page=2", "/deals/*/notes/*"),
        ("/files/0b8f9c1e-6a0f-4c58-9a4b-2f1f6f9f3c11", "/files/*"),
        ("/reset/" + "q" * 40, "/reset/*"),
        ("/customers/new", "/customers/new"),
    ],
)
def test_requests_that_do_the_same_have_one_route(path: str, folded: str) -> None:
    assert route(path) == folded
