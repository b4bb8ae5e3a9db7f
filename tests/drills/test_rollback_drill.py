"""A rollback killed at every step of it, under traffic: users are on one color that is well, or on the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import processes
from mainstay.journal import COMPLETED
from tests.drills import deploy_rig as rig
from tests.drills.deploy_ends import ended, settled_live
from tests.drills.deploy_rig import HOWS, PLACE, Deploy, How
from tests.drills.running_change import another_holder, holder_of, strike, when
from tests.drills.traffic import Traffic
from tests.waiting import until
from tests.whole import Whole

MOST_ENTRIES = 11  # of its journal; what is beyond the last one is skipped


@pytest.fixture(autouse=True)
def users(whole: Whole, tmp_path: Path) -> Iterator[Traffic]:
    with rig.users_with_a_release(whole, tmp_path) as asking:
        yield asking


def begun(whole: Whole) -> Deploy:
    """Users have a release that passed; they are about to get back what they had before it."""
    before = rig.live(whole)
    assert before is not None
    back_to = next((each for each in rig.VERSIONS if _is(whole, each, before.release)), "")
    if not back_to:  # another drill left something else: both are brought anew
        back_to = rig.VERSIONS[0]
        _deployed(whole, back_to)
    _deployed(whole, next(each for each in rig.VERSIONS if each != back_to))
    now = rig.live(whole)
    assert now is not None
    run = whole.start("rollback", {"system": "practice", "environment": PLACE, "to": back_to})
    change, flow = holder_of(whole, PLACE, run.id, seconds=180)
    return Deploy(whole, PLACE, run.id, change, flow, back_to, now)


def test_a_rollback_that_nobody_strikes_has_no_more_entries_than_are_struck(whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    assert settled_live(target) == COMPLETED
    assert ended(target) == COMPLETED
    assert len(target.journal.entries) <= MOST_ENTRIES
    assert users.failed == []


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("number", range(MOST_ENTRIES))
def test_a_rollback_killed_at_its_entry(number: int, how: How, whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    rig.at_entry(target, number, how)
    strike(target)
    settled_live(target)
    ended(target)
    assert users.failed == []


def test_a_rollback_is_finished_although_its_undo_is_killed_as_well(whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    when(lambda: rig.host_says_passed(target))
    strike(target)
    processes.kill(another_holder(target))
    assert settled_live(target) == COMPLETED
    assert users.failed == []


def _deployed(whole: Whole, version: str) -> None:
    run = whole.ended(rig.asked(whole, version), seconds=300)
    assert run.state in (COMPLETED, "NothingToDo"), run.message
    until(lambda: whole.open_changes() == [], seconds=60)


def _is(whole: Whole, version: str, release: str) -> bool:
    return release.startswith(rig.commit(whole, version)[:12])
