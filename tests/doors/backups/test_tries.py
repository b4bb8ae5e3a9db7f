"""What was tried to prove a set stands in the store; whose turn it is, the kernel knows."""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from edge import clock, processes
from edge.backups import catalogue
from edge.backups.pasts import read_pasts
from edge.backups.proofs import tries
from edge.store.port import Store
from mainstay.backups.proofs.proving import Full, Try, Unproven
from mainstay.backups.sets import Proof, tries_folder
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM, Shelf
from tests.doors.store_rig import ROOT
from tests.waiting import until


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf.at(tmp_path)
    (made.folder / "file").write_bytes(b"x")
    return made


def newest(store: Store) -> Full | None:
    return tries.newest_full(store, SYSTEM, ENVIRONMENT, read_pasts(store, SYSTEM, ENVIRONMENT))


def test_the_newest_whole_full_is_found_with_its_proofs_and_tries(shelf: Shelf) -> None:
    assert newest(shelf.store) is None
    shelf.take()
    made = shelf.take()
    shelf.take("files")
    now = clock.now()
    proof, tried = Proof(made.id, 1, True, "", now), Try(made.id, now, "anna", "web-1")
    catalogue.record_proof(shelf.store, SYSTEM, ENVIRONMENT, proof)
    tries.note_try(shelf.store, SYSTEM, ENVIRONMENT, tried)
    found = newest(shelf.store)
    assert found is not None and (found.id, found.proofs, found.tries) == (made.id, (proof,), (tried,))


def test_a_try_that_cannot_be_read_is_none(shelf: Shelf) -> None:
    made = shelf.take()
    shelf.store.publish(f"{tries_folder(SYSTEM, ENVIRONMENT, made.id)}/strange.json", b"not ours")
    found = newest(shelf.store)
    assert found is not None and found.tries == ()


def test_a_try_proves_nothing(shelf: Shelf) -> None:
    """A proof that was broken off leaves its try, and the set as it was."""
    made = shelf.take()
    tries.note_try(shelf.store, SYSTEM, ENVIRONMENT, Try(made.id, clock.now(), "anna", "web-1"))
    (kept,) = catalogue.read_catalogue(shelf.store, shelf.keys.writer_public, SYSTEM, ENVIRONMENT).kept
    assert (kept.set.id, kept.level, kept.proofs) == (made.id, 0, ())


def test_whoever_has_the_turn_is_seen_and_a_dead_one_is_not(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert not tries.is_busy(home)
    with tries.alone(home):
        assert tries.is_busy(home)
    words = [sys.executable, "-c", HOLDS, str(home)]
    holder = processes.start(words, log=tmp_path / "log", cwd=ROOT)
    until(lambda: tries.is_busy(home), seconds=30)
    os.kill(holder.pid, signal.SIGKILL)
    until(lambda: not tries.is_busy(home), seconds=10)
    with tries.alone(home):
        pass


HOLDS = """
import sys, time
from pathlib import Path
from edge.backups.proofs import tries
with tries.alone(Path(sys.argv[1])):
    time.sleep(600)
"""


def test_of_all_rounds_that_see_an_unproven_set_one_tells(shelf: Shelf) -> None:
    found = Unproven(SYSTEM, ENVIRONMENT, "a-set", 3, clock.now() - timedelta(hours=9))
    assert tries.note_unproven(shelf.store, found, "one")
    assert not tries.note_unproven(shelf.store, found, "two")
