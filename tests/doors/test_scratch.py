"""Folders on their way: kept by their maker, whoever comes meanwhile, and removed when he is dead."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edge.scratch import discard, remove, scratch
from tests.doors.store_rig import ROOT

STAYS = """
import sys, pathlib, signal
from edge.scratch import scratch
with scratch(pathlib.Path(sys.argv[1]), "stays") as place:
    (place / "half").mkdir()
    (place / "half" / "file").write_text("x")
    (place / "half").chmod(0)
    print("begun", flush=True)
    signal.pause()
"""


def standing(parent: Path) -> list[str]:
    return [path.name.split(".")[1] for path in parent.glob(".*/")]


def test_it_is_gone_with_its_maker_also_when_he_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), scratch(tmp_path / "all", "one") as place:
        (place / "file").write_text("x")
        raise ZeroDivisionError
    assert standing(tmp_path / "all") == []


def test_what_is_renamed_stays(tmp_path: Path) -> None:
    with scratch(tmp_path / "all", "one") as place:
        place.rename(tmp_path / "all" / "one")
    assert (tmp_path / "all" / "one").is_dir() and standing(tmp_path / "all") == []


def test_a_living_makers_folder_is_left_alone_and_a_dead_ones_removed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", STAYS, str(tmp_path)]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE) as maker:
        assert maker.stdout is not None and maker.stdout.readline() == b"begun\n"
        with scratch(tmp_path, "other"):
            assert sorted(standing(tmp_path)) == ["other", "stays"]
        maker.kill()
    with scratch(tmp_path, "other"):
        assert standing(tmp_path) == ["other"]


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir(mode=0o500)
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "link").symlink_to(tmp_path / "kept")
    remove(tmp_path / "gone")
    assert not (tmp_path / "gone").exists() and (tmp_path / "kept").stat().st_mode & 0o777 == 0o500


def test_discarding_what_is_not_there_is_done_already(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    discard(tmp_path / "folder")
    discard(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []


def test_many_make_and_remove_at_once(tmp_path: Path) -> None:
    def one(number: int) -> None:
        with scratch(tmp_path, f"n{number}") as place:
            for inner in range(5):
                (place / f"inner{inner}").mkdir()
            if number % 2:
                place.rename(tmp_path / f"n{number}")
        discard(tmp_path / f"n{number}")

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(one, number) for number in range(200)]:
            done.result()
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_hidden_folders_of_a_person_are_left_alone(tmp_path: Path) -> None:
    """It may be in a folder of his that releases are unpacked, with a repository beside them."""
    for name in (".git", ".config.old", ".1234567890abcdef"):
        (tmp_path / name).mkdir()
    with scratch(tmp_path, "one"):
        pass
    assert {path.name for path in tmp_path.glob(".*/")} == {".git", ".config.old", ".1234567890abcdef"}
