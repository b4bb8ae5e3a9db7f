"""A deploy killed at every step of it, under traffic, on a whole installation that nobody helps."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from edge import processes
from mainstay.journal import COMPLETED, ROLLED_BACK
from tests.drills import deploy_rig as rig
from tests.drills.deploy_ends import ended, settled_live
from tests.drills.deploy_rig import HOWS, Deploy, How, begun
from tests.drills.deploy_schema import migrates, open_transaction, with_a_migration
from tests.drills.running_change import LIMIT_SECONDS, another_holder, strike, when
from tests.drills.traffic import Traffic
from tests.waiting import until
from tests.whole import Whole

MOST_ENTRIES = 12  # of the journal of a deploy without a migration; what is beyond the last one is skipped
SEED = 2026
RANDOM_SECONDS = [round(random.Random(SEED + number).uniform(0, 30), 2) for number in range(6)]
BEFORE_ITS_PASS: dict[str, Callable[[Deploy], bool]] = {
    "its color starts": lambda target: target.entry(2) and target.in_its_gate(),
    "users got it": rig.shown,
    "it is being watched": rig.watched,
}


@pytest.fixture(autouse=True)
def users(whole: Whole, tmp_path: Path) -> Iterator[Traffic]:
    with rig.users_with_a_release(whole, tmp_path) as asking:
        yield asking


def test_a_deploy_that_nobody_strikes_has_no_more_entries_than_are_struck(whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    assert settled_live(target) == COMPLETED
    assert ended(target) == COMPLETED
    assert len([entry for entry in target.journal.entries if not entry.step.startswith("forget")]) <= MOST_ENTRIES
    assert users.failed == []


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("number", range(MOST_ENTRIES))
def test_a_deploy_killed_at_its_entry(number: int, how: How, whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    rig.at_entry(target, number, how)
    strike(target)
    settled_live(target)
    ended(target)
    assert users.failed == []


@pytest.mark.parametrize("seconds", RANDOM_SECONDS)
def test_a_deploy_killed_at_a_random_moment(seconds: float, whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    time.sleep(seconds)
    strike(target)
    settled_live(target)
    ended(target)
    assert users.failed == []


@pytest.mark.parametrize("moment", BEFORE_ITS_PASS)
def test_a_deploy_told_to_end_takes_itself_back_and_says_so(moment: str, whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    when(lambda: BEFORE_ITS_PASS[moment](target))
    target.strike(signal.SIGTERM)
    assert settled_live(target) == ROLLED_BACK
    assert _by_itself(target)
    assert ended(target) == ROLLED_BACK
    assert users.failed == []


@pytest.mark.parametrize("moment", BEFORE_ITS_PASS)
def test_a_deploy_cancelled_in_prefect_takes_itself_back(moment: str, whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    when(lambda: BEFORE_ITS_PASS[moment](target))
    whole.server.set_state(target.run, "CANCELLING", "Cancelling")
    assert settled_live(target) == ROLLED_BACK
    assert _by_itself(target)
    assert ended(target) == "Cancelled"  # as Prefect calls whatever it was asked to cancel
    assert users.failed == []


def test_a_deploy_killed_in_its_watch_is_taken_back(whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    when(lambda: rig.watched(target))
    time.sleep(3)
    target.strike()
    assert settled_live(target) == ROLLED_BACK
    assert users.failed == []


def test_a_deploy_killed_when_only_a_host_knows_that_it_passed_is_finished(whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    when(lambda: rig.host_says_passed(target))
    target.strike()
    assert settled_live(target) == COMPLETED
    assert users.failed == []


def test_a_deploy_is_taken_back_although_its_undo_is_killed_as_well(whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    when(lambda: rig.watched(target))
    target.strike()
    processes.kill(another_holder(target))
    assert settled_live(target) == ROLLED_BACK
    assert users.failed == []


def test_a_stopped_deploy_is_taken_back_and_changes_nothing_more_when_it_goes_on(whole: Whole, users: Traffic) -> None:
    """Stopped for longer than a turn's term, while it is watched."""
    target = begun(whole)
    when(lambda: rig.watched(target))
    target.strike(signal.SIGSTOP)
    try:
        until(lambda: target.journal.closed is not None, seconds=LIMIT_SECONDS)
        until(lambda: whole.holders() == [], seconds=30)
        journal, acts = target.journal, target.acts()
    finally:
        target.strike(signal.SIGCONT)
    until(lambda: not target.alive, seconds=60)
    assert ended(target) == "Superseded"
    assert (target.journal, target.acts()) == (journal, acts)
    assert settled_live(target) == ROLLED_BACK
    assert users.failed == []


@pytest.mark.parametrize("seconds", [0.0, 2.0, 6.0])
def test_a_deploy_killed_while_its_migration_waits_for_a_lock(seconds: float, whole: Whole, users: Traffic) -> None:
    """A user's transaction is open all along; the database comes out of it moved or not, and serves the old color."""
    with open_transaction(whole):
        target = begun(whole, with_a_migration(whole))
        when(lambda: target.entry(1))
        time.sleep(seconds)
        assert not rig.shown(target)
        target.strike()
        until(lambda: not migrates(whole), seconds=LIMIT_SECONDS)
    assert settled_live(target) == ROLLED_BACK
    assert users.failed == []


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("how", HOWS)
def test_a_deploy_killed_at_its_migration(number: int, how: How, whole: Whole, users: Traffic) -> None:
    target = begun(whole, with_a_migration(whole))
    rig.at_entry(target, number, how)
    strike(target)
    assert settled_live(target) == ROLLED_BACK
    assert users.failed == []


def test_two_deploys_at_once_never_change_anything_at_once(whole: Whole, users: Traffic) -> None:
    """Planned against the same live release, one of them has no right any more to replace what the other brought."""
    now = rig.live(whole)
    assert now is not None
    versions = [
        version for version in (*rig.VERSIONS, "v6") if not now.release.startswith(rig.commit(whole, version)[:12])
    ]
    runs = [rig.asked(whole, version) for version in versions[:2]]
    states = [whole.ended(run, seconds=300).state for run in runs]
    assert COMPLETED in states and set(states) <= {COMPLETED, "Refused"}, states
    journals = [journal for run in runs if (journal := rig.journal_of(whole, run)) is not None]
    times = sorted((journal.entries[0].at, journal.entries[-1].at) for journal in journals)
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(times)), times
    assert rig.standing(whole).release == rig.records(whole)[0].release.id
    assert users.failed == []


def _by_itself(target: Deploy) -> bool:
    """Nobody helped it."""
    return len({entry.epoch for entry in target.journal.entries}) == 1
