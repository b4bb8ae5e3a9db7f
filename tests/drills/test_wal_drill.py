"""What a stream of a database's log survives, and how much is lost when it does not: counted, not assumed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from edge import clock
from edge.backups.log.state import STATE, folders
from mainstay.backups.log.places import position
from mainstay.backups.log.streaming import breaks_folder
from tests.databases import folder
from tests.doors.backups.wal_rig import ENVIRONMENT, RECEIVER, SYSTEM, Harbour, begin, harbour_at, kill, write
from tests.doors.crm_database import Postgres, rows
from tests.doors.faulty_s3 import Fault, faulty
from tests.doors.store_rig import place
from tests.waiting import until


@pytest.fixture(scope="module")
def server_of_ours() -> Iterator[Postgres]:
    with folder() as root, Postgres.up(root) as made:
        yield made


@pytest.fixture
def harbour(server_of_ours: Postgres, tmp_path: Path) -> Iterator[Harbour]:
    with harbour_at(server_of_ours, tmp_path) as made:
        yield made


@dataclass
class Writer:
    """Writes a row again and again; each that was acknowledged is known, with when and where it ended in the log."""

    harbour: Harbour
    pause_seconds: float
    acknowledged: list[tuple[int, datetime, int]] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with psycopg.connect(self.harbour.address, autocommit=True) as connection:
            number = 0
            while not self._end.is_set():
                try:
                    connection.execute("insert into t values (%s, repeat('x', 500))", (number,))
                    at = clock.now()
                    row = connection.execute("select pg_current_wal_flush_lsn()::text").fetchone()
                except psycopg.Error:
                    return  # it was killed
                assert row is not None
                self.acknowledged.append((number, at, position(row[0])))
                number += 1
                self._end.wait(self.pause_seconds)

    def lost_seconds(self, reached: int, now: datetime) -> float:
        """How long ago the oldest row was acknowledged that is not in the store."""
        return max(((now - at).total_seconds() for _, at, end in self.acknowledged if end > reached), default=0.0)

    def end(self) -> None:
        self._end.set()


@contextmanager
def writing(harbour: Harbour, pause_seconds: float) -> Iterator[Writer]:
    writer = Writer(harbour, pause_seconds)
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        yield writer
    finally:
        writer.end()
        thread.join()


def test_the_gauge_agrees_with_the_truth_also_while_the_store_is_away(harbour: Harbour, tmp_path: Path) -> None:
    """It never tells less than was lost, and no more for five seconds; whatever was acknowledged is in the store within
    ninety, and soon after the store is back.
    """
    store, away = tmp_path / "store", tmp_path / "away"
    less, too_much, oldest = list[float](), list[bool](), list[float]()
    with harbour.streaming(), writing(harbour, 0.2) as writer:
        reached = since = begin(harbour)
        until(lambda: harbour.state.covered_until is not None)
        for second in range(150):
            if second in (80, 100):
                store.rename(away) if second == 80 else away.rename(store)
            covered = harbour.state.covered_until
            reached = harbour.reached(since) if store.exists() else reached
            now = clock.now()
            assert covered is not None
            truth, gauge = writer.lost_seconds(reached, now), (now - covered).total_seconds()
            less.append(truth - gauge)
            too_much.append(gauge - truth > 5)
            oldest.append(truth)
            clock.sleep(1)
    assert max(less) <= 1, f"{max(less):.1f} s less than the truth"
    assert not any(all(too_much[at : at + 5]) for at in range(len(too_much) - 5))
    assert 30 < max(oldest) <= 90, f"{max(oldest):.1f} s"


def test_when_everything_is_killed_at_once_what_was_received_is_lost_for_a_second_at_most(
    harbour: Harbour, tmp_path: Path
) -> None:
    """And with the host gone, what was acknowledged in the last ninety seconds."""
    with folder() as place:
        with harbour.streaming() as resident:
            begin(harbour)
            since = harbour.base(place / "base")
            with writing(harbour, 0.0) as writer:
                until(lambda: len(writer.acknowledged) > 1000 and harbour.reached(since) > writer.acknowledged[0][2])
                clock.sleep(20)
                harbour.postgres.kill()
                killed_at = clock.now()
                kill(harbour.receiver(resident))
                kill(resident)
        gone = writer.lost_seconds(harbour.reached(since), killed_at)
        with harbour.streaming():  # its server is dead, and so nothing is received
            before = harbour.reached(since)
            until(lambda: harbour.reached(since) > before, seconds=30)
        found = {row[0] for row in harbour.recovered(place / "base", since, "select a from t")}
    lost = [(killed_at - at).total_seconds() for number, at, _ in writer.acknowledged if number not in found]
    told = f"{len(lost)} of {len(writer.acknowledged)}, the oldest {max(lost, default=0):.3f} s old; {gone:.1f} s"
    assert max(lost, default=0) <= 1, told
    assert 0 < gone <= 90, told
    harbour.postgres.stop()
    harbour.postgres.start()


def test_a_server_that_was_killed_is_received_again_without_a_break(harbour: Harbour) -> None:
    with harbour.streaming():
        since = begin(harbour)
        write(harbour)
        harbour.postgres.kill()
        until(lambda: "receiver" in [each.kind for each in harbour.state.troubles])
        harbour.postgres.stop()
        harbour.postgres.start()
        last = write(harbour)
        until(lambda: harbour.reached(since) >= last, seconds=60)
        until(lambda: not harbour.state.troubles)
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


def test_a_new_timeline_is_a_break_and_is_received_on(harbour: Harbour) -> None:
    """As when a standby takes over, or somebody restores the server in its place."""
    with harbour.streaming() as resident:
        since = begin(harbour)
        write(harbour)
        until(lambda: harbour.reached(since) > since)
        before = harbour.state.timeline
        harbour.postgres.stop()
        harbour.postgres.begin_timeline()
        until(lambda: harbour.state.broken is not None, seconds=60)
        until(lambda: harbour.state.timeline == before + 1)
        harbour.receiver(resident)
        again = harbour.flushed()
        last = write(harbour)
        until(lambda: harbour.reached(again) >= last, seconds=60)
    state = harbour.state
    assert state.broken is not None and state.broken.kind == "timeline"
    history = f"wal/{SYSTEM}/{ENVIRONMENT}/{state.cluster}/{state.timeline:08X}.history.signed"
    assert harbour.store.read(history) is not None


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


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.FORBIDDEN, Fault.ANSWER_LOST], ids=lambda fault: fault.name)
def test_a_bucket_that_answers_badly_delays_and_loses_nothing(
    server_of_ours: Postgres, tmp_path: Path, fault: Fault
) -> None:
    with place("s3", tmp_path) as address, faulty(address) as way:
        bucket, _, endpoint = way.address.partition(" at ")
        with harbour_at(server_of_ours, tmp_path, bucket, endpoint) as harbour:
            with harbour.streaming():
                since = begin(harbour)
                way.fails("PUT", fault, times=20)
                last = write(harbour)
                until(lambda: harbour.reached(since) >= last, seconds=120)
                until(lambda: not harbour.state.troubles)
            assert harbour.state.broken is None


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
        since = begin(harbour)
        file = harbour.home / "systems" / "shop.yaml"
        described = file.read_text()
        file.write_text("name: [")  # a typo ends nothing that goes on
        clock.sleep(12)
        last = write(harbour)
        until(lambda: harbour.reached(since) >= last)
        file.write_text("\n".join(line for line in described.splitlines() if "stream:" not in line) + "\n")
        until(lambda: not rows(harbour.address, "select 1 from pg_replication_slots"), seconds=45)
