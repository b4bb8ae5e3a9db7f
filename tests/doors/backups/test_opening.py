"""What stands in the way of opening a set says nothing against the set."""

import os
import subprocess
import threading
from io import BytesIO
from pathlib import Path

import pytest

from edge.backups.files import trees
from edge.backups.opening import BadSet, Opened, fresh
from mainstay.backups.restores import Layer
from mainstay.errors import CommandFailed, MainstayError, Refused, StoreLost
from tests.doors.backups.set_rig import Shelf
from tests.doors.faulty_s3 import Fault, faulty
from tests.doors.store_rig import place
from tests.small_disk import needs_root, small_disk


def opened(shelf: Shelf, into: Path) -> MainstayError:
    (made,) = shelf.taken
    with pytest.raises(MainstayError) as reason:
        Opened(shelf.store, shelf.keys.proving_key(), shelf.home).lay_out([Layer(made.id, made.folders[0])], into)
    return reason.value


def taken(root: Path, address: str | None = None) -> Shelf:
    shelf = Shelf.at(root, address)
    (shelf.folder / "file").write_bytes(b"x" * 8_000_000)
    shelf.take()
    return shelf


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.FORBIDDEN, Fault.CUT], ids=lambda fault: fault.name)
def test_a_store_that_is_away_refutes_no_set(tmp_path: Path, fault: Fault) -> None:
    with place("s3", tmp_path) as address, faulty(address) as way:
        shelf = taken(tmp_path, way.address)
        way.fails("GET", fault, times=9)
        found = opened(shelf, tmp_path / "back")
    assert isinstance(found, StoreLost) and not isinstance(found, BadSet)


@needs_root
def test_a_disk_that_is_full_refutes_no_set(tmp_path: Path) -> None:
    shelf = taken(tmp_path)
    with small_disk(tmp_path / "small", megabytes=4):
        found = opened(shelf, tmp_path / "small" / "back")
    assert isinstance(found, CommandFailed) and "See whether its disk has room" in str(found)


def test_a_laying_out_whose_tar_dies_is_told_and_nothing_of_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(trees.CHUNK_BYTES * trees.BEHIND * 3))
    told = subprocess.run(
        ["tar", "--create", "--format=posix", f"--directory={tmp_path}", "big"], stdout=-1, check=True
    )
    (tmp_path / "into").mkdir()
    before = threading.enumerate()
    with (
        pytest.raises(CommandFailed, match=r"Laying out in .*/into broke off"),
        trees.laying(tmp_path / "into") as laying,
    ):
        subprocess.run(["pkill", "-KILL", "-P", str(os.getpid()), "-x", "tar"], check=True)
        trees.unpacked(BytesIO(told.stdout), laying)
    assert threading.enumerate() == before


def test_what_somebody_else_made_there_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    into = tmp_path / "back"
    with pytest.raises(Refused, match="was made by somebody else meanwhile"), fresh(into) as place:
        (place / "ours").touch()
        into.mkdir()
        (into / "theirs").touch()
    assert [each.name for each in into.iterdir()] == ["theirs"] and list(tmp_path.iterdir()) == [into]
