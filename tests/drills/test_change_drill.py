"""A running change killed at every step, on a whole installation that nobody helps."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from edge import processes
from tests.drills.change_rig import Target, begun, held_up, settled
from tests.drills.running_change import LIMIT_SECONDS, another_holder, ended_state, strike, when
from tests.waiting import until
from tests.whole import Whole

SEED = 2026
MOMENTS: dict[str, Callable[[Target], bool]] = {
    "it has its turn": lambda target: True,
    "its wish is written": lambda target: target.entry(0),
    "its step is written": lambda target: target.entry(1),
    "the gate does its step": lambda target: target.entry(1) and (target.in_its_gate() or target.entry(2)),
    "its proof is written": lambda target: target.entry(2),
    "it is closed": lambda target: target.entry(3),
}
RANDOM_SECONDS = [round(random.Random(SEED + number).uniform(0, 4), 2) for number in range(4)]


@pytest.fixture(autouse=True)
def open_site(whole: Whole) -> Iterator[None]:
    """Each drill begins and ends with the application shown, and with everything up."""
    until(whole.answers, seconds=120)
    yield
    until(whole.answers, seconds=120)
    if whole.closed():
        said = whole.command("maintenance", "practice", "production", "down")
        assert said.exit == 0, said.text


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_change_killed_when(moment: str, whole: Whole) -> None:
    target = begun(whole)
    when(lambda: MOMENTS[moment](target) or not target.alive)  # a step may be too short to be seen
    strike(target)
    settled(target)
    ended_state(target)


@pytest.mark.parametrize("seconds", RANDOM_SECONDS)
def test_a_change_killed_at_a_random_moment(seconds: float, whole: Whole) -> None:
    target = begun(whole)
    time.sleep(seconds)
    strike(target)
    settled(target)
    ended_state(target)


@pytest.mark.parametrize("seconds", RANDOM_SECONDS)
def test_a_change_told_to_end_at_a_random_moment(seconds: float, whole: Whole) -> None:
    target = begun(whole)
    time.sleep(seconds)
    strike(target, signal.SIGTERM)
    settled(target)
    ended_state(target)


def test_a_change_told_to_end_puts_back_what_was_there_and_says_so(whole: Whole) -> None:
    target = begun(whole)
    with held_up(target):
        when(lambda: target.entry(1))
        target.strike(signal.SIGTERM)
        until(lambda: not target.alive, seconds=30)
    assert {entry.epoch for entry in target.journal.entries} == {target.journal.entries[0].epoch}  # nobody helped it
    assert settled(target) == "RolledBack"
    assert ended_state(target).state == "RolledBack"


def test_a_change_cancelled_in_prefect_puts_back_what_was_there_and_says_so(whole: Whole) -> None:
    target = begun(whole)
    with held_up(target):
        when(lambda: target.entry(1))
        whole.server.set_state(target.run, "CANCELLING", "Cancelling")
        until(lambda: not target.alive, seconds=30)
    assert {entry.epoch for entry in target.journal.entries} == {target.journal.entries[0].epoch}
    assert settled(target) == "RolledBack"
    assert ended_state(target).type == "CANCELLED"  # as Prefect calls whatever it was asked to cancel


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGKILL])
def test_a_change_goes_on_to_its_end_when_its_worker_gets(told: signal.Signals, whole: Whole) -> None:
    worker = whole.program("worker")
    target = begun(whole)
    os.kill(worker.pid, told)
    assert settled(target) == "Completed"
    assert ended_state(target).state == "Completed"
    until(whole.answers, seconds=LIMIT_SECONDS)
    assert whole.program("worker") != worker


def test_a_change_cancelled_after_its_worker_died_is_undone_all_the_same(whole: Whole) -> None:
    target = begun(whole)
    with held_up(target):
        when(lambda: target.entry(1))
        os.kill(whole.program("worker").pid, signal.SIGKILL)
        whole.server.set_state(target.run, "CANCELLING", "Cancelling")
        until(lambda: not target.alive, seconds=30)
    assert settled(target) == "RolledBack"
    assert "TerminationSignal" in (target.journal.closed or target.journal.entries[-1]).note  # and not its own despair
    assert ended_state(target).type == "CANCELLED"


def test_a_change_killed_while_it_is_being_cancelled_does_not_stay_cancelling(whole: Whole) -> None:
    target = begun(whole)
    with held_up(target):
        when(lambda: target.entry(1))
        os.kill(whole.program("worker").pid, signal.SIGKILL)
        whole.server.set_state(target.run, "CANCELLING", "Cancelling")
        target.strike()
    assert settled(target) == "RolledBack"
    assert ended_state(target).type == "CANCELLED"


def test_a_change_is_settled_although_its_undo_is_killed_as_well(whole: Whole) -> None:
    target = begun(whole)
    when(lambda: target.entry(1))
    target.strike()
    undo = another_holder(target)
    processes.kill(undo)
    assert settled(target) == "RolledBack"


def test_a_stopped_change_is_undone_and_changes_nothing_more_when_it_goes_on(whole: Whole) -> None:
    """Stopped for longer than a turn's term, in the middle of its step."""
    target = begun(whole)
    when(lambda: target.entry(1))
    target.strike(signal.SIGSTOP)
    try:
        assert settled(target) == "RolledBack"
        journal, acts = target.journal, target.acts()
    finally:
        target.strike(signal.SIGCONT)
    until(lambda: not target.alive, seconds=60)
    assert ended_state(target).state == "Superseded"
    assert (target.journal, target.acts()) == (journal, acts)
    assert settled(target) == "RolledBack"
