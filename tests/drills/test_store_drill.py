"""The store's promises at their full size, and the seconds a dead server may cost."""

import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.store import open_place
from mainstay.errors import StoreLost
from tests.doors import store_rig
from tests.doors.faulty_s3 import Fault, faulty

DEAD_SERVER_SECONDS = 15  # what a story may have to wait before it knows that its store is lost


@pytest.fixture(params=store_rig.KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with store_rig.place(request.param, tmp_path) as address:
        yield address


def test_sixty_killed_writers_leave_no_partial_object(address: str) -> None:
    store_rig.drive("kill-writers", address, "60", "2")
    store_rig.check_killed(open_place(address), writers=60, seed="2")


def test_of_sixteen_racing_in_two_hundred_rounds_one_wins_each(address: str) -> None:
    said = json.loads(store_rig.drive("race-publish", address, "16", "200"))
    store_rig.check_race(open_place(address), said, 200)


def test_of_sixteen_swapping_two_hundred_times_each_step_is_made_once(address: str) -> None:
    said = json.loads(store_rig.drive("race-swap", address, "16", "200"))
    assert Counter(step for won in said for step in won) == Counter(range(1, 201))


def test_an_upload_of_half_a_gibibyte_needs_no_more_memory(address: str) -> None:
    small, large = json.loads(store_rig.drive("upload-memory", address, "512"))
    assert large - small < 24 * 1024, "KiB"


def test_a_listing_has_no_last_page_too_few(address: str) -> None:
    store = open_place(address)
    for number in range(1003):
        store.publish(f"audit/{number:05d}", b"")
    assert [entry.key for entry in store.listing("audit")] == [f"audit/{number:05d}" for number in range(1003)]


def test_a_server_that_never_answers_is_lost_in_seconds(tmp_path: Path) -> None:
    with (
        store_rig.place("s3", tmp_path) as address,
        faulty(address) as way,
        socket.create_server(("127.0.0.1", 0)) as deaf,
    ):
        store = open_place(way.address)
        asked: list[Callable[[], object]] = [
            lambda: store.publish("a", b"1"),
            lambda: store.swap("a", b"1", expected=None),
            lambda: store.read("a"),
            lambda: list(store.listing("")),
            lambda: open_place(f"s3://{store_rig.BUCKET}/x at http://127.0.0.1:{deaf.getsockname()[1]}"),
        ]
        for ask, method in zip(asked, ("PUT", "PUT", "GET", "GET", ""), strict=True):
            way.fails(method, Fault.SILENCE, 2)
            begun = time.monotonic()
            with pytest.raises(StoreLost, match="did not answer in time"):
                ask()
            assert time.monotonic() - begun < DEAD_SERVER_SECONDS
            way.forgives()
