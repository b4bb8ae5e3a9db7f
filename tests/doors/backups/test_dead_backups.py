"""A backup whose process was killed is known as dead; one at work, one that ended or said that it failed is not."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge import clock, processes
from edge.backups import catalogue, deaths
from edge.backups.deaths import Dead, dead, marked, this_process
from edge.backups.pasts import read_pasts
from edge.backups.retention import removal
from edge.backups.retention.tombstones import Tombstones
from edge.store import open_store
from mainstay.backups.deaths import SILENCE, Ended
from mainstay.backups.retention.pruning import Tombstone
from mainstay.backups.sets import Begun, new_id
from tasks.backups.rounds import tell_died
from tests.doors.backups.prune_rig import Disturbed
from tests.doors.backups.set_rig import Shelf
from tests.doors.backups.shop_rig import WHERE, shop
from tests.waiting import until


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf.at(tmp_path)


@pytest.fixture
def begun(shelf: Shelf) -> Iterator[tuple[Begun, "subprocess.Popen[bytes]"]]:
    """By another process, which lives."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    known = processes.identify(child.pid)
    assert known is not None
    process = replace(this_process(), pid=known.pid, started=known.started)
    yield (
        begin(shelf, Begun(new_id("full", clock.now(), "abcd"), "full", clock.now(), "anna", "main", None, process)),
        child,
    )
    child.kill()
    child.wait()


def begin(shelf: Shelf, begun: Begun) -> Begun:
    catalogue.begin(shelf.store, *WHERE, begun)
    return begun


def found(shelf: Shelf) -> tuple[Dead, ...]:
    return dead(shelf.store, shelf.store, *WHERE, read_pasts(shelf.store, *WHERE), clock.now())


def test_it_is_dead_when_its_process_is_and_not_before(
    shelf: Shelf, begun: "tuple[Begun, subprocess.Popen[bytes]]"
) -> None:
    made, child = begun
    assert found(shelf) == () and deaths.alive(made) is True
    child.send_signal(signal.SIGKILL)
    until(lambda: [each.begun.id for each in found(shelf)] == [made.id], seconds=10)
    (past,) = marked(read_pasts(shelf.store, *WHERE), found(shelf))
    assert past.died and past.ended_at is None


def test_one_that_ended_well_is_not_dead_when_its_process_is_gone(shelf: Shelf) -> None:
    taking, folder = shelf.begin()
    gone = replace(this_process(), started="another boot+1")
    begin(shelf, Begun(taking.id, "full", clock.now(), "anna", "main", None, gone))
    (shelf.folder / "file").write_text("content")
    before = read_pasts(shelf.store, *WHERE)  # as a round sees it that looked a moment ago
    folder.read()
    shelf.finish(taking, folder, "full")
    assert dead(shelf.store, shelf.store, *WHERE, before, clock.now()) == ()


def test_a_set_whose_deletion_began_is_no_backup_that_was_killed(shelf: Shelf) -> None:
    """Its manifest goes first, and what says who took it goes last."""
    gone = replace(this_process(), started="another boot+1")
    made = begin(shelf, Begun(new_id("full", clock.now(), "abcd"), "full", clock.now(), "anna", "main", None, gone))
    tombstones = Tombstones(shelf.store, *WHERE)
    standing = tombstones.put(Tombstone(made.id, clock.now(), ("no rule wants it",)), None)
    assert standing is not None and len(found(shelf)) == 1, "condemned, it is what it was"
    assert removal.let_go(tombstones, standing)
    assert found(shelf) == ()


def test_one_that_said_itself_that_it_failed_is_not_told_as_dead(shelf: Shelf) -> None:
    gone = replace(this_process(), started="another boot+1")
    made = begin(shelf, Begun(new_id("full", clock.now(), "abcd"), "full", clock.now(), "anna", "main", None, gone))
    assert len(found(shelf)) == 1
    deaths.told(shelf.store, *WHERE, Ended(made.id, "failed", clock.now(), made.id))
    assert found(shelf) == ()


def test_of_those_that_failed_nothing_but_that_is_asked_for(shelf: Shelf) -> None:
    """There are the more of them the less well all goes, and a round comes every three minutes."""
    gone = replace(this_process(), started="another boot+1")
    for number in range(5):
        id = new_id("database", clock.now(), f"abc{number}")
        begin(shelf, Begun(id, "database", clock.now(), "anna", "main", None, gone))
        deaths.told(shelf.store, *WHERE, Ended(id, "failed", clock.now(), id))
    past, asked, noted = read_pasts(shelf.store, *WHERE), list[str](), list[str]()
    backups = Disturbed(shelf.store, lambda: asked.append("of the sets"))
    store = Disturbed(shelf.store, lambda: noted.append("of what was said"))
    assert dead(backups, store, *WHERE, past, clock.now()) == ()
    assert (len(asked), len(noted)) == (0, 6), "one list, and each once"


def test_on_another_machine_and_of_an_older_version_only_silence_tells(shelf: Shelf) -> None:
    at = clock.now() - SILENCE + timedelta(minutes=5)
    elsewhere = replace(this_process(), here="another machine", started="1")
    for number, process in enumerate((elsewhere, None)):
        begin(shelf, Begun(new_id("full", at, f"abc{number}"), "full", at, "anna", "web-2", None, process))
    past = read_pasts(shelf.store, *WHERE)
    assert found(shelf) == ()
    later = clock.now() + timedelta(minutes=6)
    assert len(dead(shelf.store, shelf.store, *WHERE, past, later)) == 2


def test_one_of_two_rounds_tells_and_afterwards_nobody(shelf: Shelf) -> None:
    gone = replace(this_process(), started="another boot+1")
    begin(shelf, Begun(new_id("full", clock.now(), "abcd"), "full", clock.now(), "anna", "main", None, gone))
    (one,) = found(shelf)
    now = clock.now()
    assert [deaths.claim(shelf.store, one, by, now) for by in ("first", "second", "first")] == [True, False, True]
    deaths.told(shelf.store, *WHERE, Ended(one.begun.id, "died", now, "first"))
    assert not deaths.claim(shelf.store, one, "first", now + timedelta(days=1))
    assert [each.told for each in found(shelf)] == [True], "its slot is not counted as taken all the same"


def test_a_begun_record_that_cannot_be_read_is_nobodys_death(shelf: Shelf) -> None:
    shelf.store.publish(f"sets/shop/production/{new_id('full', clock.now(), 'abcd')}/begun.json", b"nonsense")
    assert found(shelf) == ()


def test_a_backup_that_was_killed_is_shown_told_once_and_leaves_no_set(tmp_path: Path) -> None:
    """By the signal that nobody can catch, when most of it was in the store."""
    with shop(tmp_path) as made:
        (made.folder / "file").write_text("content")
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.doors.backups.shop_taker"], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        id = child.stdout.readline().strip()
        assert f"{id}  begun by" in (shown := made.command("backups", *WHERE).output) and "at work" in shown
        child.kill()
        child.communicate()
        assert "its process is gone, there will be no such set" in made.command("backups", *WHERE).output
        (one,) = dead(made.backups, open_store(made.settings), *WHERE, read_pasts(made.backups, *WHERE), clock.now())
        for nonce in ("first", "second", "first"):
            tell_died.fn(one, nonce)
        (notice,) = made.told()
        assert f"The backup {id} of shop production" in notice.english.happened and made.sets.kept == ()
        assert any(each.key.endswith(".age") for each in made.backups.listing("sets")), "what it left is no set"
