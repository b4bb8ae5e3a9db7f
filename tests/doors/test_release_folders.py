"""A release stands in its folder whole, or not at all, whatever happens while it is placed."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge import durable
from edge.archives import pack
from edge.release_folders import forget, free_bytes, newest_first, place, placed, provide
from mainstay.errors import CommandFailed
from tests.doors import build_rig
from tests.small_disk import needs_root, small_disk

FILES = {"environment": "export KEY='one'\n", "web-blue.start": "#!/bin/sh\n", "web-blue.conf": "[program:x]\n"}


@pytest.fixture
def archive(tmp_path: Path) -> tuple[bytes, str]:
    source = tmp_path / "source"
    for number in range(300):
        path = source / f"folder{number % 7}" / f"file{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(10_000))
    out = io.BytesIO()
    digest = pack(source, ["."], out, at=datetime(2026, 11, 20, tzinfo=UTC)).digest
    return out.getvalue(), digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "releases" / "shop" / "production" / "9fceb02-1234"


def put(folder: Path, archive: tuple[bytes, str], files: dict[str, str] = FILES) -> None:
    place(folder, io.BytesIO(archive[0]), digest=archive[1], files=files)


def whole(folder: Path) -> bool:
    return len(list(folder.glob("app/*/*"))) == 300


def beside(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != "app"}


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.parent.glob(".*") if path.name != ".lock"]


def test_it_stands_with_its_files_that_nobody_else_reads(folder: Path, archive: tuple[bytes, str]) -> None:
    assert not placed(folder)
    put(folder, archive)
    assert placed(folder) and whole(folder) and beside(folder) == FILES
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert (modes["environment"], modes["web-blue.conf"], modes["web-blue.start"]) == (0o600, 0o600, 0o700)
    assert folder.stat().st_mode & 0o777 == 0o700 and leftovers(folder) == []


def test_placing_twice_is_placing_once(folder: Path, archive: tuple[bytes, str]) -> None:
    put(folder, archive)
    before = {path: path.stat().st_ino for path in folder.rglob("*")}
    put(folder, archive)
    assert {path: path.stat().st_ino for path in folder.rglob("*")} == before


def test_a_rotated_secret_replaces_the_old_one_and_nothing_else(folder: Path, archive: tuple[bytes, str]) -> None:
    put(folder, archive)
    before = {path: path.stat().st_ino for path in folder.rglob("*")}
    wanted = {**FILES, "environment": "export KEY='two'\n"}
    put(folder, archive, wanted)
    after = {path: path.stat().st_ino for path in folder.rglob("*")}
    assert beside(folder) == wanted
    assert {path.name for path in after if after[path] != before[path]} == {"environment"}


def test_what_is_no_longer_wanted_beside_it_is_gone_with_what_killed_writers_left(
    folder: Path, archive: tuple[bytes, str]
) -> None:
    put(folder, archive)
    (folder / ".environment.abc").write_text("half a secret")
    (folder / "web-blue.start").chmod(0o600)
    provide(folder, {"environment": "x", "web-blue.start": "#!/bin/sh\n"})
    assert beside(folder) == {"environment": "x", "web-blue.start": "#!/bin/sh\n"}
    assert (folder / "web-blue.start").stat().st_mode & 0o777 == 0o700


def test_an_archive_that_was_tampered_with_leaves_nothing(folder: Path, archive: tuple[bytes, str]) -> None:
    for spoiled in (archive[0][:-9], archive[0] + b"x", archive[0][:50_000] + b"x" + archive[0][50_001:]):
        with pytest.raises(CommandFailed, match=r"was not placed, .*not what was built"):
            put(folder, (spoiled, archive[1]))
        assert not folder.exists() and leftovers(folder) == []


def test_killed_anywhere_in_it_nothing_is_seen_and_the_next_one_cleans(
    folder: Path, archive: tuple[bytes, str], tmp_path: Path
) -> None:
    file = tmp_path / "archive"
    file.write_bytes(archive[0])
    found = [line.split() for line in build_rig.kill(12, 0.01, "place", str(folder), str(file), archive[1])]
    assert {seen for seen, _ in found} <= {"0", "300"}
    assert "1" in {left for _, left in found}, "nobody was killed in the middle"
    put(folder, archive)
    assert whole(folder) and leftovers(folder) == []


def test_many_at_once_are_all_right(folder: Path, archive: tuple[bytes, str]) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(put, folder, archive) for _ in range(8)]:
            done.result()
    assert whole(folder) and beside(folder) == FILES and leftovers(folder) == []


@needs_root
def test_a_full_disk_is_said_and_leaves_nothing(folder: Path, archive: tuple[bytes, str]) -> None:
    folder.parent.mkdir(parents=True)
    with small_disk(folder.parent, megabytes=2):
        with pytest.raises(CommandFailed, match=r"nothing of it is left there: the disk is full .*Free some room"):
            put(folder, archive)
        assert not folder.exists() and leftovers(folder) == []


def test_a_place_that_cannot_be_written_is_said(folder: Path, archive: tuple[bytes, str]) -> None:
    folder.parent.parent.mkdir(parents=True)
    folder.parent.write_text("a file")
    with pytest.raises(CommandFailed, match=r"was not placed, .* Mend that"):
        put(folder, archive)


def test_the_newest_comes_first_and_what_is_on_its_way_is_not_counted(tmp_path: Path) -> None:
    for number, name in enumerate(("one", "two", "three", ".four.abc", "five")):
        (tmp_path / name / ("app" if name != "five" else "other")).mkdir(parents=True)
        os.utime(tmp_path / name, (number, number))
    assert newest_first(tmp_path) == ("three", "two", "one")
    assert newest_first(tmp_path / "missing") == ()


def test_one_that_is_provided_for_again_is_the_newest(folder: Path, archive: tuple[bytes, str]) -> None:
    other = folder.with_name("other")
    put(other, archive)
    put(folder, archive)
    os.utime(other, (1, 1))
    put(other, archive)
    assert newest_first(folder.parent) == ("other", folder.name)


def test_a_forgotten_one_is_gone_at_once(folder: Path, archive: tuple[bytes, str]) -> None:
    put(folder, archive)
    forget(folder)
    forget(folder)
    assert newest_first(folder.parent) == () and leftovers(folder) == []


def test_room_is_told_also_of_a_folder_that_is_not_there_yet(folder: Path) -> None:
    assert free_bytes(folder) > 0


def test_names_that_would_leave_the_folder_are_our_own_mistake(folder: Path, archive: tuple[bytes, str]) -> None:
    for name in ("../evil", "a/b", "app", ".hidden"):
        with pytest.raises(ValueError, match="cannot be a file beside an artifact"):
            put(folder, archive, {name: "x"})
    assert not folder.exists() and newest_first(folder.parent) == ()


def test_a_tree_is_settled_file_by_file_where_the_system_cannot_be_asked_for_all(tmp_path: Path) -> None:
    """As on macOS. No test can cut the power; this one shows that nothing in a tree is stumbled over."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_text("x")
    (tmp_path / "a" / "link").symlink_to("nowhere")
    durable._settle_each(tmp_path)
    durable.settle_tree(tmp_path)
    with pytest.raises(FileNotFoundError):
        durable.settle_tree(tmp_path / "missing")
