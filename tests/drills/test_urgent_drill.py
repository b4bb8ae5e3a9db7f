"""What cannot wait: a rollback while all the others wait; and what no machine may start again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mainstay.journal import COMPLETED, ROLLED_BACK
from mainstay.platform import QUEUES
from tests.drills import deploy_rig as rig
from tests.drills.deploy_ends import ended, settled_live
from tests.drills.deploy_rig import PLACE, begun
from tests.drills.running_change import when
from tests.drills.traffic import Traffic
from tests.waiting import until
from tests.whole import Whole

EFFECTIVE_SECONDS = 10  # promised, from the asking to the first user who is back
WAITING = 8
ASKED_AGAIN = 4


@pytest.fixture(autouse=True)
def users(whole: Whole, tmp_path: Path) -> Iterator[Traffic]:
    with rig.users_with_a_release(whole, tmp_path) as asking:
        yield asking


def test_a_rollback_is_effective_at_once_though_the_pool_is_full_of_waiting_work(whole: Whole, users: Traffic) -> None:
    """All places of the routine queue are taken by deploys that wait for their turn, and more wait for a place.

    What they bring is what the rollback goes back to, so in the end none of them has anything to do. One that asked
    for what is being watched heard that it may be taken back, as it then is.
    """
    with rig.long_watch(whole):
        target = begun(whole)
        when(lambda: rig.watched(target))
        hasty = whole.ended(rig.asked(whole, target.version))
        assert (hasty.state, f"mainstay follow {target.run}" in hasty.message) == ("Refused", True), hasty.message
        waiting = [rig.asked(whole, target.before.release.partition("-")[0]) for _ in range(WAITING)]
        places = next(queue.limit for queue in QUEUES if queue.name == "routine")
        assert places is not None
        until(lambda: len([run for run in whole.server.in_progress() if run.type == "RUNNING"]) >= places, seconds=120)
        time.sleep(5)  # until they wait, and no longer start
        began = time.time()
        rollback = whole.start("rollback", {"system": "practice", "environment": PLACE})
        until(lambda: rig.standing(whole).shown == target.before.color, seconds=60)
    assert settled_live(target) == ROLLED_BACK
    assert ended(target) == "Superseded"
    back = next(asked for asked in users.since(began) if asked.shows == target.before.color)
    assert back.at - began <= EFFECTIVE_SECONDS, f"{back.at - began:.1f} s"
    assert whole.ended(rollback).type == "COMPLETED"
    assert {whole.ended(run, seconds=300).state for run in waiting} <= {"Refused", "NothingToDo"}
    assert rig.live(whole) == target.before
    assert users.failed == []


def test_a_rollback_stops_a_deploy_that_nobody_sees_and_goes_no_further(whole: Whole, users: Traffic) -> None:
    """Whoever says "back" while it gets ready means that deploy; what users have stays, and is not given up."""
    target = begun(whole, "bad-never-ready")
    when(lambda: target.entry(2))
    rollback = whole.ended(whole.start("rollback", {"system": "practice", "environment": PLACE}))
    assert rollback.state == COMPLETED and "stopped before they saw it" in rollback.message
    assert settled_live(target) == ROLLED_BACK
    assert rig.live(whole) == target.before
    assert rig.records(whole)[0].gave_up is None
    assert users.failed == []


def test_what_was_switched_back_is_started_again_by_no_machine(whole: Whole, users: Traffic) -> None:
    """However often it asks, and whatever went live since; nothing of it depends on the time of day."""
    target = begun(whole)
    when(lambda: rig.watched(target))
    target.strike()
    assert settled_live(target) == ROLLED_BACK
    refused = [rig.asked(whole, target.version, again=False) for _ in range(ASKED_AGAIN)]
    runs = [whole.ended(run, seconds=300) for run in refused]
    assert {run.state for run in runs} == {"Refused"}
    assert all("was switched back" in run.message and "--again" in run.message for run in runs)
    assert rig.live(whole) == target.before
    again = begun(whole, target.version)  # a person says so
    assert settled_live(again) == COMPLETED
    assert users.failed == []
