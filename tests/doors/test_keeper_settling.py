"""Open changes in a real store, held by real processes; what settles them are real children."""

import re
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge import marks, processes, turns
from edge.notices import alarms
from edge.processes import Identity
from edge.store import open_place
from edge.store.port import Store
from edge.stories import Started, start_story
from mainstay import keys
from mainstay.errors import NotFinished, StoreLost
from mainstay.records import encode
from mainstay.settling import GAPS_SECONDS, Pursuit, alarm, key
from mainstay.turn import Holder, Turn, Urgency, settled
from residents.settling import Settling
from tests.drills.keeper_rig import answering, rig
from tests.running import runs_as
from tests.waiting import until

HOLDS = """
import sys, time
from pathlib import Path
from edge import processes, turns
from edge.store import open_place
from mainstay.turn import Claim, Urgency
holder = turns.this_process("c1", "maintenance", run=None, who="anna", urgency=Urgency.ROUTINE)
held = turns.claim(open_place(sys.argv[1]), "shop", "production", Claim(holder, 5))
Path(sys.argv[2]).touch()
time.sleep(600)
"""
BY = "{0.pid}@{0.started}".format(processes.myself())
NOTES = "import sys; open(sys.argv[1], 'a').write(' '.join(sys.argv[2:]) + chr(10))"


@dataclass
class Undos:
    """Writes down what was asked for instead of starting it."""

    asked: list[tuple[str, str, bool]] = field(default_factory=list)

    def __call__(self, change: str, key: str, ask_prefect: bool) -> Started:
        self.asked.append((change, key, ask_prefect))
        return Started("child", "1")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_place(str(tmp_path / "store"))


def put(store: Store, turn: Turn) -> None:
    key = keys.turn("shop", "production")
    found = store.read(key)
    assert store.swap(key, encode(turn, nonce="test"), expected=found.version if found else None)


def dead_holder() -> Holder:
    us = turns.this_process("c1", "maintenance", run=None, who="anna", urgency=Urgency.ROUTINE)
    return Holder(us.change, us.story, None, us.machine, us.pid, "another boot+1", us.who, us.urgency)


def test_a_change_with_a_living_holder_is_left_alone_and_undone_when_it_is_killed(tmp_path: Path) -> None:
    store, there = open_place(str(tmp_path / "store")), tmp_path / "there"
    holder = processes.start([sys.executable, "-c", HOLDS, str(tmp_path / "store"), str(there)], log=tmp_path / "log")
    until(there.exists)
    undos = Undos()
    settle = Settling(lambda: store, undos)
    settle()
    assert undos.asked == []
    processes.end(holder, grace_seconds=5)
    processes.reap()
    settle()
    assert undos.asked == [("c1", key("c1", 1, BY, Pursuit()), True)]


def test_one_undo_is_not_followed_by_the_next_at_once(store: Store) -> None:
    put(store, Turn(epoch=4, holder=dead_holder(), unsettled=("c1",)))
    undos = Undos()
    settle = Settling(lambda: store, undos)
    for _ in range(5):
        settle()
    assert GAPS_SECONDS[1] > 5 and undos.asked == [("c1", key("c1", 4, BY, Pursuit()), True)]


def test_a_closed_change_is_not_undone(store: Store) -> None:
    put(store, settled(Turn(epoch=4, holder=dead_holder(), unsettled=("c1",)), ["c1"]))
    undos = Undos()
    Settling(lambda: store, undos)()
    assert undos.asked == []


def test_a_holder_on_another_machine_is_not_called_gone_at_the_first_look(store: Store) -> None:
    here = dead_holder()
    there = Holder(here.change, here.story, None, "elsewhere", here.pid, here.started, here.who, here.urgency)
    put(store, Turn(epoch=4, holder=there, unsettled=("c1",)))
    undos = Undos()
    Settling(lambda: store, undos)()
    assert undos.asked == []


def test_an_unreadable_turn_does_not_keep_the_others_from_being_settled(store: Store) -> None:
    put(store, Turn(epoch=4, holder=dead_holder(), unsettled=("c1",)))
    store.publish(keys.turn("a", "broken"), b"{}")
    undos = Undos()
    with pytest.raises(NotFinished, match=r"turns/a/broken.json.*not settled"):
        Settling(lambda: store, undos)()
    assert [change for change, _, _ in undos.asked] == ["c1"]


def test_an_alarm_of_an_earlier_keeper_is_cleared_when_its_change_is_closed(store: Store) -> None:
    alarms.raise_alarm(store, alarm("shop", "production", "c1", Pursuit(3), datetime.now(UTC)))
    put(store, Turn(epoch=4, holder=dead_holder(), unsettled=("c1",)))
    settle = Settling(lambda: store, Undos())
    with pytest.raises(NotFinished, match="c1 is still open"):
        settle()
    assert len(alarms.alarms(store)) == 1
    put(store, Turn(epoch=4))
    settle()
    assert alarms.alarms(store) == ()


def test_a_lost_store_is_said_and_found_again(store: Store) -> None:
    put(store, Turn(epoch=4, holder=dead_holder(), unsettled=("c1",)))
    away = True

    def opened() -> Store:
        if away:
            raise StoreLost("the store is away")
        return store

    undos = Undos()
    settle = Settling(opened, undos)
    with pytest.raises(StoreLost):
        settle()
    away = False
    settle()
    assert len(undos.asked) == 1


def story(tmp_path: Path, under: str, command: tuple[str, ...] | None = None) -> Started:
    noting = (sys.executable, "-c", NOTES, str(tmp_path / "notes"))
    return start_story(
        "undo", {"run": "c1"}, under, home=tmp_path, server=None, asked_by="keeper", command=command or noting
    )


def lines(path: Path) -> Callable[[], list[str]]:
    return lambda: path.read_text().splitlines() if path.exists() else []


def test_without_a_server_a_story_is_a_child_that_is_told_so(tmp_path: Path) -> None:
    assert story(tmp_path, "k").how == "child"
    noted = lines(tmp_path / "notes")
    until(lambda: noted() == ["undo c1 --without-server"])


def test_a_story_that_keeper_started_acts_for_keeper(tmp_path: Path) -> None:
    told = "import sys; from edge import audits; open(sys.argv[1], 'w').write(audits.whoever_runs_this())"
    story(tmp_path, "k", (sys.executable, "-c", told, str(tmp_path / "notes")))
    until(lambda: lines(tmp_path / "notes")() == ["keeper"])


SLEEPING = (sys.executable, "-c", "import time; time.sleep(600)")


def test_a_living_story_is_not_started_again_under_its_key(tmp_path: Path) -> None:
    first = story(tmp_path, "k", SLEEPING)
    try:
        until(lambda: runs_as(known(int(first.id)), *SLEEPING))  # an instant after its start
        assert story(tmp_path, "k", SLEEPING) == first
    finally:
        processes.end(known(int(first.id)), grace_seconds=0)
        processes.reap()


def test_a_story_that_has_died_is_started_again_under_its_key(tmp_path: Path) -> None:
    noted = lines(tmp_path / "notes")
    first = known(int(story(tmp_path, "k", SLEEPING).id))
    processes.end(first, grace_seconds=5)
    until(lambda: not processes.alive(first))
    processes.reap()
    story(tmp_path, "k")
    until(lambda: noted() == ["undo c1 --without-server"])


def test_a_story_does_not_end_with_the_change_that_started_it(tmp_path: Path) -> None:
    change = str(tmp_path)  # what goes on beside has changes too
    with processes.marking(change):
        started = story(tmp_path, "k", SLEEPING)
    try:
        until(lambda: runs_as(known(int(started.id)), *SLEEPING))
        assert not marks.saying(marks.CHANGE, change)
    finally:
        processes.end(known(int(started.id)), grace_seconds=0)
        processes.reap()


def known(pid: int) -> Identity:
    identity = processes.identify(pid)
    assert identity is not None
    return identity


def test_every_keeper_starts_an_undo_of_its_own_for_a_killed_holder(tmp_path: Path) -> None:
    """There is no server in this home, so the undo is a child, and it fails: nobody described this system."""
    there = tmp_path / "there"
    with rig(tmp_path, answering("only")) as made:
        first = made.start_keeper()
        holder = made.start([sys.executable, "-c", HOLDS, str(tmp_path / "store"), str(there)], "holder")
        until(there.exists)
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
        until(lambda: len(undos(tmp_path)) == 1)
        made.kill_keeper(first)
        made.start_keeper()
        until(lambda: len(undos(tmp_path)) == 2)


def undos(home: Path) -> set[str]:
    """The numbers of the children it has named."""
    return set(re.findall(r"c1 is open: .* Its undo is child (\d+)", (home / "keeper.out").read_text()))
