"""Turns in a real store, held by real threads and processes."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from edge import turns
from edge.held_turn import HeldTurn
from edge.store.directory import DirectoryStore, open_directory
from mainstay.errors import Refused, StopAsked, Superseded
from mainstay.turn import Turn, Urgency
from tests.doors.turn_holder import Orders
from tests.doors.turn_rig import PLACE, start_holder, told, wanted


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return open_directory(tmp_path / "store")


@pytest.fixture
def held() -> Iterator[list[HeldTurn]]:
    """Nobody goes on renewing after the test."""
    turns_of_this_test: list[HeldTurn] = []
    yield turns_of_this_test
    for turn in turns_of_this_test:
        turn.abandon()


@pytest.fixture
def holders() -> Iterator[list["Popen[bytes]"]]:
    started: list[Popen[bytes]] = []
    yield started
    for child in started:
        child.kill()
        child.wait()


def orders(tmp_path: Path, change: str, *, watch: bool = False) -> Orders:
    return Orders(
        str(tmp_path / "store"), str(tmp_path / "home"), "production", change, str(tmp_path / change), watch=watch
    )


def test_a_turn_is_taken_shown_and_handed_over(store: DirectoryStore, held: list[HeldTurn]) -> None:
    held.append(turns.claim(store, *PLACE, wanted("c-1")))
    held[0].check()
    shown = turns.read_turn(store, *PLACE)
    assert (shown.epoch, shown.unsettled) == (1, ("c-1",)) and shown.holder == held[0].holder
    held[0].release(["c-1"])
    assert turns.read_turn(store, *PLACE) == Turn(epoch=1)


def test_open_changes_are_found_by_reading_the_turns(store: DirectoryStore, held: list[HeldTurn]) -> None:
    held.append(turns.claim(store, "shop", "production", wanted("c-1")))
    held.append(turns.claim(store, "crm", "staging", wanted("c-2")))
    assert {(system, environment, turn.unsettled) for system, environment, turn in turns.read_turns(store)} == {
        ("shop", "production", ("c-1",)),
        ("crm", "staging", ("c-2",)),
    }


def test_a_claim_that_waited_long_enough_is_refused_with_the_holders_name(
    store: DirectoryStore, held: list[HeldTurn]
) -> None:
    held.append(turns.claim(store, *PLACE, wanted("c-1")))
    with pytest.raises(Refused, match=r"turns/shop/production.json.*deploy c-1 of anna has the turn since"):
        turns.claim(store, *PLACE, wanted("c-2", patience_seconds=1))
    held[0].check()


def test_a_waiting_claim_gets_the_turn_when_it_is_released(store: DirectoryStore, held: list[HeldTurn]) -> None:
    held.append(turns.claim(store, *PLACE, wanted("c-1")))
    waiting = threading.Thread(target=lambda: held.append(turns.claim(store, *PLACE, wanted("c-2"))))
    waiting.start()
    time.sleep(1)
    held[0].release(["c-1"])
    waiting.join(10)
    assert (held[1].epoch, held[1].inherited) == (2, ())


def test_of_many_who_claim_at_once_one_gets_each_epoch(store: DirectoryStore, held: list[HeldTurn]) -> None:
    def take(change: str) -> None:
        mine = turns.claim(store, *PLACE, wanted(change, patience_seconds=60))
        held.append(mine)
        mine.release([change])

    crowd = [threading.Thread(target=take, args=(f"c-{number}",)) for number in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert sorted(turn.epoch for turn in held) == list(range(1, 9))


def test_a_holder_killed_is_replaced_at_once_and_its_change_inherited(
    store: DirectoryStore, held: list[HeldTurn], holders: list["Popen[bytes]"], tmp_path: Path
) -> None:
    dying = orders(tmp_path, "c-1")
    holders.append(start_holder(dying))
    told(dying, "epoch 1")
    holders[0].kill()  # and not waited for: a zombie is as dead
    held.append(turns.claim(store, *PLACE, wanted("c-2", patience_seconds=2)))
    assert (held[0].epoch, held[0].inherited) == (2, ("c-1",))
    held[0].settled("c-1")
    assert turns.read_turn(store, *PLACE).unsettled == ("c-2",)


def test_an_urgent_claim_takes_the_turn_of_a_watching_process_which_learns_of_it(
    store: DirectoryStore, held: list[HeldTurn], holders: list["Popen[bytes]"], tmp_path: Path
) -> None:
    watching = orders(tmp_path, "c-1", watch=True)
    holders.append(start_holder(watching))
    told(watching, "watching")
    held.append(turns.claim(store, *PLACE, wanted("c-2", Urgency.RESCUE, patience_seconds=2)))
    assert "deploy c-2 of anna has the turn" in told(watching, "superseded Epoch 1 is over")
    held[0].check()


def test_an_urgent_claim_asks_a_changing_process_to_stop_and_gets_the_turn_when_it_has(
    store: DirectoryStore, held: list[HeldTurn], holders: list["Popen[bytes]"], tmp_path: Path
) -> None:
    changing = orders(tmp_path, "c-1")
    holders.append(start_holder(changing))
    told(changing, "epoch 1")
    held.append(turns.claim(store, *PLACE, wanted("c-2", Urgency.URGENT, patience_seconds=10)))
    told(changing, "handed over")
    assert (held[0].epoch, held[0].inherited) == (2, ())


def test_who_is_asked_to_stop_can_still_finish_its_way_back(store: DirectoryStore, held: list[HeldTurn]) -> None:
    held.append(turns.claim(store, *PLACE, wanted("c-1")))
    rescue = threading.Thread(target=lambda: held.append(turns.claim(store, *PLACE, wanted("c-2", Urgency.RESCUE))))
    rescue.start()
    with pytest.raises(StopAsked, match="deploy c-2 of anna waits for this turn"):
        while True:
            held[0].check()
            time.sleep(0.1)
    held[0].still_mine()
    held[0].release(["c-1"])
    rescue.join(10)
    assert held[1].epoch == 2


def test_whoever_lost_the_turn_writes_nothing_into_it(store: DirectoryStore, held: list[HeldTurn]) -> None:
    held.append(turns.claim(store, *PLACE, wanted("c-1")))
    held[0].watching()
    held.append(turns.claim(store, *PLACE, wanted("c-2", Urgency.RESCUE)))
    for act in (held[0].changing, lambda: held[0].settled("c-2"), lambda: held[0].release(["c-1", "c-2"])):
        with pytest.raises(Superseded):
            act()
    shown = turns.read_turn(store, *PLACE)
    assert shown.holder == held[1].holder and shown.unsettled == ("c-1", "c-2")
    held[1].check()


def test_handing_over_twice_is_handing_over(store: DirectoryStore, held: list[HeldTurn]) -> None:
    held.append(turns.claim(store, *PLACE, wanted("c-1")))
    held[0].release(["c-1"])
    held[0].release(["c-1"])
    assert turns.read_turn(store, *PLACE) == Turn(epoch=1)
