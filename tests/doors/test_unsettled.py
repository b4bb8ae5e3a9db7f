"""Finding the change that is to be undone, whatever stands beside it in the store."""

from pathlib import Path

import pytest

from edge import unsettled
from edge.journals import JournalWriter
from edge.store import open_place
from edge.store.port import Store
from edge.turns import read_turns
from mainstay import keys
from mainstay.journal import Journal, Kind
from mainstay.records import UnreadableRecord, encode
from mainstay.turn import Turn


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two open changes, and what sorts before each of them is unreadable."""
    store = open_place(str(tmp_path / "store"))
    store.publish(keys.turn("a", "broken"), b"{}")
    for system, change in (("b", "c-unreadable"), ("shop", "c-2")):
        store.publish(keys.turn(system, "production"), encode(Turn(4, unsettled=(change,)), nonce=change))
    store.publish(keys.journal_entry("b", "production", "c-unreadable", 0), b"half a rec")
    JournalWriter(store, "shop", "production", Journal("c-2"), epoch=4).write(Kind.REQUEST, "deploy", run="run-2")
    return store


@pytest.mark.parametrize("asked", ["c-2", "run-2"])
def test_what_cannot_be_read_hides_no_other_change(store: Store, asked: str) -> None:
    found = unsettled.find(store, asked)
    assert found is not None and found.change == "c-2"


def test_a_change_is_found_by_its_name_although_its_journal_cannot_be_read(store: Store) -> None:
    found = unsettled.find(store, "c-unreadable")
    assert found is not None and found.system == "b"


def test_what_cannot_be_read_is_not_called_absent(store: Store) -> None:
    with pytest.raises(UnreadableRecord):
        unsettled.find(store, "run-7")


def test_the_turns_that_can_be_read_come_before_the_complaint_that_names_the_other(store: Store) -> None:
    reading = read_turns(store)
    assert [next(reading)[0], next(reading)[0]] == ["b", "shop"]
    with pytest.raises(UnreadableRecord, match=r"turns/a/broken\.json"):
        next(reading)
