"""What a switch, a page and a dying application cost whoever is served by a real Caddy at that moment: nothing."""

import http.client
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mainstay.colors import SHOWS
from mainstay.maintenance import FLAG
from tests.doors.caddy_rig import Site, site


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


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_what_an_application_may_have_done_is_not_asked_again(shown: Site, method: str) -> None:
    shown.switch("green")
    before = len(shown.asked["green"])
    assert shown.get("/dies", method).status_code == 502
    assert shown.asked["green"][before:] == [f"{method} /dies None"]


def test_a_websocket_is_kept_over_a_switch_and_a_page(shown: Site) -> None:
    shown.switch("blue")
    with websocket(shown) as talk:
        assert talk(b"one") == b"blue one"
        shown.switch("green")
        shown.page("closed")
        assert talk(b"two") == b"blue two"
    shown.clear(FLAG)
    with websocket(shown) as talk:
        assert talk(b"three") == b"green three"


class websocket:
    """The upgrade by hand: what is said afterwards is nobody's business but the application's."""

    def __init__(self, shown: Site) -> None:
        where = urlsplit(shown.front.address)
        self._line = socket.create_connection((where.hostname, where.port), timeout=10)

        self._heard = self._line.makefile("rb")

    def __enter__(self) -> Callable[[bytes], bytes]:
        self._line.sendall(b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert self._heard.readline().startswith(b"HTTP/1.1 101")
        while self._heard.readline().strip():
            pass
        return self._say

    def __exit__(self, *_: object) -> None:
        self._heard.close()
        self._line.close()

    def _say(self, words: bytes) -> bytes:
        self._line.sendall(words + b"\n")
        return self._heard.readline().strip()


def hammer(shown: Site, until: Callable[[], bool], *, keep: bool) -> Counter[tuple[int, str]]:
    """One after the other until told; what was answered, how often. Nothing is asked twice."""
    seen: Counter[tuple[int, str]] = Counter()
    line = shown.kept()
    while not until():
        try:
            line.request("GET", "/hammer")
            answer = line.getresponse()
            answer.read()
            seen[answer.status, answer.getheader(SHOWS) or ""] += 1
        except (OSError, http.client.HTTPException) as reason:
            seen[0, repr(reason)] += 1
            line.close()
        if not keep:
            line.close()
    line.close()
    return seen


def under_load(shown: Site, work: Callable[[], None]) -> Counter[tuple[int, str]]:
    done = False
    with ThreadPoolExecutor() as threads:
        loads = [threads.submit(hammer, shown, lambda: done, keep=keep) for keep in (True, True, False)]
        try:
            work()
        finally:
            done = True
        return sum((load.result() for load in loads), Counter[tuple[int, str]]())


def test_no_request_fails_over_twenty_switches_and_the_next_one_sees_the_new_color(shown: Site) -> None:
    shown.switch("blue")
    late: list[str] = []

    def switch() -> None:
        for color in ("green", "blue") * 10:
            shown.switch("green" if color == "green" else "blue")
            late.extend(answer for _ in range(3) if (answer := shown.get().text) != color)
            time.sleep(0.05)

    seen = under_load(shown, switch)
    assert set(seen) == {(200, "green"), (200, "blue")} and seen.total() > 200
    assert late == []


def test_a_switch_between_two_looks_is_never_taken_for_an_empty_site(shown: Site) -> None:
    """With two looks instead of three about one request in a hundred was."""
    shown.switch("blue")

    def flutter() -> None:
        for color in ("green", "blue") * 500:
            shown.switch("green" if color == "green" else "blue")
            time.sleep(0.0005)

    assert set(under_load(shown, flutter)) == {(200, "green"), (200, "blue")}


def test_a_page_that_comes_and_goes_leaves_nobody_with_an_error(shown: Site) -> None:
    shown.switch("green")

    def flutter() -> None:
        for _ in range(300):
            shown.page("closed")
            time.sleep(0.002)
            shown.clear(FLAG)

    assert set(under_load(shown, flutter)) == {(200, "green"), (503, "page")}
