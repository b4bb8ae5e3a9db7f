"""What every store promises, asked of each kind of place."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge import clock
from edge.store import open_place
from edge.store.port import Door, Published
from edge.store.selftest import prove
from mainstay.errors import BadInput, NotThere
from mainstay.store import MEBIBYTE
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


def uploaded(store: Door, key: str, *chunks: bytes) -> Published:
    with store.upload(key) as upload:
        for chunk in chunks:
            upload.write(chunk)
        return upload.commit()


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


@pytest.mark.parametrize("size", [0, 1, 8 * MEBIBYTE, 8 * MEBIBYTE + 1, 20 * MEBIBYTE])
def test_an_upload_arrives_whole(store: Door, size: int) -> None:
    data = store_rig.content("whole", size)
    chunks = [data[at : at + 3_000_001] for at in range(0, size, 3_000_001)]
    assert uploaded(store, "set/base.tar", *chunks) is Published.CREATED
    with store.open("set/base.tar") as stream:
        assert stream.read(10) == data[:10]
        assert stream.read() == data[10:]


def test_an_upload_is_seen_only_after_its_commit(store: Door) -> None:
    with store.upload("set/base.tar") as upload:
        upload.write(bytes(9 * MEBIBYTE))
        assert store.read("set/base.tar") is None
        assert keys_of(store) == []
        upload.commit()
        assert keys_of(store) == ["set/base.tar"]


def test_an_upload_left_without_commit_leaves_nothing(store: Door) -> None:
    with store.upload("set/base.tar") as upload:
        upload.write(bytes(9 * MEBIBYTE))
    assert keys_of(store) == []


def test_a_producer_that_fails_half_way_leaves_nothing(store: Door) -> None:
    argv = [sys.executable, "-c", "import sys; sys.stdout.buffer.write(bytes(9 << 20)); sys.exit(3)"]
    with (
        pytest.raises(subprocess.CalledProcessError),
        subprocess.Popen(argv, stdout=subprocess.PIPE) as producer,
        store.upload("set/base.tar") as upload,
    ):
        assert producer.stdout is not None
        while chunk := producer.stdout.read(65536):
            upload.write(chunk)
        if producer.wait() != 0:
            raise subprocess.CalledProcessError(producer.returncode, argv)
        upload.commit()
    assert keys_of(store) == []
    assert uploaded(store, "set/base.tar", b"the next try") is Published.CREATED


@pytest.mark.parametrize("size", [10, 9 * MEBIBYTE])
def test_of_two_uploads_to_one_key_one_wins(store: Door, size: int) -> None:
    with store.upload("set") as first, store.upload("set") as second:
        first.write(b"1" * size)
        second.write(b"2" * size)
        assert second.commit() is Published.CREATED
        assert first.commit() is Published.ANOTHERS
    with store.open("set") as stream:
        assert stream.read(1) == b"2"


@pytest.mark.parametrize("size", [10, 9 * MEBIBYTE])
def test_a_repeated_upload_recognises_its_own(store: Door, size: int) -> None:
    assert uploaded(store, "set", b"1" * size) is Published.CREATED
    assert uploaded(store, "set", b"1" * size) is Published.MINE


def test_an_upload_killed_on_its_way_leaves_nothing(store: Door, address: str) -> None:
    argv = [sys.executable, "-m", "tests.doors.store_rig", "upload-until-killed", address, "set/base.tar"]
    with subprocess.Popen(argv, cwd=store_rig.ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begun\n"
        writer.kill()
    assert keys_of(store) == []
    store.sweep("", older_than_seconds=0)
    assert uploaded(store, "set/base.tar", b"the next try") is Published.CREATED


def test_an_upload_needs_no_more_memory_for_more_bytes(address: str) -> None:
    small, large = map(int, store_rig.drive("upload-memory", address, "160").strip("[]").split(","))
    assert large - small < 24 * 1024, "KiB"


def test_a_store_that_keeps_its_promises_is_proven_and_left_clean(store: Door) -> None:
    prove(store)
    prove(store)
    assert keys_of(store) == []


def test_a_shown_address_leads_to_the_same_store(store: Door) -> None:
    store.publish("a", b"1")
    assert stored(open_place(store.address), "a") == b"1"
