"""Long objects on their way into every kind of store: whole, or never seen."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store import open_place
from edge.store.port import Door, Published
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


def uploaded(store: Door, key: str, *chunks: bytes) -> Published:
    with store.upload(key) as upload:
        for chunk in chunks:
            upload.write(chunk)
        return upload.commit()


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
    argv = [sys.executable, "-m", "tests.doors.store_writers", "upload-until-killed", address, "set/base.tar"]
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
