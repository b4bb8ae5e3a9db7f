"""What this machine remembers of the newest sets: as long as one may be a parent, and only as it was."""

from pathlib import Path

from edge.backups.files import indexes
from edge.backups.files.indexes import Index
from tests.doors.backups.set_rig import ENVIRONMENT, FOLDER, SYSTEM


def test_what_a_set_held_is_forgotten_when_a_later_one_is_there_and_not_before(tmp_path: Path) -> None:
    """Two may be taken at once, and the one that began first end last."""
    for id in ("1-full", "2-files", "3-incremental"):
        indexes.remember(tmp_path, SYSTEM, ENVIRONMENT, id, FOLDER, Index({b"a": b"mark"}, {b"a": "0" * 64}))
    indexes.forget_older(tmp_path, SYSTEM, ENVIRONMENT, "2-files")
    known = [
        id for id in ("1-full", "2-files", "3-incremental") if indexes.knows(tmp_path, SYSTEM, ENVIRONMENT, id, FOLDER)
    ]
    assert known == ["2-files", "3-incremental"]


def test_a_damaged_memory_is_none(tmp_path: Path) -> None:
    indexes.remember(tmp_path, SYSTEM, ENVIRONMENT, "1", FOLDER, Index({b"a": b"m", b"b\n": b"n"}, {b"a": "0" * 64}))
    found = indexes.recall(tmp_path, SYSTEM, ENVIRONMENT, "1", FOLDER)
    assert found is not None and (dict(found.marks), found.sums[b"a"]) == ({b"a": b"m", b"b\n": b"n"}, "0" * 64)
    (file,) = tmp_path.rglob("1.*")
    file.write_bytes(file.read_bytes()[:-1])
    assert indexes.recall(tmp_path, SYSTEM, ENVIRONMENT, "1", FOLDER) is None
