"""What every store promises, asked of each kind of place."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge import clock
from edge.store import open_place
from edge.store.port import Door, Published
from edge.store.selftest import prove
from mainstay.errors import BadInput, NotThere
from tests.doors import store_rig


@pytest.fixture(params=store_rig.KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with store_rig.place(request.param, tmp_path) as address:
        yield address


@pytest.fixture
def store(address: str) -> Door:
    return open_place(address)


def keys_of(store: Door, prefix: str = "") -> list[str]:
    return [entry.key for entry in store.listing(prefix)]


def stored(store: Door, key: str) -> bytes | None:
    found = store.read(key)
    return None if found is None else found.data


def test_only_the_first_publishes(store: Door) -> None:
    assert store.publish("a/b.json", b"first") is Published.CREATED
    assert store.publish("a/b.json", b"second") is Published.ANOTHERS
    assert stored(store, "a/b.json") == b"first"


def test_a_retried_publish_recognises_its_own(store: Door) -> None:
    store.publish("a/b.json", b"mine")
    assert store.publish("a/b.json", b"mine") is Published.MINE


def test_a_free_key_is_swapped_in_once(store: Door) -> None:
    assert store.swap("turn", b"first", expected=None) is not None
    assert store.swap("turn", b"second", expected=None) is None
    assert stored(store, "turn") == b"first"


def test_a_listing_begins_after_a_key_if_it_is_asked_to(store: Door) -> None:
    for key in ("a/1", "a/2-x", "a/2.y", "a/b/1", "a/c", "b/1"):
        store.publish(key, b"x")
    assert [entry.key for entry in store.listing("a", after="a/2-x")] == ["a/2.y", "a/b/1", "a/c"]


def test_who_saw_the_newest_replaces_it(store: Door) -> None:
    first = store.swap("turn", b"1", expected=None)
    second = store.swap("turn", b"2", expected=first)
    assert second is not None
    assert store.swap("turn", b"3", expected=second) is not None
    assert stored(store, "turn") == b"3"


def test_who_saw_an_older_one_does_not_replace_it(store: Door) -> None:
    first = store.swap("turn", b"1", expected=None)
    store.swap("turn", b"2", expected=first)
    assert store.swap("turn", b"3", expected=first) is None
    assert stored(store, "turn") == b"2"


def test_a_retried_swap_recognises_its_own(store: Door) -> None:
    first = store.swap("turn", b"1", expected=None)
    assert store.swap("turn", b"1", expected=None) == first
    second = store.swap("turn", b"2", expected=first)
    assert store.swap("turn", b"2", expected=first) == second


def test_what_is_gone_is_not_replaced(store: Door) -> None:
    first = store.swap("turn", b"1", expected=None)
    store.delete("turn")
    assert store.swap("turn", b"2", expected=first) is None
    assert stored(store, "turn") is None


def test_the_version_read_is_the_version_to_swap(store: Door) -> None:
    store.publish("turn", b"1")
    found = store.read("turn")
    assert found is not None
    assert store.swap("turn", b"2", expected=found.version) is not None


def test_nothing_stands_where_nothing_was_put(store: Door) -> None:
    store.publish("a/b", b"x")
    assert store.read("nothing") is None
    assert store.read("a") is None
    with pytest.raises(NotThere, match="nothing"), store.open("nothing"):
        pass


def test_a_listing_is_of_one_folder_in_the_order_of_the_keys(store: Door) -> None:
    for key in ("j/a/1", "j/a-b/1", "j/a/2/x", "j/a.b", "j/ab", "k"):
        store.publish(key, b"12")
    assert keys_of(store) == ["j/a-b/1", "j/a.b", "j/a/1", "j/a/2/x", "j/ab", "k"]
    assert keys_of(store, "j/a") == keys_of(store, "j/a/") == ["j/a/1", "j/a/2/x"]
    assert keys_of(store, "nowhere") == []


def test_a_listing_knows_size_and_time(store: Door) -> None:
    store.publish("a", b"12345")
    (entry,) = store.listing("")
    assert entry.size == 5
    assert abs(clock.now() - entry.modified_at) < timedelta(minutes=1)


def test_deleted_is_gone_and_may_come_again(store: Door) -> None:
    store.publish("a/b", b"1")
    store.delete("a/b")
    store.delete("a/b")
    store.delete("never/was")
    assert keys_of(store) == []
    assert store.publish("a/b", b"2") is Published.CREATED


@pytest.mark.parametrize("key", ["../out", "/etc/passwd", "a//b", ".hidden", "a/.store.json", "a b", "", "a/", "é"])
def test_no_key_leads_out_of_the_store(store: Door, key: str) -> None:
    with pytest.raises(BadInput):
        store.publish(key, b"x")
    with pytest.raises(BadInput), store.upload(key):
        pass
    with pytest.raises(BadInput):
        store.delete(key)


def test_a_store_that_keeps_its_promises_is_proven_and_left_clean(store: Door) -> None:
    prove(store)
    prove(store)
    assert keys_of(store) == []


def test_a_shown_address_leads_to_the_same_store(store: Door) -> None:
    store.publish("a", b"1")
    assert stored(open_place(store.address), "a") == b"1"
