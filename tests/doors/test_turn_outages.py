"""A turn while its store is away, comes back, or has lost its memory."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import turns
from edge.held_turn import HeldTurn
from edge.store.directory import DirectoryStore, open_directory
from mainstay import keys
from mainstay.errors import StoreLost
from mainstay.turn import Phase, Turn
from tests.doors.turn_rig import PLACE, wanted


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


def becomes(store: DirectoryStore, phase: Phase) -> bool:
    """Within a few renewals of a healthy holder."""
    for _ in range(100):
        if turns.read_turn(store, *PLACE).phase is phase:
            return True
        time.sleep(0.1)
    return False


def test_a_holder_outlives_its_store_and_tells_it_what_it_missed(
    store: DirectoryStore, held: list[HeldTurn], tmp_path: Path
) -> None:
    held.append(turns.claim(store, *PLACE, wanted("c-1")))
    (tmp_path / "store").rename(tmp_path / "away")
    held[0].watching()
    time.sleep(3)
    held[0].check()
    with pytest.raises(StoreLost):
        held[0].release(["c-1"])
    (tmp_path / "away").rename(tmp_path / "store")
    assert becomes(store, Phase.WATCHING)
    held[0].check()
    held[0].release(["c-1"])
    assert turns.read_turn(store, *PLACE) == Turn(epoch=1)


def test_a_claim_bridges_a_short_outage_of_the_store(
    store: DirectoryStore, held: list[HeldTurn], tmp_path: Path
) -> None:
    (tmp_path / "store").rename(tmp_path / "away")
    waiting = threading.Thread(target=lambda: held.append(turns.claim(store, *PLACE, wanted("c-1"))))
    waiting.start()
    time.sleep(1)
    (tmp_path / "away").rename(tmp_path / "store")
    waiting.join(10)
    assert held[0].epoch == 1


def test_a_claim_gives_up_on_a_store_that_stays_away(store: DirectoryStore, tmp_path: Path) -> None:
    (tmp_path / "store").rename(tmp_path / "away")
    with pytest.raises(StoreLost):
        turns.claim(store, *PLACE, wanted("c-1", patience_seconds=1))


def test_a_record_that_vanished_with_the_stores_memory_is_written_anew(
    store: DirectoryStore, held: list[HeldTurn]
) -> None:
    held.append(turns.claim(store, *PLACE, wanted("c-1", above=16)))
    store.delete(keys.turn(*PLACE))
    held[0].watching()
    shown = turns.read_turn(store, *PLACE)
    assert (shown.epoch, shown.phase) == (17, Phase.WATCHING)
