"""A folder that becomes a file or a link, and back, while a set of it is taken: what was taken comes back."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from mainstay.errors import FolderRestless
from tests.doors.backups.set_rig import FOLDER, Shelf, seen

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


def test_whatever_turns_at_any_instant_a_set_that_is_there_comes_back(shelf: Shelf, tmp_path: Path) -> None:
    """Also between two bytes: then what was read is not kept, and it is read again."""
    with turning(shelf.folder / "x"):
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
def turning(path: Path) -> Iterator[None]:
    aside, over = path.with_name("aside"), threading.Event()

    def turn() -> None:
        while not over.is_set():
            path.rename(aside)
            path.symlink_to("other")
            path.unlink()
            aside.rename(path)

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
