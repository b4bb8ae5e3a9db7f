"""A set is read back from where it lies: whatever of it was changed is found, and nothing is laid out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.backups.opening import BadSet, Opened
from edge.backups.proofs.readings import read_back
from mainstay.backups.sets import BackupSet, Piece
from mainstay.errors import StoreLost
from tests.doors.backups.dump_rig import CRM, Server
from tests.doors.backups.set_rig import Shelf
from tests.doors.faulty_s3 import Fault, faulty
from tests.doors.store_rig import place

PARTS = ("archives", "sums", "gone", "dump", "descriptor")


@pytest.fixture(scope="module")
def shelf(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A full set with a database, and an increment from which a file is gone."""
    made = Shelf.at(tmp_path_factory.mktemp("shelf"))
    (made.folder / "first").write_bytes(b"first" * 1000)
    (made.folder / "second").write_bytes(b"second" * 1000)
    parent = made.take(database=server.empty(*CRM).reference)
    (made.folder / "first").unlink()
    (made.folder / "third").write_bytes(b"third" * 1000)
    made.take("incremental", parent=parent)
    yield made


def opened(shelf: Shelf) -> Opened:
    return Opened(shelf.store, shelf.keys.proving_key(), shelf.home)


def piece_of(made: BackupSet, part: str) -> Piece:
    (folder,) = made.folders
    found = {
        "archives": folder.archives[0],
        "sums": folder.sums,
        "gone": folder.gone,
        "dump": made.database.piece if made.database else None,
        "descriptor": made.descriptor,
    }[part]
    assert found is not None
    return found


def test_a_set_as_it_was_written_is_read_back_whole_and_leaves_nothing(shelf: Shelf) -> None:
    before = sorted(shelf.home.rglob("*"))
    for made in shelf.taken:
        assert read_back(opened(shelf), made) == sum(piece.plain_bytes for piece in made.pieces)
    assert sorted(shelf.home.rglob("*")) == before


@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
@pytest.mark.parametrize("part", PARTS)
def test_whatever_was_changed_in_the_store_is_found_and_named(shelf: Shelf, part: str, how: str) -> None:
    made = shelf.taken[1] if part == "gone" else shelf.taken[0]
    piece = piece_of(made, part)
    file = Path(shelf.store.address) / piece.key
    file.chmod(0o600)
    data = file.read_bytes()
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(data[: len(data) // 2] if how == "cut" else data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
    try:
        with pytest.raises(BadSet, match=piece.key):
            read_back(opened(shelf), made)
    finally:
        file.write_bytes(data)
    assert read_back(opened(shelf), made)


def test_a_list_of_hashes_that_is_not_that_of_its_files_is_found(shelf: Shelf) -> None:
    """As somebody could have written it who has the public keys, or a fault of ours."""
    made = shelf.taken[0]
    (folder,), (other,) = made.folders, shelf.taken[1].folders
    mixed = replace(made, folders=(replace(folder, sums=other.sums),))
    with pytest.raises(BadSet, match="not what its list of hashes says"):
        read_back(opened(shelf), mixed)


def test_a_store_that_is_away_gives_no_verdict(tmp_path: Path) -> None:
    with place("s3", tmp_path) as address, faulty(address) as way:
        shelf = Shelf.at(tmp_path, way.address)
        (shelf.folder / "file").write_bytes(b"x" * 1_000_000)
        made = shelf.take()
        way.fails("GET", Fault.BUSY, times=9)
        with pytest.raises(StoreLost):
            read_back(opened(shelf), made)
