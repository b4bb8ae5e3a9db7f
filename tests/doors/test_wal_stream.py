"""A log that is received leaves its host, whatever dies or is away meanwhile; where it cannot, that is told."""

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from edge import private
from edge.backups.wal_server import WalServer
from edge.backups.wal_state import STATE, folders
from mainstay.backups.streaming import breaks_folder
from mainstay.backups.wal import position
from mainstay.backups.wal_pages import written
from mainstay.errors import Refused
from tests.databases import folder
from tests.doors.crm_database import Postgres, rows
from tests.doors.dump_rig import Server
from tests.doors.wal_rig import ENVIRONMENT, RECEIVER, SYSTEM, Harbour, kill
from tests.waiting import until

SOME_ROWS = "insert into t select g, repeat(md5(random()::text), 20) from generate_series(1, 20000) g"


@pytest.fixture(scope="module")
def server_of_ours() -> Iterator[Postgres]:
    with folder() as root, Postgres.up(root) as made:
        yield made


@pytest.fixture
def harbour(server_of_ours: Postgres, tmp_path: Path) -> Iterator[Harbour]:
    made = Harbour(server_of_ours, tmp_path / "home", str(tmp_path / "store"))
    made.do("create table if not exists t (a int, b text)")
    yield made
    made.do("select pg_drop_replication_slot(slot_name) from pg_replication_slots", "drop table t")


def write(harbour: Harbour) -> int:
    """Some rows, in segments that are closed; where they end."""
    harbour.do(SOME_ROWS)
    written_to = harbour.flushed()
    harbour.do("select pg_switch_wal()")
    return written_to


def _flushed(harbour: Harbour, stop: int) -> bool:
    return harbour.flushed() >= stop


def begin(harbour: Harbour) -> int:
    """It is received; from where on."""
    until(lambda: harbour.state.received_until is not None, seconds=30)
    return harbour.flushed()


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
            until(lambda: harbour.reached(since) >= last, seconds=30)
        assert harbour.recovered(place / "base", since, "select count(*) from t") == [(80_000,)]
    assert harbour.state.broken is None


def test_while_the_store_is_away_it_waits_here_and_goes_when_that_is_back(harbour: Harbour, tmp_path: Path) -> None:
    with harbour.streaming():
        since = begin(harbour)
        write(harbour)
        until(lambda: harbour.reached(since) > since)
        (tmp_path / "store").rename(tmp_path / "away")
        last = write(harbour)
        until(lambda: [each.kind for each in harbour.state.troubles] == ["store"])
        before = harbour.state.covered_until
        (tmp_path / "away").rename(tmp_path / "store")
        until(lambda: harbour.reached(since) >= last)
        until(lambda: harbour.state.covered_until != before and not harbour.state.troubles)
        until(lambda: harbour.state.waiting_bytes <= 2 << 24, seconds=10)  # what pg_receivewal goes on from
    assert harbour.state.broken is None


def test_a_lost_slot_is_a_break_and_it_begins_anew(harbour: Harbour) -> None:
    with harbour.streaming() as resident:
        since = begin(harbour)
        write(harbour)
        until(lambda: harbour.reached(since) > since)
        harbour.do(f"alter role {RECEIVER} nologin")
        kill(harbour.receiver(resident))
        until(lambda: not rows(harbour.address, "select 1 from pg_replication_slots where active"))
        harbour.do(f"select pg_drop_replication_slot('{harbour.slot}')", f"alter role {RECEIVER} login")
        until(lambda: harbour.state.broken is not None)
        until(lambda: bool(list(harbour.store.listing(breaks_folder(SYSTEM, ENVIRONMENT)))))
        again = begin(harbour)
        harbour.receiver(resident)
        last = write(harbour)
        until(lambda: harbour.reached(again) >= last)
    state = harbour.state
    assert state.broken is not None and state.broken.kind == "slot lost"
    assert (state.generation, state.unpublished) == (1, ())


def test_a_slot_that_would_fill_the_disk_of_users_is_given_up(harbour: Harbour) -> None:
    harbour.most = 64
    harbour.describe()
    with harbour.streaming() as resident:
        begin(harbour)
        harbour.do(f"alter role {RECEIVER} nologin")
        kill(harbour.receiver(resident))
        for _ in range(3):
            write(harbour)
        until(lambda: "slot" in [each.kind for each in harbour.state.troubles])
        assert "it is given up" in next(each.why for each in harbour.state.troubles if each.kind == "slot")
        for _ in range(3):
            write(harbour)
        until(lambda: harbour.state.broken is not None)
        harbour.do(f"alter role {RECEIVER} login")
    state = harbour.state
    assert state.broken is not None and state.broken.kind == "slot given up"


def test_what_was_shipped_by_somebody_who_forgot_it_is_a_break(harbour: Harbour) -> None:
    with harbour.streaming():
        since = begin(harbour)
        write(harbour)
        until(lambda: harbour.reached(since) > since)
    (folders(harbour.home, SYSTEM, ENVIRONMENT).root / STATE).unlink()
    with harbour.streaming():
        until(lambda: harbour.state.broken is not None)
    state = harbour.state
    assert state.broken is not None and state.broken.kind == "memory lost"


def test_a_stream_that_is_taken_out_of_the_descriptor_is_given_back(harbour: Harbour) -> None:
    """Else the server would keep its log for ever."""
    with harbour.streaming():
        begin(harbour)
        file = harbour.home / "systems" / "shop.yaml"
        file.write_text("\n".join(line for line in file.read_text().splitlines() if "stream:" not in line) + "\n")
        until(lambda: not rows(harbour.address, "select 1 from pg_replication_slots"), seconds=45)


def test_without_a_recovery_key_a_server_keeps_nothing_for_us(harbour: Harbour) -> None:
    (harbour.ring.folder / "recovery.pub").unlink()
    with harbour.streaming():
        until(lambda: bool(harbour.state.troubles))
    assert "there is no recovery key yet" in harbour.state.troubles[0].why
    assert rows(harbour.address, "select 1 from pg_replication_slots") == []


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
