"""What a change needs goes away in its middle: Prefect for minutes, the store, or everything at once."""

import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge import keeper, practice_site, processes
from mainstay.journal import Kind
from tests.drills.change_rig import begun, held_up, settled
from tests.drills.keeper_rig import HERE
from tests.drills.outages import without, without_its_store
from tests.drills.running_change import LIMIT_SECONDS, ended_state, when
from tests.waiting import until
from tests.whole import PROGRAMS, Whole, trying

UNIT = HERE.parent.parent / "infrastructure" / "systemd" / "mainstay-keeper.service"

OUTAGE_SECONDS = 300
TOLD_SECONDS = 600  # after it is back: Prefect's client asks again ever more slowly; 258 s were measured


@pytest.fixture(autouse=True)
def open_site(whole: Whole) -> Iterator[None]:
    """Each drill begins and ends with the application shown, and with everything up."""
    until(whole.answers, seconds=120)
    yield
    until(whole.answers, seconds=120)
    if whole.closed():
        said = whole.command("maintenance", "practice", "production", "down")
        assert said.exit == 0, said.text


@pytest.mark.timeout(OUTAGE_SECONDS + TOLD_SECONDS + 300)
def test_a_change_finishes_without_prefect_and_tells_it_later(whole: Whole) -> None:
    target = begun(whole)
    with without(whole, "server"):
        gone = time.monotonic()
        until(lambda: target.journal.closed is not None, seconds=60)
        assert settled(target) == "Completed"
        assert [entry.kind for entry in target.journal.entries] == [Kind.REQUEST, Kind.STEP, Kind.PASSED, Kind.CLOSED]
        while time.monotonic() - gone < OUTAGE_SECONDS:
            assert target.words in whole.page().text
            time.sleep(5)
    until(whole.answers, seconds=LIMIT_SECONDS)
    assert ended_state(target, seconds=TOLD_SECONDS).state == "Completed"


def test_a_change_that_finds_no_store_is_refused_and_takes_no_empty_folder_for_it(whole: Whole) -> None:
    before = whole.page().text
    with without_its_store(whole):
        asked = {"system": "practice", "environment": "production", "page": "up", "words": "never"}
        run = whole.ended(whole.start("maintenance", asked))
        assert (run.type, run.state) == ("FAILED", "Refused")
        assert whole.page().text == before


def test_a_change_that_loses_the_store_before_its_first_act_is_refused(whole: Whole) -> None:
    target = begun(whole)
    with without_its_store(whole):
        assert ended_state(target).state == "Refused"
        assert whole.page().text == target.before
    assert settled(target) in ("NothingToUndo", "nothing was written")


@pytest.mark.parametrize("moment", [1, 2])
def test_a_change_that_loses_the_store_later_goes_on_and_its_record_is_completed(moment: int, whole: Whole) -> None:
    target = begun(whole)
    when(lambda: target.entry(moment))
    with without_its_store(whole):
        assert ended_state(target).state == "Completed"
        assert target.words in whole.page().text
    assert settled(target) == "Completed"


def test_a_change_cancelled_while_the_store_is_away_puts_back_what_was_there(whole: Whole) -> None:
    target = begun(whole)
    with held_up(target):
        when(lambda: target.entry(1))
        with without_its_store(whole):
            target.strike(signal.SIGTERM)
            until(lambda: not target.alive, seconds=60)
    assert settled(target) == "RolledBack"


def test_a_change_killed_while_the_store_is_away_is_settled_when_it_is_back(whole: Whole) -> None:
    target = begun(whole)
    when(lambda: target.entry(1))
    with without_its_store(whole):
        target.strike()
        time.sleep(5)
    assert settled(target) in ("RolledBack", "Completed")


def test_everything_killed_in_the_middle_of_a_change_is_back_and_the_change_settled(tmp_path: Path) -> None:
    """Nobody helps but a stand-in for init, which reads the shipped unit."""
    with kept_by_init(tmp_path) as whole:
        target = begun(whole)
        when(lambda: target.entry(1))
        doomed = [target.flow, whole.keeper(), *(whole.program(name) for name in PROGRAMS)]
        for identity in doomed:
            os.kill(identity.pid, signal.SIGKILL)
        killed = time.monotonic()
        until(lambda: trying(whole.answers) and whole.open_changes() == [], seconds=LIMIT_SECONDS)
        assert not any(processes.alive(identity) for identity in doomed)
        assert settled(target, seconds=LIMIT_SECONDS - (time.monotonic() - killed)) == "RolledBack"
        assert ended_state(target).ended


@contextmanager
def kept_by_init(home: Path) -> Iterator[Whole]:
    """The shipped unit, with a drop-in that names this place, as an operator would write it."""
    made = Whole(home / "home", {})
    practice_site.lay_out_descriptor(made.settings)
    drop_in = home / "override.conf"
    start = shlex.join([sys.executable, "-m", "residents.keeper"])
    words = f"MAINSTAY_HOME={made.home}"
    drop_in.write_text(f"[Service]\nExecStart=\nExecStart={start}\nEnvironment={words}\n")
    argv = [sys.executable, str(HERE / "init_stand_in.py"), str(UNIT), str(drop_in)]
    init = processes.start(argv, log=home / "init.log")
    try:
        until(lambda: keeper.keeps(made.home), seconds=60)
        made.up()
        yield made
    finally:
        made.end()
        processes.end(init, grace_seconds=10)
        processes.reap()
