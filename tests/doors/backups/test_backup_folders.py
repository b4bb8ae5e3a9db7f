"""A folder goes into a set and comes back as it was, whatever happens to it meanwhile."""

import os
import random
import subprocess
from pathlib import Path

import pytest

from edge import clock
from edge.backups.files import trees
from edge.backups.opening import BadSet
from mainstay.backups.files.scan import FRESH_SECONDS
from mainstay.errors import BadInput, CommandFailed, Refused, StoreLost
from tests.doors.backups.set_rig import FOLDER, Shelf, seen
from tests.doors.faulty_s3 import Fault, faulty
from tests.doors.store_rig import place
from tests.waiting import until


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf.at(tmp_path)


def fill(folder: Path) -> None:
    (folder / "a" / "deep").mkdir(parents=True)
    (folder / "a" / "deep" / "file").write_bytes(b"x" * 70_000)
    (folder / "empty").mkdir()
    (folder / "nothing").write_bytes(b"")
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o750)


def test_what_was_kept_comes_back_as_it_was(shelf: Shelf, tmp_path: Path) -> None:
    fill(shelf.folder)
    shelf.folder.chmod(0o751)
    laid = shelf.bring_back(shelf.take(), tmp_path / "back")
    assert seen(tmp_path / "back" / FOLDER) == seen(shelf.folder)
    assert laid.files == 3


def test_odd_names_come_back(shelf: Shelf, tmp_path: Path) -> None:
    names = [b"-dash", b"--help", b" space ", b"new\nline", b"back\\slash", b"\xff\xfe", "плохо".encode(), b"a" * 255]
    for name in names:
        (shelf.folder / os.fsdecode(name)).write_bytes(name)
    deep = shelf.folder / ("d" * 200) / ("e" * 200)
    deep.mkdir(parents=True)
    (deep / "file").write_text("deep")
    shelf.bring_back(shelf.take(), tmp_path / "back")
    assert seen(tmp_path / "back" / FOLDER) == seen(shelf.folder)


def test_links_holes_and_attributes_come_back(shelf: Shelf, tmp_path: Path) -> None:
    folder = shelf.folder
    (folder / "one").write_text("same")
    (folder / "two").hardlink_to(folder / "one")
    (folder / "away").symlink_to("/nowhere")
    with (folder / "holes").open("wb") as file:
        file.seek(40 << 20)
        file.write(b"end")
        file.truncate(60 << 20)
    (folder / "hole").touch()
    os.truncate(folder / "hole", 5 << 20)
    os.mkfifo(folder / "pipe")
    os.setxattr(folder / "one", "user.note", b"a\0b")
    shelf.bring_back(shelf.take(), tmp_path / "back")
    back = tmp_path / "back" / FOLDER
    assert seen(back) == seen(folder)
    assert (back / "one").stat().st_ino == (back / "two").stat().st_ino
    assert os.getxattr(back / "one", "user.note") == b"a\0b"
    assert (back / "holes").stat().st_blocks < 1000


def test_an_increment_holds_only_what_changed(shelf: Shelf, tmp_path: Path) -> None:
    fill(shelf.folder)
    old = shelf.folder / "old"
    old.write_bytes(random.Random(1).randbytes(3_000_000))
    settle(shelf.folder)
    full = shelf.take()
    (shelf.folder / "new").write_text("new")
    (shelf.folder / "nothing").unlink()
    more = shelf.take("incremental", parent=full)
    assert more.bytes < 20_000 < full.bytes
    shelf.bring_back(more, tmp_path / "back")
    assert seen(tmp_path / "back" / FOLDER) == seen(shelf.folder)
    shelf.bring_back(full, tmp_path / "before")
    assert (tmp_path / "before" / FOLDER / "nothing").exists() and not (tmp_path / "before" / FOLDER / "new").exists()


def test_an_increment_of_nothing_holds_no_archive(shelf: Shelf, tmp_path: Path) -> None:
    fill(shelf.folder)
    settle(shelf.folder)
    made = shelf.take("incremental", parent=shelf.take())
    assert (made.folders[0].archives, made.folders[0].sums, made.folders[0].gone) == ((), None, None)
    shelf.bring_back(made, tmp_path / "back")
    assert seen(tmp_path / "back" / FOLDER) == seen(shelf.folder)


def settle(folder: Path) -> None:
    """As if nothing had been written for a while: change times cannot be set, so the clock must go on."""
    newest = max(path.lstat().st_ctime for path in [folder, *folder.rglob("*")])
    until(lambda: clock.now().timestamp() > newest + FRESH_SECONDS + 0.1)


@pytest.mark.parametrize("seed", range(8))
def test_after_any_history_each_set_brings_back_its_own_moment(shelf: Shelf, tmp_path: Path, seed: int) -> None:
    chance, made, moments = random.Random(seed), None, []
    fill(shelf.folder)
    for _number in range(6):
        for _ in range(chance.randint(0, 6)):
            disturb(shelf.folder, chance)
        made = shelf.take("incremental" if made else "full", parent=made)
        moments.append((made, seen(shelf.folder)))
    for number, (each, moment) in enumerate(moments):
        shelf.bring_back(each, tmp_path / f"back-{number}")
        assert seen(tmp_path / f"back-{number}" / FOLDER) == moment


def disturb(folder: Path, chance: random.Random) -> None:
    """Also what makes a name something else: a file a folder, a folder a link."""
    there = [path for path in sorted(folder.rglob("*")) if os.path.lexists(path)]
    path = chance.choice([*there, folder / f"new-{chance.randrange(5)}"])
    if chance.random() < 0.6 and os.path.lexists(path):
        subprocess.run(["rm", "-rf", "--", str(path)], check=True)
    if os.path.lexists(path) or not path.parent.is_dir():
        return
    match chance.randrange(4):
        case 0:
            path.write_bytes(chance.randbytes(chance.randrange(5000)))
        case 1:
            path.mkdir()
            (path / "inner").write_text("inner")
        case 2:
            path.symlink_to(chance.choice(["a", "/etc", "nowhere"]))
        case _:
            path.write_text("same size")


def test_what_changes_while_it_is_read_is_in_the_set_as_it_is_afterwards(shelf: Shelf, tmp_path: Path) -> None:
    fill(shelf.folder)
    taking, folder = shelf.begin()
    folder.read()
    (shelf.folder / "run").write_text("changed after it was read")
    (shelf.folder / "late").write_text("came after it was read")
    (shelf.folder / "nothing").unlink()
    shelf.bring_back(shelf.finish(taking, folder, "full"), tmp_path / "back")
    back = tmp_path / "back" / FOLDER
    assert (back / "run").read_text() == "changed after it was read"
    assert (back / "late").read_text() == "came after it was read"
    assert (back / "nothing").exists(), "it was there at the moment, and the database may speak of it"


def test_what_was_there_at_the_moment_and_went_is_gone_from_the_next_set(shelf: Shelf, tmp_path: Path) -> None:
    fill(shelf.folder)
    taking, folder = shelf.begin()
    folder.read()
    (shelf.folder / "nothing").unlink()
    first = shelf.finish(taking, folder, "full")
    shelf.bring_back(shelf.take("incremental", parent=first), tmp_path / "back")
    assert not (tmp_path / "back" / FOLDER / "nothing").exists()


def test_files_that_vanish_while_they_are_read_break_nothing(shelf: Shelf, tmp_path: Path) -> None:
    fill(shelf.folder)
    names = [os.fsencode(path.relative_to(shelf.folder)) for path in sorted(shelf.folder.rglob("*"))]
    with trees.reading(shelf.folder, [*names, b"never-there"]) as reading:
        while reading.read():
            pass
        found = {member.name for member in reading.finish()}
    assert found == set(names)


def test_excluded_names_are_left_out(shelf: Shelf, tmp_path: Path) -> None:
    fill(shelf.folder)
    (shelf.folder / "a" / "x.tmp").touch()
    (shelf.folder / "cache").mkdir()
    (shelf.folder / "cache" / "big").touch()
    (shelf.folder / "a" / "cache").mkdir()
    shelf.excludes = ("*.tmp", "cache/*")
    shelf.bring_back(shelf.take(), tmp_path / "back")
    assert (
        not (tmp_path / "back" / FOLDER / "a" / "x.tmp").exists()
        and not (tmp_path / "back" / FOLDER / "cache" / "big").exists()
    )
    assert (tmp_path / "back" / FOLDER / "a" / "cache").exists()


@pytest.mark.parametrize("pattern", ["folder", "fold*", "/"])
def test_a_folder_that_is_called_as_what_is_left_out_is_kept(shelf: Shelf, tmp_path: Path, pattern: str) -> None:
    fill(shelf.folder)
    shelf.excludes = (pattern,)
    shelf.bring_back(shelf.take(), tmp_path / "back")
    assert seen(tmp_path / "back" / FOLDER) == seen(shelf.folder)


def test_a_folder_that_is_not_there_is_named(shelf: Shelf) -> None:
    shelf.folder.rmdir()
    with pytest.raises(BadInput, match="is not there"):
        shelf.take()
    assert not list(shelf.store.listing("sets"))


def test_a_place_where_something_is_stays_as_it_is(shelf: Shelf, tmp_path: Path) -> None:
    fill(shelf.folder)
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "precious").write_text("mine")
    made = shelf.take()
    with pytest.raises(Refused, match="is there already"):
        shelf.bring_back(made, tmp_path / "back")
    with pytest.raises(BadInput, match="is not there"):
        shelf.bring_back(made, tmp_path / "nowhere" / "back")
    for nowhere in ("x" * 250, "x" * 300, "zero\0byte"):
        with pytest.raises(BadInput, match="Name another place"):
            shelf.bring_back(made, tmp_path / nowhere)
    assert [path.name for path in (tmp_path / "back").iterdir()] == ["precious"]


def test_what_a_person_keeps_beside_it_is_not_touched(shelf: Shelf, tmp_path: Path) -> None:
    """Also hidden folders: those of a dead restore are known by their name, and by a lock that nobody holds."""
    fill(shelf.folder)
    made, beside = shelf.take(), tmp_path / "root"
    for name in (".ssh", ".back", ".back.old", ".other.0123456789abcdef", ".back.0123456789abcdef"):
        (beside / name).mkdir(parents=True)
    shelf.bring_back(made, beside / "back")
    assert sorted(path.name for path in beside.iterdir()) == [
        ".back", ".back.old", ".other.0123456789abcdef", ".ssh", "back",
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["flipped", "cut", "gone", "another's"])
def test_an_archive_that_was_tampered_with_brings_back_nothing(shelf: Shelf, tmp_path: Path, how: str) -> None:
    fill(shelf.folder)
    made, other = shelf.take(), shelf.take()
    piece, file = made.folders[0].archives[0], tmp_path / "store" / made.folders[0].archives[0].key
    data = bytearray(file.read_bytes())
    file.chmod(0o600)
    if how == "gone":
        file.unlink()
    elif how == "flipped":
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    elif how == "cut":
        file.write_bytes(data[: piece.bytes // 2])
    else:
        file.write_bytes((tmp_path / "store" / other.folders[0].archives[0].key).read_bytes())
    with pytest.raises(BadSet, match="is not what was written there"):
        shelf.bring_back(made, tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert not [path for path in tmp_path.iterdir() if "back" in path.name]


def test_a_reader_that_dies_leaves_no_piece(shelf: Shelf) -> None:
    fill(shelf.folder)
    (shelf.folder / "big").write_bytes(os.urandom(8 << 20))
    taking, _ = shelf.begin()
    with trees.reading(shelf.folder, [b"big", b"run"]) as reading:
        reading.read(1024)
        subprocess.run(["pkill", "-KILL", "-P", str(os.getpid()), "-x", "tar"], check=True)
        with pytest.raises(CommandFailed, match="broke off"):
            taking.keep("files.tar.zst.age", reading, reading.finish)
    assert not list(shelf.store.listing("sets"))


def test_a_reading_that_was_broken_off_and_done_again_brings_back_nothing_that_went(tmp_path: Path) -> None:
    """The step is tried again when the store was away for a moment."""
    with place("s3", tmp_path) as address, faulty(address) as way:
        shelf = Shelf.at(tmp_path, way.address)
        fill(shelf.folder)
        full = shelf.take()
        (shelf.folder / "nothing").unlink()
        (shelf.folder / "new").write_text("new")
        taking, folder = shelf.begin("incremental", parent=full)
        way.fails("PUT", Fault.FORBIDDEN, times=5)
        with pytest.raises(StoreLost):
            folder.read()
        way.forgives()
        folder.read()
        made = shelf.finish(taking, folder, "incremental", parent=full)
        shelf.bring_back(made, tmp_path / "back")
        assert seen(tmp_path / "back" / FOLDER) == seen(shelf.folder)
        assert len(made.folders[0].archives) <= 2  # before the moment, and what is too fresh to be trusted after it


def test_a_store_inside_of_what_is_backed_up_is_refused_also_behind_a_link(tmp_path: Path) -> None:
    folder, beside = tmp_path / "folder", tmp_path / "beside"
    folder.mkdir()
    beside.symlink_to(folder)
    for inside in (folder, folder / "backups", beside / "backups"):
        with pytest.raises(BadInput, match=r"lies inside of .*Name another place"):
            trees.refuse_store_inside(folder, str(inside))
    for outside in (tmp_path / "folder-2", tmp_path, "s3://bucket/folder"):
        trees.refuse_store_inside(folder, str(outside))
