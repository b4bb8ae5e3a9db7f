"""A second store gets sets as they are: whole, or not at all, whoever dies on the way and whatever is damaged."""

import random
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge import clock
from edge.backups import catalogue
from edge.backups.copies import carrying
from edge.backups.copies.carrying import BadCopy
from edge.backups.log.store import Shipping
from edge.backups.opening import BadSet, Opened
from edge.backups.taking import Taking
from edge.store import open_place
from edge.store.port import Store
from mainstay.backups import sets
from mainstay.backups.copies.lacking import Lacking
from mainstay.backups.log.shipped import SIGNED, Log
from mainstay.backups.restores import layers
from mainstay.backups.sets import BackupSet, Point, Proof
from mainstay.store import MEBIBYTE
from tests.doors import store_rig
from tests.doors.backups.prune_rig import Disturbed
from tests.doors.backups.set_copier import bring, copier, ended
from tests.doors.backups.set_rig import ENVIRONMENT, FOLDER, SYSTEM, Shelf, seen

FOLDER_OF_SETS = sets.sets_folder(SYSTEM, ENVIRONMENT)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A full set, and an increment on it."""
    shelf = Shelf.at(tmp_path)
    (shelf.folder / "file").write_bytes(random.Random(1).randbytes(100_000))
    first = shelf.take()
    (shelf.folder / "more").write_bytes(b"more")
    shelf.take("incremental", parent=first)
    return shelf


@pytest.fixture(params=store_rig.KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    (tmp_path / "second").mkdir()
    with store_rig.place(request.param, tmp_path / "second") as address:
        yield address


def listed(store: Store) -> dict[str, int]:
    return {each.key: each.size for each in store.listing(FOLDER_OF_SETS) if not each.key.endswith("begun.json")}


def whole(shelf: Shelf, store: Store) -> list[str]:
    """The ids of the sets that somebody who finds this store would trust; all of them is there."""
    found = catalogue.read_catalogue(store, shelf.keys.writer_public, SYSTEM, ENVIRONMENT)
    assert not found.strange
    there = {each.key: each.size for each in store.listing(FOLDER_OF_SETS)}
    assert all(sets.complete(each.set, there, clock.now()).good for each in found.kept)
    return [each.set.id for each in reversed(found.kept)]


def bring_first(shelf: Shelf, copy: Store) -> None:
    made = shelf.taken[0]
    carrying.bring_set(shelf.store, copy, shelf.keys.writer_public, Lacking(made, made.pieces), lambda _bytes: None)


def file_of(shelf: Shelf, made: BackupSet) -> Path:
    return Path(shelf.store.address) / max(made.pieces, key=lambda each: each.bytes).key


def test_a_copy_is_the_same_bytes_and_is_restored_without_the_first_store(
    shelf: Shelf, address: str, tmp_path: Path
) -> None:
    copy = open_place(address)
    assert bring(shelf.home, shelf.store, copy) == 2
    assert listed(copy) == listed(shelf.store)
    assert whole(shelf, copy) == [each.id for each in shelf.taken]
    opened = Opened(copy, shelf.keys.proving_key(), shelf.home)
    opened.lay_out(layers(shelf.taken, FOLDER), tmp_path / "back")
    assert seen(tmp_path / "back") == seen(shelf.folder)


def test_a_piece_of_several_parts_is_the_same_bytes_too(address: str, tmp_path: Path) -> None:
    shelf = Shelf.at(tmp_path)
    (shelf.folder / "long").write_bytes(random.Random(2).randbytes(9 * MEBIBYTE))
    shelf.take()
    copy = open_place(address)
    bring_first(shelf, copy)
    for piece in shelf.taken[0].pieces:
        with shelf.store.open(piece.key) as first, copy.open(piece.key) as second:
            assert first.read() == second.read()


def test_what_is_there_is_not_brought_again(shelf: Shelf, address: str) -> None:
    copy = open_place(address)
    bring(shelf.home, shelf.store, copy)
    assert bring(shelf.home, shelf.store, copy) == 0


def test_a_copier_may_be_killed_at_every_step_and_no_half_set_is_ever_there(shelf: Shelf, address: str) -> None:
    copy, step, exit = open_place(address), 0, -signal.SIGKILL
    while exit != 0:
        exit = ended(copier(shelf.home, shelf.store.address, address, dies_at=step))
        assert exit in (0, -signal.SIGKILL)
        found = whole(shelf, copy)
        assert found == [each.id for each in shelf.taken][: len(found)], "what a set stands on comes first"
        step += 1
    assert step > 5 and whole(shelf, copy) == [each.id for each in shelf.taken]


def test_two_copiers_at_once_leave_one_whole_copy(shelf: Shelf, address: str) -> None:
    running = [copier(shelf.home, shelf.store.address, address) for _ in range(2)]
    assert [ended(each) for each in running] == [0, 0]
    copy = open_place(address)
    assert whole(shelf, copy) == [each.id for each in shelf.taken] and listed(copy) == listed(shelf.store)


@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_a_set_that_is_damaged_is_never_copied_as_a_good_one(shelf: Shelf, address: str, damage: str) -> None:
    copy, file = open_place(address), file_of(shelf, shelf.taken[0])
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.unlink()
    if damage != "gone":
        file.write_bytes(data if damage == "changed" else data[:-1])
    with pytest.raises(BadSet, match=r"is not what was written there|Nothing stands under"):
        bring_first(shelf, copy)
    assert whole(shelf, copy) == []
    assert not any(each.key.endswith(file.name) for each in copy.listing("")), "nothing of what is damaged is kept"


def test_what_stands_in_the_copy_is_never_written_over(shelf: Shelf, address: str) -> None:
    copy, made = open_place(address), shelf.taken[0]
    copy.publish(sets.piece_key(SYSTEM, ENVIRONMENT, made.id, sets.MANIFEST), b"a stranger's")
    with pytest.raises(BadCopy, match="stands something else than in the first store"):
        bring_first(shelf, copy)
    found = copy.read(sets.piece_key(SYSTEM, ENVIRONMENT, made.id, sets.MANIFEST))
    assert found is not None and found.data == b"a stranger's"


def test_a_copied_set_is_known_to_be_complete_there(shelf: Shelf, address: str) -> None:
    copy = open_place(address)
    bring_first(shelf, copy)
    proofs = catalogue.read_proofs(copy, SYSTEM, ENVIRONMENT, shelf.taken[0].id)
    assert [(each.level, each.good) for each in proofs] == [(1, True)]


def test_what_speaks_well_of_a_set_comes_along_and_what_speaks_of_the_first_store_does_not(
    shelf: Shelf, address: str
) -> None:
    copy, id, at = open_place(address), shelf.taken[0].id, clock.now()
    for good, level in ((True, 3), (False, 2)):
        proof = Proof(id, level, good, "said", at + timedelta(seconds=level))
        catalogue.record_proof(shelf.store, SYSTEM, ENVIRONMENT, proof)
    bring_first(shelf, copy)
    keys = [each.key for each in shelf.store.listing("proofs")]
    assert carrying.bring_proofs(shelf.store, copy, keys) == 1
    found = catalogue.read_proofs(copy, SYSTEM, ENVIRONMENT, id)
    assert sets.level_reached(found) == 3
    assert sets.level_reached(catalogue.read_proofs(shelf.store, SYSTEM, ENVIRONMENT, id)) == 3


def test_what_stands_on_the_log_is_not_proven_in_a_copy_that_may_lack_it(shelf: Shelf, address: str) -> None:
    copy, at = open_place(address), clock.now()
    alone, on_the_log = shelf.taken[0], on_a_point(shelf)
    for made in (alone, on_the_log):
        carrying.bring_set(shelf.store, copy, shelf.keys.writer_public, Lacking(made, made.pieces), lambda _bytes: None)
        catalogue.record_proof(shelf.store, SYSTEM, ENVIRONMENT, Proof(made.id, 3, True, "restored", at))
    proofs = [each.key for each in shelf.store.listing("proofs")]
    ids = [each.id for each in (alone, on_the_log)]
    without_log = carrying.need_log(copy, shelf.keys.writer_public, SYSTEM, ENVIRONMENT, ids)
    assert carrying.bring_proofs(shelf.store, copy, proofs, without_log) == 1
    reached = [sets.level_reached(catalogue.read_proofs(copy, SYSTEM, ENVIRONMENT, id)) for id in ids]
    assert reached == [3, 1]
    assert carrying.bring_proofs(shelf.store, copy, proofs) == 1, "when the log is there, its proof comes too"


def on_a_point(shelf: Shelf) -> BackupSet:
    """A set that is nothing without the log."""
    id = sets.new_id("database", clock.now(), clock.new_nonce())
    taking = Taking(shelf.store, SYSTEM, ENVIRONMENT, id, clock.now(), shelf.keys.sealed_to())
    descriptor, point = taking.small("descriptor.yaml", b"name: shop\n"), Point("p", "7", 1, "0/1000000", "base")
    made = replace(shelf.taken[0], id=id, kind="database", descriptor=descriptor, folders=(), point=point)
    catalogue.publish(shelf.store, shelf.keys.writer, made)
    return made


def test_of_the_log_a_copy_lacks_the_records_that_are_not_in_it(shelf: Shelf, address: str) -> None:
    copy = open_place(address)
    key = logged(shelf, "0000000100000000000000A1", b"log")
    assert [*carrying.lacking_log(shelf.store, copy, SYSTEM, ENVIRONMENT)] == [key]
    assert not bring_log(shelf, copy, [key])
    assert not carrying.lacking_log(shelf.store, copy, SYSTEM, ENVIRONMENT)


def test_of_the_log_a_record_comes_after_its_piece_and_only_if_both_are_what_was_signed(
    shelf: Shelf, address: str
) -> None:
    copy, first = open_place(address), shelf.store
    good, forged, damaged = (logged(shelf, f"0000000100000000000000A{n}", b"log" * n) for n in (1, 2, 3))
    Path(first.address, forged).write_bytes(b'{"value": {}}\nno signature')
    Path(first.address, sealed(shelf, damaged)).write_bytes(b"other")
    said = bring_log(shelf, copy, [each.key for each in first.listing("wal")])
    assert len(said) == 2 and all("was not copied" in each for each in said)
    assert [each.key for each in copy.listing("wal")] == [sealed(shelf, good), good]
    assert not list(carrying.bring_log(first, copy, shelf.keys.writer_public, SYSTEM, ENVIRONMENT, [good], {good: 1}))


def test_a_record_of_the_log_under_another_name_is_not_copied(shelf: Shelf, address: str) -> None:
    copy, key = open_place(address), logged(shelf, "0000000100000000000000A1", b"log")
    found, other = shelf.store.read(key), key.replace("A1.signed", "A2.signed")
    assert found is not None
    shelf.store.publish(other, found.data)
    (said,) = bring_log(shelf, copy, [other])
    assert "it is the record of 0000000100000000000000A1" in said and not list(copy.listing("wal"))


def test_log_that_is_pruned_while_it_is_brought_is_not_called_damaged(shelf: Shelf, tmp_path: Path) -> None:
    copy, key = open_place(str(tmp_path / "second")), logged(shelf, "0000000100000000000000A1", b"log")
    pruned = iter([(), (key, sealed(shelf, key))])  # when the record was read, before its piece is

    def meanwhile() -> None:
        for gone in next(pruned, ()):
            shelf.store.delete(gone)

    first, public = Disturbed(shelf.store, meanwhile), shelf.keys.writer_public
    assert list(carrying.bring_log(first, copy, public, SYSTEM, ENVIRONMENT, [key], {})) == []
    assert next(pruned, None) is None and not list(copy.listing("wal"))


def bring_log(shelf: Shelf, copy: Store, there: list[str]) -> list[str]:
    return list(carrying.bring_log(shelf.store, copy, shelf.keys.writer_public, SYSTEM, ENVIRONMENT, there, {}))


def logged(shelf: Shelf, name: str, data: bytes) -> str:
    """The record of a whole segment, of a cluster that has short ones."""
    log = Log(SYSTEM, ENVIRONMENT, "7", MEBIBYTE)
    Shipping(shelf.store, log, shelf.keys).whole(name, data.ljust(MEBIBYTE, b"-"), clock.now())
    return log.whole_key(name)


def sealed(shelf: Shelf, record: str) -> str:
    """Its piece."""
    pieces = (each.key for each in shelf.store.listing("wal") if not each.key.endswith(SIGNED))
    return next(key for key in pieces if key.startswith(record.removesuffix(SIGNED)))


def test_one_copies_at_a_time_and_a_dead_one_is_in_nobody_s_way(shelf: Shelf) -> None:
    with (
        carrying.alone(shelf.home, SYSTEM, ENVIRONMENT) as first,
        carrying.alone(shelf.home, SYSTEM, ENVIRONMENT) as second,
    ):
        assert (first, second) == (True, False)
    with carrying.alone(shelf.home, SYSTEM, ENVIRONMENT) as again:
        assert again


def test_when_it_last_lacked_nothing_is_remembered_until_there_is_another_place(tmp_path: Path) -> None:
    store = open_place(str(tmp_path / "store"))
    carrying.remember(store, SYSTEM, ENVIRONMENT, "s3://copy", whole=True)
    before = carrying.recall(store, SYSTEM, ENVIRONMENT)
    carrying.remember(store, SYSTEM, ENVIRONMENT, "s3://copy", whole=False)
    after = carrying.recall(store, SYSTEM, ENVIRONMENT)
    assert before is not None and after is not None and after.whole_at == before.whole_at == before.at
    carrying.remember(store, SYSTEM, ENVIRONMENT, "s3://other", whole=False)
    elsewhere = carrying.recall(store, SYSTEM, ENVIRONMENT)
    assert elsewhere is not None and elsewhere.whole_at is None
