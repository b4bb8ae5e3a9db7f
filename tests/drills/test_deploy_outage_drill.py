"""What a deploy needs goes away in its middle: a healthy release goes live without Prefect, never without the store."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.practice_databases import PROGRAM
from mainstay.journal import COMPLETED, ROLLED_BACK, UNPROVEN
from tests.drills import deploy_rig as rig
from tests.drills.deploy_ends import ended, settled_live
from tests.drills.deploy_rig import Deploy, begun
from tests.drills.outages import with_a_frozen_database, without, without_its_store
from tests.drills.running_change import LIMIT_SECONDS, ended_state, when
from tests.drills.traffic import Traffic
from tests.waiting import until
from tests.whole import Whole, kill

FROZEN_SECONDS = 20
TOLD_SECONDS = 600  # after it is back: Prefect's client asks again ever more slowly
PROVEN_SECONDS = 240  # a watch that saw nothing for a while looks longer
MOMENTS: dict[str, Callable[[Deploy], bool]] = {
    "it has its turn": lambda target: True,
    "its color starts": lambda target: target.entry(2),
    "users got it": rig.shown,
    "it is being watched": rig.watched,
}


@pytest.fixture(autouse=True)
def users(whole: Whole, tmp_path: Path) -> Iterator[Traffic]:
    with rig.users_with_a_release(whole, tmp_path) as asking:
        yield asking


@pytest.mark.timeout(TOLD_SECONDS + 300)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_healthy_release_goes_live_without_prefect(moment: str, whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    when(lambda: MOMENTS[moment](target))
    with without(whole, "server"):
        assert settled_live(target) == COMPLETED
    assert users.failed == []
    assert ended_state(target, seconds=TOLD_SECONDS).state == COMPLETED


def test_a_deploy_that_loses_its_store_before_it_began_is_refused(whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    with without_its_store(whole):
        assert ended(target) == "Refused"
        assert rig.standing(whole).shown == target.before.color
    assert settled_live(target) in ("nothing was written", "NothingToUndo")
    assert users.failed == []


@pytest.mark.parametrize("entry", [1, 2])
def test_a_deploy_that_loses_its_store_before_the_switch_is_refused(entry: int, whole: Whole, users: Traffic) -> None:
    """No user saw the new color; what was started of it has ended."""
    target = begun(whole)
    when(lambda: target.entry(entry))
    with without_its_store(whole):
        assert ended(target) == "Refused"
        assert rig.standing(whole).shown == target.before.color
        assert {asked.shows for asked in users.all} == {target.before.color}
    assert settled_live(target) == ROLLED_BACK
    assert users.failed == []


@pytest.mark.parametrize("moment", ["users got it", "it is being watched"])
def test_a_release_that_users_have_stays_without_the_store(moment: str, whole: Whole, users: Traffic) -> None:
    """Its record is completed when the store is back."""
    target = begun(whole)
    when(lambda: MOMENTS[moment](target))
    with without_its_store(whole):
        assert ended(target) == COMPLETED
        assert rig.standing(whole).shown != target.before.color
    assert settled_live(target) == COMPLETED
    assert users.failed == []


def test_a_healthy_release_stays_while_the_database_does_not_answer(whole: Whole) -> None:
    """Both colors need it, so it says nothing about the new one."""
    target = begun(whole)
    when(lambda: rig.watched(target))
    with with_a_frozen_database(whole):
        time.sleep(FROZEN_SECONDS)
    assert settled_live(target, seconds=PROVEN_SECONDS) in (COMPLETED, UNPROVEN)


def test_a_healthy_release_stays_when_the_database_is_killed_and_started_again(whole: Whole) -> None:
    target = begun(whole)
    when(lambda: rig.watched(target))
    kill(whole.program(PROGRAM))
    assert settled_live(target, seconds=PROVEN_SECONDS) in (COMPLETED, UNPROVEN)


def test_a_deploy_that_is_killed_without_the_store_is_settled_when_it_is_back(whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    when(lambda: rig.shown(target))
    with without_its_store(whole):
        target.strike()
        time.sleep(5)
        until(lambda: rig.standing(whole).shown != target.before.color, seconds=LIMIT_SECONDS)
    assert settled_live(target) == ROLLED_BACK
    assert users.failed == []
