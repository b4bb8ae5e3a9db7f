"""The load that benchmarks put on a site: each question is asked once, and what becomes of it is counted."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.load.order import Order
from benchmarks.load.running import Met, load
from mainstay.colors import COLORS
from tests.doors.caddy_rig import Site, front, running_caddy
from tests.doors.caddy_rig import site as plain_site
from tests.waiting import until

ORDER = Order("", ("/", "/other"), kept=40, fresh=10)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Site]:
    with plain_site(tmp_path / "plain") as made:
        made.switch("blue")
        yield made


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "secure", front(tmp_path / "secure", scheme="https"))
    with ExitStack() as stack:
        for color in COLORS:
            made.start(color)
            stack.callback(made.stop, color)
        stack.enter_context(running_caddy(made.folder, made.front))
        made.switch("blue")
        yield made


def over_http2(site: Site) -> Order:
    authority = site.folder / "caddy/pki/authorities/local/root.crt"
    return replace(ORDER, site=site.front.address, http2=True, authority=str(authority))


def asked(site: Site) -> int:
    return sum(len(each) for each in site.asked.values())


def counted(met: Met, at_least: int) -> None:
    until(lambda: len(met.look().requests) >= at_least, seconds=20)


def test_each_question_is_asked_once_and_a_switch_is_seen(plain: Site, tmp_path: Path) -> None:
    with load(replace(ORDER, site=plain.front.address), tmp_path) as met:
        counted(met, 50)
        plain.switch("green")
        counted(met, len(met.requests) + 50)
    assert (met.lost, met.unfinished, met.switches) == (0, 0, 1), met.examples()
    assert len(met.requests) == asked(plain)
    assert {sight.shows for sight in met.requests} == set(COLORS)


def test_so_it_is_over_tls_and_http2(secure: Site, tmp_path: Path) -> None:
    with load(over_http2(secure), tmp_path) as met:
        counted(met, 50)
        secure.switch("green")
        counted(met, len(met.requests) + 50)
    assert (met.lost, met.unfinished, met.switches) == (0, 0, 1), met.examples()
    assert len(met.requests) == asked(secure)
    assert {sight.kind for sight in met.requests} == {"kept", "fresh"}


@pytest.mark.parametrize("http2", [False, True])
def test_a_color_that_dies_is_a_failure_each_time_and_nobody_is_asked_again(
    http2: bool, plain: Site, secure: Site, tmp_path: Path
) -> None:
    site = secure if http2 else plain
    order = over_http2(site) if http2 else replace(ORDER, site=site.front.address)
    with load(replace(order, pages=("/dies",)), tmp_path) as met:
        counted(met, 20)
    assert met.lost == len(met.requests) == asked(site)
    assert "/dies answered 502" in met.examples()


def test_a_server_that_is_gone_is_a_failure(secure: Site, tmp_path: Path) -> None:
    with load(replace(over_http2(secure), site="https://127.0.0.1:1"), tmp_path) as met:
        counted(met, 5)
    assert met.lost == len(met.requests)
