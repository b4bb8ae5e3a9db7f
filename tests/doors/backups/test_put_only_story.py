"""The steps of a backup, its copy and its locks, as flows take them, with the rights to put, get and list alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge import clock
from edge.backups import catalogue
from edge.backups.copies import protecting
from edge.backups.keyring import keyring
from edge.backups.log.store import Shipping
from edge.settings import read_settings
from edge.store import open_backups, open_store
from mainstay.backups.bases.base import Physical
from mainstay.backups.copies.locks import Lock
from mainstay.backups.copies.protection import Protection
from mainstay.backups.log.places import lsn
from mainstay.backups.log.shipped import Log
from mainstay.backups.sets import BackupSet, Base
from mainstay.store import MEBIBYTE
from tasks.backups.copies import bring_proofs_and_holds, bring_set, observe_copy
from tasks.backups.protection import Prolonged, observe_locks, prolong_locks, stores_of_sets, try_to_delete
from tasks.backups.sets import (
    Parts,
    begin_set,
    keep_files,
    keep_files_again,
    mark_moment,
    observe_what_to_keep,
    open_folders,
    prove_complete,
    publish_set,
)
from tests.doors.guarded_s3 import PUT_ONLY, Owned, Strict, strict_server
from tests.doors.store_rig import environment
from tests.knows.small_shop import SHOP

WHERE = ("shop", "production")


@pytest.fixture(scope="module")
def server() -> Iterator[Strict]:
    with strict_server() as made:
        yield made


@pytest.fixture
def owned(server: Strict) -> Iterator[Owned]:
    with server.bucket_for(PUT_ONLY, locks=True) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A system with a folder that is kept. Where its sets go, each test says."""
    home, kept = tmp_path / "home", tmp_path / "uploads"
    (home / "systems").mkdir(parents=True)
    (home / "systems" / "shop.yaml").write_text(f"{SHOP}files: {{uploads: {{path: '{kept}/{{environment}}'}}}}\n")
    (kept / "production").mkdir(parents=True)
    (kept / "production" / "contract.pdf").write_bytes(b"signed")
    keyring(home).new_recovery_key()
    with environment({"MAINSTAY_HOME": str(home)}):
        yield home


def taken() -> BackupSet:
    """As ``flows/backup.py`` does it."""
    plan = observe_what_to_keep.fn(*WHERE, "files")
    taking = begin_set.fn(*WHERE, plan)
    folders = tuple(open_folders.fn(taking, plan))
    for folder in folders:
        keep_files.fn(folder)
    mark_moment.fn(taking)
    for folder in folders:
        keep_files_again.fn(folder)
    made = publish_set.fn(taking, plan, Parts(folders, (), None, None, Physical()))
    assert prove_complete.fn(made).good
    return made


def stands_in(name: str, owned: Owned) -> dict[str, str]:
    return {name: f"s3://{owned.name}/here", f"{name}_ENDPOINT": owned.endpoint}


def locks(server: Strict, owned: Owned, folder: str) -> set[Any]:
    with server.unasked():
        return {owned.retention(key)[1] for key in owned.all_keys() if key.startswith(folder)}


def whole_seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def test_a_backup_is_locked_from_its_first_byte_and_every_night_for_longer(
    server: Strict, owned: Owned, home: Path
) -> None:
    with environment(stands_in("MAINSTAY_BACKUPS", owned)):
        before = whole_seconds(clock.now())
        made = taken()
        (until,) = locks(server, owned, "sets/")
        assert timedelta(0) <= until - before - timedelta(hours=48) < timedelta(minutes=2)
        found, was_safe = try_to_delete.fn("first")
        assert found.safe and not was_safe and "put only" in found.sentence
        assert stores_of_sets(*WHERE) == ("first",)
        (lock,) = observe_locks.fn(*WHERE, "first")
        assert lock.set == made.id and prolong_locks.fn(*WHERE, "first", (lock,)) == Prolonged(0, 0)
        later = type(lock)(lock.set, lock.until + timedelta(days=30), "a month")
        assert prolong_locks.fn(*WHERE, "first", (later,)) == Prolonged(1, 0)
        assert locks(server, owned, "sets/") == {later.until, until}, "what says that it was begun needs no more"
        assert len(locks(server, owned, f"sets/shop/production/{made.id}/set.json")) == 1


def test_the_log_that_a_set_needs_is_locked_every_night_as_long_as_that(
    server: Strict, owned: Owned, home: Path
) -> None:
    with environment(stands_in("MAINSTAY_BACKUPS", owned)):
        ring, log, soon = keyring(home), Log(*WHERE, "7300", MEBIBYTE), clock.now() + timedelta(days=2)
        shipping = Shipping(protecting.locking(open_backups(read_settings()), soon), log, ring)
        for number in range(3):
            shipping.whole(log.name(1, number * MEBIBYTE), bytes(MEBIBYTE), clock.now())
        made = taken()
        piece = made.descriptor
        base = Base(piece, piece, "7300", 1, lsn(5), lsn(MEBIBYTE + 5), "18.1", "18.1", segment_bytes=MEBIBYTE)
        with_base = replace(made, id=f"{made.id[:-4]}base", base=base)
        catalogue.publish(open_backups(read_settings()), ring.writer, with_base)
        later = whole_seconds(clock.now() + timedelta(days=30))
        assert prolong_locks.fn(*WHERE, "first", (Lock(with_base.id, later, "a month"),)) == Prolonged(1, 2)
        needed = [locks(server, owned, log.whole_key(log.name(1, number * MEBIBYTE), "")) for number in range(3)]
        assert needed == [{later}, {later}, {whole_seconds(soon)}]


def test_a_copy_is_locked_and_brought_with_the_same_rights(server: Strict, owned: Owned, home: Path) -> None:
    with environment(stands_in("MAINSTAY_BACKUPS_COPY", owned)):
        taken()
        plan = observe_copy.fn(*WHERE, False)
        assert [bring_set.fn(each, 0, plan.bytes) for each in plan.sets] == [""]
        assert bring_proofs_and_holds.fn(*WHERE, log_is_whole=True) == 1
        assert observe_copy.fn(*WHERE, False).sets == ()
        now = clock.now()
        assert all(until and until - now > timedelta(hours=47) for until in locks(server, owned, ""))


def test_protection_that_was_lost_is_noticed(home: Path) -> None:
    settings = read_settings()
    found, was_safe = try_to_delete.fn("first")
    assert not found.safe and not was_safe, "it never was"
    protecting.remember(open_store(settings), "first", Protection(found.address, clock.now(), True, "put only"))
    assert try_to_delete.fn("first")[1]
    assert not try_to_delete.fn("first")[1], "told once"
