"""A bucket with Object Lock keeps what we write, also from us; one without it takes the same writes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from edge import clock
from edge.backups.copies import protecting
from edge.backups.keyring import keyring
from edge.backups.log.store import Shipping
from edge.store import open_place
from edge.store.port import Guarded, Store
from mainstay.backups.log.locked import LockedLog
from mainstay.backups.log.needed import Span
from mainstay.backups.log.places import lsn
from mainstay.backups.log.shipped import Log
from mainstay.backups.sets import BackupSet, Base, Piece
from mainstay.errors import StoreLost
from mainstay.store import MEBIBYTE
from tests.doors import store_rig
from tests.doors.backups.set_rig import Shelf
from tests.doors.faulty_s3 import Fault, faulty
from tests.doors.guarded_s3 import Owned, bucket

LONG = 9 * MEBIBYTE  # two parts


@pytest.fixture
def owned() -> Iterator[Owned]:
    with store_rig.environment(store_rig.CREDENTIALS), bucket(store_rig.s3_server(), locks=True) as made:
        yield made


def guarded(address: str) -> Guarded:
    store: Store = open_place(address)
    assert isinstance(store, Guarded)
    return store


def in_days(days: float) -> datetime:
    return (clock.now() + timedelta(days=days)).replace(microsecond=0)


def locked_set(owned: Owned, root: Path, until: datetime) -> tuple[Shelf, BackupSet]:
    shelf = Shelf.at(root, owned.address)
    shelf.store = protecting.locking(shelf.store, until)
    (shelf.folder / "file").write_bytes(b"x" * 1000)
    return shelf, shelf.take()


def untils(owned: Owned) -> set[datetime | None]:
    return {owned.retention(key)[1] for key in owned.all_keys()}


def test_all_of_a_set_is_locked_from_the_first_byte_on(owned: Owned, tmp_path: Path) -> None:
    until = in_days(2)
    locked_set(owned, tmp_path, until)
    assert len(owned.all_keys()) > 3 and untils(owned) == {until}


def test_what_is_locked_cannot_be_deleted_and_a_stranger_s_delete_only_hides_it(owned: Owned) -> None:
    store = guarded(owned.address)
    store.locking(in_days(2)).publish("a", b"1")
    (version,) = owned.versions("a")
    with pytest.raises(ClientError, match="AccessDenied"):
        owned.client.delete_object(Bucket=owned.name, Key="here/a", VersionId=version["VersionId"])
    store.delete("a")
    assert store.read("a") is None and len(owned.versions("a")) == 1


def test_a_long_object_is_locked_also_where_the_server_forgets_what_was_said_at_its_beginning(owned: Owned) -> None:
    store, until = guarded(owned.address), in_days(2)
    with store.locking(until).upload("long") as upload:
        upload.write(bytes(LONG))
        upload.commit()
    assert owned.retention("long") == ("GOVERNANCE", until)


def test_a_lock_is_made_longer_and_never_shorter(owned: Owned) -> None:
    store, later = guarded(owned.address), in_days(9)
    store.locking(in_days(2)).publish("a", b"1")
    store.lock("a", later)
    store.lock("a", in_days(1))
    assert store.locked_until("a") == later


def test_a_bucket_that_locks_beyond_all_rights_is_taken_at_its_word() -> None:
    with (
        store_rig.environment(store_rig.CREDENTIALS),
        bucket(store_rig.s3_server(), locks=True, mode="COMPLIANCE") as strict,
    ):
        guarded(strict.address).locking(in_days(2)).publish("a", b"1")
        assert strict.retention("a")[0] == "COMPLIANCE"


def test_a_bucket_without_locks_takes_the_same_writes() -> None:
    with store_rig.environment(store_rig.CREDENTIALS), bucket(store_rig.s3_server()) as plain:
        store = guarded(plain.address)
        store.locking(in_days(2)).publish("a", b"1")
        store.lock("a", in_days(3))
        assert not store.locks and store.locked_until("a") is None


def test_a_lock_that_was_made_longer_half_way_is_finished_by_the_next(owned: Owned, tmp_path: Path) -> None:
    _, made = locked_set(owned, tmp_path, in_days(2))
    later = in_days(30)
    with faulty(owned.address) as way:
        store = open_place(way.address)
        assert isinstance(store, Guarded)
        store.lock(made.pieces[0].key, later)
        way.fails("PUT", Fault.FORBIDDEN)
        with pytest.raises(StoreLost):
            protecting.prolong(store, made, later)
    assert later in untils(owned) and len(untils(owned)) == 2
    assert protecting.prolong(open_place(owned.address), made, later)
    assert untils(owned) == {later}
    assert not protecting.prolong(open_place(owned.address), made, later), "there is nothing left to do"


def test_a_directory_has_no_locks_and_nothing_is_done_there(tmp_path: Path) -> None:
    shelf = Shelf.at(tmp_path)
    made = shelf.take()
    assert not protecting.can_lock(shelf.store) and not protecting.prolong(shelf.store, made, in_days(9))


def needed(start: int, stop: int, until: datetime) -> dict[str, LockedLog]:
    piece = Piece("base", 1, "", 1)
    base = Base(piece, piece, "7300", 1, lsn(start), lsn(stop), "18.1", "18.1", segment_bytes=MEBIBYTE)
    return {"7300": LockedLog([(Span("a-set", base, start, stop), until)])}


def test_the_log_that_a_set_needs_is_locked_as_long_as_that(owned: Owned, tmp_path: Path) -> None:
    store, soon, later = guarded(owned.address), in_days(2), in_days(30)
    ring = keyring(tmp_path)
    ring.new_recovery_key()
    log = Log("shop", "production", "7300", MEBIBYTE)
    shipping = Shipping(store.locking(soon), log, ring)
    for number in range(4):
        shipping.whole(log.name(1, number * MEBIBYTE), bytes(MEBIBYTE), clock.now())
    shipping.partial(log.name(1, 4 * MEBIBYTE), bytes(100), 0, clock.now())
    assert untils(owned) == {soon}
    wanted = needed(MEBIBYTE + 5, 2 * MEBIBYTE + 5, later)
    assert protecting.prolong_log(store, "shop", "production", wanted) == 2
    longer = [key for key in owned.all_keys() if owned.retention(key)[1] == later]
    assert len(longer) == 4 and all(log.name(1, n * MEBIBYTE) in " ".join(longer) for n in (1, 2))
    assert protecting.prolong_log(store, "shop", "production", wanted) == 0, "there is nothing left to do"


def test_a_segment_whose_lock_broke_off_half_way_is_locked_by_the_next(owned: Owned, tmp_path: Path) -> None:
    ring, log, later = keyring(tmp_path), Log("shop", "production", "7300", MEBIBYTE), in_days(30)
    ring.new_recovery_key()
    shipped = Shipping(guarded(owned.address).locking(in_days(2)), log, ring).whole(
        log.name(1, 0), bytes(MEBIBYTE), clock.now()
    )
    guarded(owned.address).lock(shipped.piece.key, later)
    wanted = needed(0, 5, later)
    assert protecting.prolong_log(guarded(owned.address), "shop", "production", wanted) == 1
    assert untils(owned) == {later}
