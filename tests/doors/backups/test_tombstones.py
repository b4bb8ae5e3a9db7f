"""Who comes first has the set, in each kind of store; and who may not delete is told so before anything is touched."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge import clock, machine
from edge.backups import catalogue
from edge.backups.copies.protecting import TRIAL_FOLDER
from edge.backups.keyring import keyring
from edge.backups.retention import holds, pruner, readers, removal
from edge.backups.retention.tombstones import Tombstones, TooLate
from edge.backups.stock import Stock
from edge.store import open_place
from edge.store.port import Store
from mainstay import keys, records
from mainstay.backups import sets
from mainstay.backups.listed import Hold
from mainstay.backups.retention.pruner import Pruner, PruningRecord
from mainstay.backups.retention.pruning import Tombstone
from mainstay.backups.sets import BackupSet, Begun, Piece
from mainstay.errors import BadInput, NotFromHere, Refused
from tests.doors import store_rig
from tests.doors.faulty_s3 import Fault, faulty

WHERE = ("shop", "production")


@pytest.fixture(params=store_rig.KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with store_rig.place(request.param, tmp_path) as address:
        yield open_place(address)


def a_set(store: Store, home: Path) -> str:
    id, now = sets.new_id("full", clock.now(), clock.new_nonce()), clock.now()
    catalogue.begin(store, *WHERE, Begun(id, "full", now, "anna", "main"))
    piece = Piece(sets.piece_key(*WHERE, id, "data"), 1, "a" * 64, 1)
    store.publish(piece.key, b"1")
    made = BackupSet(id, *WHERE, "full", now, now, now, "anna", None, None, piece)
    catalogue.publish(store, keyring(home).writer, made)
    return id


def condemned(store: Store, set: str) -> Tombstones:
    found = Tombstones(store, *WHERE)
    assert found.put(Tombstone(set, clock.now() - timedelta(days=2), ("why",)), None)
    return found


def test_what_goes_is_first_no_set_any_more_and_then_nothing(store: Store, tmp_path: Path) -> None:
    id, other = a_set(store, tmp_path), a_set(store, tmp_path)
    stones = condemned(store, id)
    standing = stones.of(id)
    assert standing is not None and removal.let_go(stones, standing)
    removal.remove(stones, id)
    removal.remove(stones, id)
    assert list(store.folders(sets.sets_folder(*WHERE))) == [other] and stones.marks() == {}


def test_a_hold_that_comes_first_keeps_the_set(store: Store, tmp_path: Path) -> None:
    id = a_set(store, tmp_path)
    stones = condemned(store, id)
    seen = stones.of(id)
    holds.hold(store, *WHERE, id, Hold("lawsuit", "anna"))
    assert seen is not None and not removal.let_go(stones, seen)
    assert stones.builds_on(id)


def test_a_hold_that_comes_second_is_told_and_leaves_nothing(store: Store, tmp_path: Path) -> None:
    id = a_set(store, tmp_path)
    stones = condemned(store, id)
    seen = stones.of(id)
    assert seen is not None and removal.let_go(stones, seen)
    with pytest.raises(TooLate, match="is being deleted"):
        holds.hold(store, *WHERE, id, Hold("lawsuit", "anna"))
    with pytest.raises(Refused):
        catalogue.secure(store, *WHERE, [id])
    assert holds.read_holds(store, *WHERE) == {}


def test_on_a_set_whose_tombstone_cannot_be_read_nobody_builds_and_others_are_taken(store: Store) -> None:
    """Nobody knows whether that set goes; it keeps no backup from being taken, nor one from being copied."""
    stones = Tombstones(store, *WHERE)
    store.publish(keys.tombstone(*WHERE, "torn"), b"half a tombst")
    assert not stones.builds_on("torn") and stones.builds_on("another")


def test_a_set_whose_tombstone_cannot_be_read_is_restored_and_others_are_spared_for_it(
    store: Store, tmp_path: Path
) -> None:
    id = a_set(store, tmp_path)
    stones = condemned(store, id)
    store.publish(keys.tombstone(*WHERE, "torn"), b"half a tombst")
    with readers.reading(store, *WHERE, ["torn", id], "restore", "anna"):
        assert readers.at_work(store, *WHERE) and stones.builds_on(id)


def test_of_two_pruners_that_saw_the_same_one_lets_it_go(store: Store, tmp_path: Path) -> None:
    id = a_set(store, tmp_path)
    stones = condemned(store, id)
    seen = stones.of(id)
    assert seen is not None
    assert stones.put(replace(seen.tombstone, since=clock.now()), seen)
    assert not removal.let_go(stones, seen)


def test_several_hold_one_set_and_each_is_released_by_name(store: Store, tmp_path: Path) -> None:
    id = a_set(store, tmp_path)
    first = holds.hold(store, *WHERE, id, Hold("lawsuit", "anna"))
    second = holds.hold(store, *WHERE, id, Hold("audit", "boris"))
    with pytest.raises(BadInput, match="Say which"):
        holds.release(store, *WHERE, id, "")
    assert holds.release(store, *WHERE, id, first.id).why == "lawsuit"
    assert holds.read_holds(store, *WHERE) == {id: (second,)}


def test_a_look_tells_all_there_is_and_a_later_one_what_is_new(store: Store, tmp_path: Path) -> None:
    ring, first = keyring(tmp_path), a_set(store, tmp_path)
    stock = Stock(store, store, ring.writer_public, *WHERE)
    assert [each.id for each in stock.look().sets] == [first]
    second = a_set(store, tmp_path)
    holds.hold(store, *WHERE, first, Hold("lawsuit", "anna"))
    condemned(store, second)
    found = stock.look()
    assert {each.id: bool(each.holds) for each in found.sets} == {first: True, second: False}
    assert found.tombstones[second].state == "condemned"
    Tombstones(store, *WHERE).spare([second])
    assert stock.look().tombstones[second].state == "pardoned"


def test_one_prunes_at_a_time_and_the_dead_make_way(store: Store) -> None:
    record, version = pruner.claim(store, *WHERE, "anna")
    with pytest.raises(Refused, match="is being pruned by anna"):
        pruner.claim(store, *WHERE, "boris")
    pruner.leave(store, *WHERE, record, version)
    dead = PruningRecord(Pruner("anna", machine.here(), 2**22 + 1, "long ago", clock.now()), clock.now())
    _, standing = pruner.read_record(store, *WHERE)
    store.swap(keys.pruning(*WHERE), records.encode(dead, nonce="1"), expected=standing)
    taken, _ = pruner.claim(store, *WHERE, "boris")
    assert taken.pruner is not None and taken.pruner.by == "boris" and taken.last == dead.last


def test_the_stores_time_is_asked_and_nothing_stays_of_that(store: Store) -> None:
    assert abs(pruner.store_time(store, *WHERE) - clock.now()) < timedelta(minutes=1)
    assert list(store.listing("")) == []


def test_a_reader_that_may_not_delete_keeps_nobody_when_it_is_done(tmp_path: Path) -> None:
    with store_rig.place("s3", tmp_path) as address, faulty(address) as way:
        store = open_place(way.address)
        with readers.reading(store, *WHERE, ["a-set"], "proof of a-set", "anna"):
            (said,) = readers.at_work(store, *WHERE)
            assert said.startswith("proof of a-set of anna since ")
            way.fails("DELETE", Fault.FORBIDDEN)
        assert len(list(store.listing("readings"))) == 1 and readers.at_work(store, *WHERE) == ()


def test_a_reader_that_may_not_write_reads_all_the_same(tmp_path: Path) -> None:
    with store_rig.place("s3", tmp_path) as address, faulty(address) as way:
        store = open_place(way.address)
        way.fails("PUT", Fault.FORBIDDEN)
        with readers.reading(store, *WHERE, ["a-set"], "restore of a-set", "anna"):
            assert readers.at_work(store, *WHERE) == ()


def test_who_may_write_and_not_delete_is_told_where_to_prune(tmp_path: Path) -> None:
    with store_rig.place("s3", tmp_path) as address, faulty(address) as way:
        store = open_place(way.address)
        way.fails("DELETE", Fault.FORBIDDEN)
        with pytest.raises(NotFromHere, match="Prune from another machine or with other credentials"):
            pruner.store_time(store, *WHERE)
        (left,) = store.listing("")
        assert left.key.startswith(f"{TRIAL_FOLDER}/"), "the lifecycle rule of docs/operating.md removes it"
