"""Whose a directory is: one machine's, one user's, and never what was somebody else's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge import processes
from edge.store import open_place
from mainstay.errors import BadInput, StoreRefused
from tests.doors import store_rig

WRITE = "import sys; from edge.store import open_place; open_place(sys.argv[1]).publish('a/b', bytes(1 << 22))"


def drafts_in(root: Path) -> list[Path]:
    return list((root / ".drafts").iterdir())


def as_nobody(code: str, *words: str) -> str:
    """Run as a user who is not root: root may write everywhere."""
    argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c", code, *words]
    done = subprocess.run(argv, cwd=store_rig.ROOT, capture_output=True, text=True, timeout=60)
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "home" / "store"


def test_everything_in_it_is_for_its_owner_alone(root: Path) -> None:
    store = open_place(str(root))
    store.publish("a/b/c", b"x")
    store.swap("a/s", b"x", expected=None)
    with store.upload("a/u") as upload:
        upload.commit()
    found = [root.parent, root, *root.rglob("*")]
    assert {oct(path.stat().st_mode & 0o777) for path in found if path.is_dir()} == {"0o700"}
    assert {oct(path.stat().st_mode & 0o777) for path in found if path.is_file()} == {"0o600"}


def test_another_machine_is_refused_and_told_the_way(root: Path) -> None:
    open_place(str(root))
    (root / ".store.json").write_text('{"format": 1, "machine": "0123456789abcdef"}')
    with pytest.raises(StoreRefused, match=r"another machine \(0123456789abcdef;.*s3://.*echo") as refused:
        open_place(str(root))
    command = str(refused.value).partition("uses it: ")[2]
    assert processes.run(["sh", "-c", command], deadline_seconds=5).exit == 0
    open_place(str(root))


def test_a_folder_of_somebody_else_is_left_alone(root: Path) -> None:
    root.mkdir(parents=True)
    (root / "thesis.doc").write_text("precious")
    with pytest.raises(StoreRefused, match=r"not empty \(it holds thesis\.doc\)"):
        open_place(str(root))
    assert [path.name for path in root.iterdir()] == ["thesis.doc"]


def test_an_unreadable_mark_is_refused(root: Path) -> None:
    open_place(str(root))
    (root / ".store.json").write_text("")
    with pytest.raises(StoreRefused, match="does not say whose"):
        open_place(str(root))


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreRefused, match="is a file"):
        open_place(str(tmp_path / "file"))


def test_sixteen_processes_may_take_a_new_directory_at_once(root: Path) -> None:
    code = "import sys; from edge.store import open_place; open_place(sys.argv[1])"
    argv = [sys.executable, "-c", code, str(root)]
    running = [subprocess.Popen(argv, cwd=store_rig.ROOT) for _ in range(16)]
    assert [process.wait() for process in running] == [0] * 16
    assert drafts_in(root) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_directory_we_may_not_use_is_refused(tmp_path: Path) -> None:
    tmp_path.parent.chmod(0o755)
    tmp_path.chmod(0o755)
    assert "StoreRefused" in as_nobody(WRITE, str(tmp_path / "store"))


def test_a_relative_path_is_bad_input() -> None:
    with pytest.raises(BadInput, match="absolute"):
        open_place("store")


def test_the_directory_door_does_not_load_boto3(root: Path) -> None:
    code = "import sys; from edge.store import open_place; open_place(sys.argv[1]); print('boto3' in sys.modules)"
    assert processes.run([sys.executable, "-c", code, str(root)], deadline_seconds=20).text.strip() == "False"
