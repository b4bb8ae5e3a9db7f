"""What could not be told is told later, once, or becomes an alarm: also after a death."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from edge import notices, owed
from edge.notices import waiting_room
from edge.notices.alarms import alarms
from edge.store.directory import DirectoryStore, open_directory
from mainstay import keys
from mainstay.notices import WebhookTo
from tests.doors.bad_receiver import receiving
from tests.doors.telling import MIDNIGHT, MINUTE, TRIAL, keys_in, told


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return open_directory(tmp_path / "store")


def test_it_is_delivered_later_and_then_nothing_waits(store: DirectoryStore, home: Path) -> None:
    with receiving("404", "404", "200") as receiver:
        told(TRIAL, receiver.address, store, home)
        assert notices.redeliver(store, MIDNIGHT, home=home) == ()  # not due yet
        (again,) = notices.redeliver(store, MIDNIGHT + MINUTE, home=home)
        assert not again.delivered and len(keys_in(store)) == 1
        (last,) = notices.redeliver(store, MIDNIGHT + 60 * MINUTE, home=home)
    assert last.delivered and keys_in(store) == []
    assert len(receiver.bodies) == 1 and receiver.bodies[0]["at"] == MIDNIGHT.isoformat()


def test_long_silence_is_an_alarm_until_it_ends(store: DirectoryStore, home: Path) -> None:
    with receiving("404") as receiver:
        told(TRIAL, receiver.address, store, home)
        notices.redeliver(store, MIDNIGHT + 10 * MINUTE, home=home)
        assert alarms(store) == ()
        notices.redeliver(store, MIDNIGHT + 20 * MINUTE, home=home)
        notices.redeliver(store, MIDNIGHT + 40 * MINUTE, home=home)
        (alarm,) = notices.standing_alarms(store, home=home)
        assert "Nobody was told" in alarm.words.happened and "404" in alarm.words.means and alarm.since == MIDNIGHT
        receiver.script = ["200"]
        notices.redeliver(store, MIDNIGHT + 200 * MINUTE, home=home)
    assert alarms(store) == () and keys_in(store) == []


def test_a_person_may_say_that_a_notice_need_not_arrive(store: DirectoryStore, home: Path) -> None:
    with receiving("404") as receiver:
        told(TRIAL, receiver.address, store, home)
        notices.redeliver(store, MIDNIGHT + 20 * MINUTE, home=home)
    id = alarms(store)[0].key.removeprefix("undelivered-")
    assert alarms(store)[0].words.do.endswith(f"mainstay forget {id}")
    assert notices.forget(store, id, home=home)
    assert keys_in(store) == []
    assert not notices.forget(store, id, home=home)


def test_what_waits_on_this_machine_is_forgotten_too(store: DirectoryStore, home: Path) -> None:
    with receiving("404") as receiver:
        told(TRIAL, receiver.address, None, home)
    (waiting,) = waiting_room.waiting(owed.aside(home), MIDNIGHT)
    assert notices.forget(store, waiting.id, home=home)
    assert keys_in(owed.aside(home)) == []


def test_a_slow_yes_after_we_stopped_waiting_is_not_said_twice(store: DirectoryStore, home: Path) -> None:
    with receiving("slow 3") as receiver:
        (receipt,) = notices.deliver(
            TRIAL, [WebhookTo(receiver.address)], store, MIDNIGHT, home=home, budget_seconds=0.5
        )
        assert not receipt.delivered and len(keys_in(store)) == 1
        until = time.monotonic() + 10
        while keys_in(store) and time.monotonic() < until:
            time.sleep(0.05)
        assert notices.redeliver(store, MIDNIGHT + MINUTE, home=home) == ()
    assert len(receiver.bodies) == 1


def test_a_record_nobody_can_read_is_an_alarm_and_holds_up_no_other(store: DirectoryStore, home: Path) -> None:
    store.publish(keys.undelivered("broken"), b"not a record")
    with receiving("404", "200") as receiver:
        told(TRIAL, receiver.address, store, home)
        (receipt,) = notices.redeliver(store, MIDNIGHT + MINUTE, home=home)
    assert receipt.delivered and "cannot be read" in alarms(store)[0].words.happened


DELIVER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from edge import notices, owed
from edge.store.directory import open_directory
from mainstay import news
from mainstay.notices import WebhookTo
home = Path(sys.argv[1])
print("go", flush=True)
notices.deliver(news.trial("shop", sys.argv[3]), [WebhookTo(sys.argv[2])], open_directory(home / "store"),
                datetime(2026, 11, 20, tzinfo=UTC), home=home, budget_seconds=30)
"""


def test_who_is_killed_while_telling_has_not_lost_the_notice(tmp_path: Path) -> None:
    store = open_directory(tmp_path / "store")
    with receiving("hang") as receiver:
        child = subprocess.Popen(
            [sys.executable, "-c", DELIVER, str(tmp_path), receiver.address, "production"],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
        )
        until = time.monotonic() + 30
        while not keys_in(store) and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
    with receiving("200") as again:
        (waiting,) = waiting_room.waiting(store, MIDNIGHT)
        waiting_room.replace(waiting, replace(waiting.undelivered, destination=WebhookTo(again.address)))
        (receipt,) = notices.redeliver(store, MIDNIGHT + MINUTE, home=tmp_path)
    assert receipt.delivered and len(again.bodies) == 1 and keys_in(store) == []
