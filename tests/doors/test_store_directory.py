"""What only a directory store promises: no trace of the dead, no harm to the living, a disk that fails."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edge import processes
from edge.store import open_place
from edge.store.drafts import Draft
from edge.store.port import Published
from mainstay.errors import StoreLost
from tests.doors import store_rig
from tests.small_disk import needs_root, small_disk

WRITE = "import sys; from edge.store import open_place; open_place(sys.argv[1]).publish('a/b', bytes(1 << 22))"


def drafts_in(root: Path) -> list[Path]:
    return list((root / ".drafts").iterdir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "home" / "store"


def test_an_unmounted_disk_is_not_an_empty_store(root: Path) -> None:
    store = open_place(str(root))
    store.publish("turns/a", b"x")
    root.rename(root.with_name("elsewhere"))
    root.mkdir()  # the empty mount point
    for ask in (
        lambda: store.read("turns/a"),
        lambda: list(store.listing("")),
        lambda: store.publish("turns/a", b"y"),
        lambda: store.swap("turns/a", b"y", expected=None),
        lambda: store.delete("turns/a"),
        lambda: store.open("turns/a").__enter__(),
    ):
        with pytest.raises(StoreLost, match="mount"):
            ask()
    assert list(root.iterdir()) == []


def test_a_full_disk_loses_the_store_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    """A limit on the size of a file stands for a disk that takes no more: both cut the write short."""
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20));"
    store = open_place(str(tmp_path / "store"))
    argv = [sys.executable, "-c", limit + WRITE, store.address]
    done = subprocess.run(argv, cwd=store_rig.ROOT, capture_output=True, text=True, timeout=60)
    assert "StoreLost" in done.stderr.splitlines()[-1]
    assert list(store.listing("")) == []
    assert drafts_in(tmp_path / "store") == []


@needs_root
def test_a_small_disk_that_is_full_says_so(root: Path) -> None:
    root.mkdir(parents=True)
    with small_disk(root, megabytes=1):
        store = open_place(str(root))
        store.publish("before", b"x" * 1000)
        with pytest.raises(StoreLost, match="the disk is full; free some room"):
            store.publish("a/b", bytes(1 << 22))
        with pytest.raises(StoreLost, match="full"), store.upload("a/c") as upload:
            upload.write(bytes(1 << 22))
        assert [entry.key for entry in store.listing("")] == ["before"]
        assert store.publish("after", b"x" * 1000) is Published.CREATED
        assert processes.run(["mount", "-o", "remount,ro", str(root)], deadline_seconds=10).exit == 0
        with pytest.raises(StoreLost, match="can only be read"):
            store.publish("a/d", b"x")
        found = store.read("before")
        assert found is not None
        assert found.data == b"x" * 1000


def test_a_key_cannot_be_object_and_folder(root: Path) -> None:
    store = open_place(str(root))
    store.publish("a", b"x")
    store.publish("b/c", b"x")
    with pytest.raises(StoreLost, match="both an object and a folder"):
        store.publish("a/b", b"x")
    with pytest.raises(StoreLost, match="both an object and a folder"):
        store.publish("b", b"x")
    store.delete("b")
    assert [entry.key for entry in store.listing("")] == ["a", "b/c"]


def test_a_living_writer_keeps_its_draft_and_a_dead_one_does_not(root: Path) -> None:
    store = open_place(str(root))
    argv = [sys.executable, "-m", "tests.doors.store_writers", "upload-until-killed", str(root), "set"]
    with (
        store.upload("mine") as upload,
        subprocess.Popen(argv, cwd=store_rig.ROOT, stdout=subprocess.PIPE) as writer,
    ):
        upload.write(b"still here")
        assert writer.stdout is not None
        writer.stdout.readline()
        os.kill(writer.pid, signal.SIGSTOP)  # stopped is alive
        open_place(str(root))
        assert len(drafts_in(root)) == 2
        writer.kill()
        writer.wait()
        open_place(str(root))
        assert len(drafts_in(root)) == 1
        assert upload.commit() is Published.CREATED
    assert drafts_in(root) == []


def test_a_sweep_between_making_and_locking_a_draft_harms_nobody(root: Path) -> None:
    """A sweeper runs all the time beside a writer: every draft must be there until its writer discards it."""
    open_place(str(root))
    code = (
        "import sys; from pathlib import Path; from edge.store import drafts\n"
        "print('begun', flush=True)\n"
        "while True: drafts.sweep(Path(sys.argv[1]))"
    )
    argv = [sys.executable, "-c", code, str(root / ".drafts")]
    with subprocess.Popen(argv, cwd=store_rig.ROOT, stdout=subprocess.PIPE) as sweeper:
        assert sweeper.stdout is not None
        sweeper.stdout.readline()
        try:
            for _ in range(10_000):
                draft = Draft(root / ".drafts")
                assert draft.path.exists()
                draft.discard()
        finally:
            sweeper.kill()


def test_a_stopped_process_with_the_lock_is_named(root: Path) -> None:
    store = open_place(str(root))
    version = store.swap("turn", b"1", expected=None)
    code = (
        "import sys, signal; from pathlib import Path; from edge import durable\n"
        "with durable.locked(Path(sys.argv[1]), deadline_seconds=1):\n"
        "    print('begun', flush=True); signal.pause()"
    )
    store.swap("turn", b"2", expected=version)  # makes the lock of this key
    (lock,) = (root / ".locks").iterdir()
    argv = [sys.executable, "-c", code, str(lock)]
    with subprocess.Popen(argv, cwd=store_rig.ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        found = store.read("turn")
        assert found is not None
        with pytest.raises(StoreLost, match=f"kill -9 {holder.pid}"):
            store.swap("turn", b"3", expected=found.version)
        assert store.read("turn") == found
        holder.kill()
        holder.wait()
    assert store.swap("turn", b"3", expected=found.version) is not None


def test_empty_folders_do_not_pile_up(root: Path) -> None:
    store = open_place(str(root))
    store.publish("journals/a/b/c/0001.json", b"x")
    store.delete("journals/a/b/c/0001.json")
    assert sorted(path.name for path in root.iterdir()) == [".drafts", ".locks", ".store.json"]


def test_files_of_others_are_not_listed(root: Path) -> None:
    store = open_place(str(root))
    store.publish("a/b.json", b"x")
    (root / "a" / "b.json~").write_text("an editor's")
    (root / "a" / "b copy.json").write_text("a person's")
    (root / "a" / "link").symlink_to("b.json")
    assert [entry.key for entry in store.listing("")] == ["a/b.json"]
