"""Folders in which even their owner may not write come back, also to whoever is not root."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import folder
from tests.doors.backups.set_rig import FOLDER, Shelf, seen

NOBODY = 65534


@contextmanager
def as_nobody(root: Path) -> Iterator[None]:
    """Where we are root; else we are nobody much already."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(root, NOBODY, NOBODY)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def test_an_increment_is_laid_out_in_a_folder_that_is_shut() -> None:
    with folder() as root, as_nobody(root):
        shelf = Shelf.at(root)
        shut = shelf.folder / "shut"
        (shut / "deep").mkdir(parents=True)
        for name in ("stays", "goes", "deep/changes"):
            (shut / name).write_text(name)
        chmod(shut, 0o555)
        full = shelf.take()
        chmod(shut, 0o755)
        (shut / "goes").unlink()
        (shut / "deep" / "changes").write_text("changed")
        (shut / "comes").write_text("new")
        chmod(shut, 0o500)
        shelf.bring_back(shelf.take("incremental", parent=full), root / "back")
        assert seen(root / "back" / FOLDER) == seen(shelf.folder)


def chmod(shut: Path, mode: int) -> None:
    for each in (shut / "deep", shut)[:: -1 if mode & 0o200 else 1]:
        each.chmod(mode)
