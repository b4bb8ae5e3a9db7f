"""Finding the change that is to be undone, or that brought what users see, whatever stands beside it in the store."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge import unsettled
from edge.journals import JournalWriter
from edge.store import open_place
from edge.store.port import Store
from edge.turns import read_turns, this_process
from mainstay import keys
from mainstay.deploy import as_after, as_before
from mainstay.journal import Journal, Kind
from mainstay.records import UnreadableRecord, encode
from mainstay.turn import Turn, Urgency
from tests.knows.releases_world import going_live, release


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


def test_what_an_open_change_brought_is_known_and_whether_anybody_carries_it_out(tmp_path: Path) -> None:
    store, place = open_place(str(tmp_path / "store")), ("shop", "production")
    me = this_process("c-2", "deploy", run="run-2", who="anna", urgency=Urgency.ROUTINE)
    for change in ("c-1", "c-2"):
        plan = going_live(f"v{change[-1]}", None)
        writer = JournalWriter(store, *place, Journal(change), epoch=4)
        writer.write(Kind.REQUEST, "deploy", before=as_before(plan), after=as_after(plan))
    both = Turn(4, me, unsettled=("c-1", "c-2"))
    store.publish(keys.turn(*place), encode(both, nonce="mine"))
    left, mine = unsettled.brought(store, *place)
    assert (left.release, left.holder) == (release("v1").id, None)
    assert (mine.release, mine.holder) == (release("v2").id, me)
    before = store.read(keys.turn(*place))
    assert before is not None
    dead = replace(both, holder=replace(me, started="of a process that is gone"))
    store.swap(keys.turn(*place), encode(dead, nonce="dead"), expected=before.version)
    assert [each.holder for each in unsettled.brought(store, *place)] == [None, None]
