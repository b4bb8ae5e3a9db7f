"""Lists of hashes that sha256sum reads, whatever is in a name."""

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from mainstay.backups.sums import UnreadableSums, read, written

NAMES = [
    b"a",
    b"new\nline",
    b"back\\slash",
    b"\\n",
    b"car\rriage",
    b"\xff\xfe",
    "имя".encode(),
    b" space ",
    b"tab\x0b\x85",
    b"-",
    b"*",
]
SUMS = [(name, sha256(name).hexdigest()) for name in NAMES]


def test_what_was_written_is_read_again() -> None:
    assert list(read(written(SUMS))) == SUMS


def test_sha256sum_itself_reads_it(tmp_path: Path) -> None:
    import os

    for name in NAMES:
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    (tmp_path / "list").write_bytes(written(SUMS))
    checked = subprocess.run(["sha256sum", "--check", "--strict", "list"], cwd=tmp_path, capture_output=True)
    assert checked.returncode == 0, checked.stderr
    (tmp_path / "a").write_text("changed")
    assert subprocess.run(["sha256sum", "--check", "list"], cwd=tmp_path, capture_output=True).returncode == 1


def test_what_is_no_such_list_is_refused() -> None:
    with pytest.raises(UnreadableSums):
        list(read(b"hello\n"))
