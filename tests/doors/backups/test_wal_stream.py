"""A log that is received leaves its host, whatever dies or is away meanwhile; where it cannot, that is told."""

import logging
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from edge import clock, private
from edge.backups.log.folders import received
from edge.backups.log.receiver import Receiver
from edge.backups.log.server import WalServer
from mainstay.backups.log.pages import written
from mainstay.backups.log.places import position
from mainstay.errors import Refused
from residents.wal import Wal, described
from tests.databases import folder
from tests.doors import store_rig
from tests.doors.backups.dump_rig import Server, needs_debian
from tests.doors.backups.wal_rig import RECEIVER, Harbour, begin, harbour_at, kill, write
from tests.doors.crm_database import Postgres, rows
from tests.doors.guarded_s3 import bucket
from tests.small_disk import needs_root, small_disk
from tests.waiting import until


@pytest.fixture(scope="module")
def server_of_ours() -> Iterator[Postgres]:
    with folder() as root, Postgres.up(root) as made:
        yield made


@pytest.fixture
def harbour(server_of_ours: Postgres, tmp_path: Path) -> Iterator[Harbour]:
    with harbour_at(server_of_ours, tmp_path) as made:
        yield made


def _flushed(harbour: Harbour, stop: int) -> bool:
    return harbour.flushed() >= stop


def test_a_moment_is_restored_from_a_base_and_the_log_whatever_was_killed_meanwhile(
    harbour: Harbour, tmp_path: Path
) -> None:
    with folder() as place:
        with harbour.streaming() as resident:
            begin(harbour)
            since = harbour.base(place / "base")
            write(harbour)
            kill(harbour.receiver(resident))
            write(harbour)
            kill(harbour.receiver(resident))
            kill(resident)
        write(harbour)
        with harbour.streaming() as resident:
            harbour.receiver(resident)
            kill(resident)
        with harbour.streaming():
            last = write(harbour)
            until(lambda: harbour.reached(since) >= last, seconds=90)
        assert harbour.recovered(place / "base", since, "select count(*) from t") == [(80_000,)]
    assert harbour.state.broken is None


def test_whoever_ends_leaves_nobody_at_work_beside_the_next(harbour: Harbour) -> None:
    """Two that ship the same files would take them from under each other, and a late look would make a slot anew."""
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes the call, and says nothing
        there = f"postgresql://nobody:x@127.0.0.1:{silent.getsockname()[1]}/postgres"
        private.write(harbour.home / "log", there)
        of = described(harbour.settings, "shop", "production")
        assert of is not None
        wal = Wal(harbour.settings, of)
        harbour.most += 1
        harbour.describe()
        wal.run(threading.Event())
        assert not [each.name for each in threading.enumerate() if each.name.startswith(("looking at", "shipping"))]


def test_a_slot_that_somebody_receives_from_is_given_back_when_he_is_gone(harbour: Harbour, tmp_path: Path) -> None:
    """As the server sees it for a while after a receiver was killed, or its network was lost."""
    of = described(harbour.settings, "shop", "production")
    assert of is not None
    server, receiver = WalServer(of.address, of.slot), Receiver(of.address, of.slot)
    server.look()
    server.make_slot()
    receiver.start(tmp_path, server.version, encrypted=server.encrypted)
    try:
        until(lambda: rows(harbour.address, "select active from pg_replication_slots") == [(True,)])
        assert not server.drop_slot() and not Wal(harbour.settings, of).give_back(threading.Event(), seconds=0)
        later = threading.Timer(2.0, receiver.end)
        later.start()
        assert Wal(harbour.settings, of).give_back(threading.Event())
        assert rows(harbour.address, "select 1 from pg_replication_slots") == [] and server.drop_slot()
        later.join()
    finally:
        receiver.end()
        server.close()


def test_a_slot_that_stays_is_named_with_what_to_type(harbour: Harbour, tmp_path: Path) -> None:
    of = described(harbour.settings, "shop", "production")
    assert of is not None
    private.write(harbour.home / "log", "postgresql://nobody:x@127.0.0.1:9/postgres")
    with written_down(tmp_path / "words") as words:
        assert not Wal(harbour.settings, of).give_back(threading.Event(), seconds=0)
    assert f"SELECT pg_drop_replication_slot('{of.slot}')" in words.read_text()
    assert "cannot be reached" in words.read_text()


@contextmanager
def written_down(file: Path) -> Iterator[Path]:
    """What a stream says in its log."""
    handler, log = logging.FileHandler(file), logging.getLogger("wal")
    log.addHandler(handler)
    try:
        yield file
    finally:
        log.removeHandler(handler)
        handler.close()


def test_in_a_bucket_with_locks_all_that_is_shipped_is_locked_from_the_start(
    server_of_ours: Postgres, tmp_path: Path
) -> None:
    with (
        store_rig.environment(store_rig.CREDENTIALS),
        bucket(store_rig.s3_server(), locks=True) as owned,
        harbour_at(server_of_ours, tmp_path, f"s3://{owned.name}/here", owned.endpoint) as harbour,
        harbour.streaming(),
    ):
        since, before = begin(harbour), clock.now()
        last = write(harbour)
        until(lambda: harbour.reached(since) >= last)
        locked = [owned.retention(key)[1] for key in owned.all_keys() if key.startswith("wal/")]
    assert locked and all(each - before > timedelta(hours=47) for each in locked)


def test_without_a_recovery_key_a_server_keeps_nothing_for_us(harbour: Harbour) -> None:
    (harbour.ring.folder / "recovery.pub").unlink()
    with harbour.streaming():
        until(lambda: bool(harbour.state.troubles))
    assert "there is no recovery key yet" in harbour.state.troubles[0].why
    assert rows(harbour.address, "select 1 from pg_replication_slots") == []


@needs_root
def test_a_disk_with_little_room_is_not_filled_and_the_server_keeps_nothing(
    server_of_ours: Postgres, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "small", megabytes=100), harbour_at(server_of_ours, tmp_path / "small") as harbour:
        with harbour.streaming():
            until(lambda: "disk" in [each.kind for each in harbour.state.troubles])
        assert rows(harbour.address, "select 1 from pg_replication_slots") == []


@needs_debian
def test_a_server_of_an_older_major_is_received_too(old_server: Server, tmp_path: Path) -> None:
    database = old_server.empty("create table t (a int)")
    server, receiver = WalServer(database.reference, "old"), Receiver(database.reference, "old")
    server.look()
    server.make_slot()
    receiver.start(tmp_path, server.version, encrypted=server.encrypted)
    try:
        until(lambda: bool(received(tmp_path)))
        database.do("insert into t select generate_series(1, 9)", "select pg_switch_wal()")
        until(lambda: any(not each.is_partial for each in received(tmp_path)))
        until(lambda: (server.look().received or 0) >= server.look().flushed)
    finally:
        receiver.end()
    server.drop_slot()
    assert server.look().slot is None
    server.close()


def test_a_user_who_may_not_receive_is_told_so(harbour: Harbour) -> None:
    harbour.do(f"alter role {RECEIVER} noreplication")
    with pytest.raises(Refused, match="ALTER ROLE … REPLICATION"):
        WalServer(f"file://{harbour.home / 'log'}", "a").look()


def test_a_server_that_writes_too_little_is_told(server: Server, tmp_path: Path) -> None:
    private.write(tmp_path / "address", server.address)
    with pytest.raises(Refused, match="its wal_level is minimal"):
        WalServer(f"file://{tmp_path / 'address'}", "a").look()


def test_how_much_of_a_segment_is_written_is_told_from_its_bytes(harbour: Harbour) -> None:
    """Also where the last record ends in zeros, as that of a restore point does."""
    zeros = 0
    for number in range(20):
        size = random.Random(number).randrange(30_000)
        harbour.do(f"select pg_logical_emit_message(true, 'x', repeat('a', {size}))")
        ((said,),) = rows(harbour.address, "select pg_create_restore_point('x')::text")
        stop = position(str(said))
        until(partial(_flushed, harbour, stop))
        ((name,),) = rows(harbour.address, f"select pg_walfile_name('{said}'::pg_lsn - 1)")
        data = (harbour.postgres.cluster.data / "pg_wal" / str(name)).read_bytes()
        end = stop % len(data)
        assert written(data[:end] + bytes(len(data) - end)) == end
        zeros += len(data[:end].rstrip(b"\0")) < end
    assert zeros > 10
