"""A folder that becomes a file or a link, and back, while a set of it is taken: what was taken comes back."""

import random
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from edge.backups.files import trees
from mainstay.backups.sets import BackupSet, Kind
from mainstay.errors import FolderRestless
from tests.doors.backups.set_rig import FOLDER, Shelf, seen
from tests.doors.backups.test_backup_folders import disturb, fill

R = TypeVar("R")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf.at(tmp_path)
    for name in ("x", "other"):
        (shelf.folder / name / "deep").mkdir(parents=True)
        (shelf.folder / name / "inner").write_text(name)
    return shelf


def into_a_link(path: Path) -> None:
    shutil.rmtree(path)
    path.symlink_to("other")


def into_a_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("a file")


def into_a_folder(path: Path) -> None:
    path.unlink()
    (path / "deep").mkdir(parents=True)
    (path / "inner").write_text("came again")


@pytest.mark.parametrize("turn", [into_a_link, into_a_file])
def test_a_folder_that_turns_while_it_is_kept_does_not_spoil_the_set(
    shelf: Shelf, tmp_path: Path, turn: Callable[[Path], None]
) -> None:
    before = seen(shelf.folder / "x")
    taking, folder = shelf.begin()
    folder.read()
    turn(shelf.folder / "x")
    full = shelf.finish(taking, folder, "full")
    assert full.folders[0].restless == 1
    shelf.bring_back(full, tmp_path / "full")
    assert seen(tmp_path / "full" / FOLDER / "x") == before
    shelf.bring_back(shelf.take("incremental", parent=full), tmp_path / "next")
    assert seen(tmp_path / "next" / FOLDER) == seen(shelf.folder)


@pytest.mark.parametrize("turn", [into_a_link, into_a_file])
def test_a_folder_that_turns_and_turns_back_does_not_spoil_an_increment(
    shelf: Shelf, tmp_path: Path, turn: Callable[[Path], None]
) -> None:
    full = shelf.take()
    turn(shelf.folder / "x")
    taking, folder = shelf.begin("incremental", parent=full)
    folder.read()
    into_a_folder(shelf.folder / "x")
    shelf.bring_back(shelf.finish(taking, folder, "incremental", parent=full), tmp_path / "back")
    assert seen(tmp_path / "back" / FOLDER) == seen(shelf.folder)


@pytest.mark.parametrize("turn", [into_a_link, into_a_file])
def test_a_folder_that_is_none_any_more_when_it_is_read_is_not_kept(shelf: Shelf, turn: Callable[[Path], None]) -> None:
    """Even alone: what an earlier archive of this set laid out in it would be in its way."""
    marks = trees.look(shelf.folder).marks
    _, folder = shelf.begin()
    turn(shelf.folder / "x")
    with pytest.raises(FolderRestless, match="became something else while it was read: b'x'"):
        folder._keep([b"x"], marks)


@pytest.mark.parametrize("into", [Path.touch, partial(Path.symlink_to, target="other")], ids=["a file", "a link"])
def test_whatever_turns_at_any_instant_a_set_that_is_there_comes_back(
    shelf: Shelf, tmp_path: Path, into: Callable[[Path], None]
) -> None:
    """Also between two bytes: then what was read is not kept, and it is read again."""
    with turning(shelf.folder / "x", into):
        for number in range(20):
            taking, folder = shelf.begin()
            for read in (folder.read, folder.read):
                until_calm(read)
            finish = partial(shelf.finish, taking, folder, "full")
            shelf.bring_back(until_calm(finish), tmp_path / f"{number}")


def until_calm(read: Callable[[], R]) -> R:
    while True:
        try:
            return read()
        except FolderRestless:
            continue


@contextmanager
def turning(path: Path, into: Callable[[Path], None]) -> Iterator[None]:
    aside, over = path.with_name("aside"), threading.Event()

    def turn() -> None:
        while not over.is_set():
            path.rename(aside)
            into(path)
            path.unlink()
            aside.rename(path)

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_between_two_looks_each_set_comes_back(tmp_path: Path, seed: int) -> None:
    shelf, chance = Shelf.at(tmp_path), random.Random(seed)
    fill(shelf.folder)
    made: BackupSet | None = None
    for number in range(5):
        parent = made if chance.random() < 0.8 else None
        kind: Kind = "incremental" if parent else "full"
        taking, folder = shelf.begin(kind, parent=parent)
        for _ in range(2):
            folder.read()
            for _ in range(chance.randint(0, 6)):
                disturb(shelf.folder, chance)
        made = shelf.finish(taking, folder, kind, parent=parent)
        shelf.bring_back(made, tmp_path / f"{number}")
    shelf.bring_back(shelf.take("incremental", parent=made), tmp_path / "last")
    assert seen(tmp_path / "last" / FOLDER) == seen(shelf.folder)
