"""A deploy killed at every step of it, under traffic, on a whole installation that nobody helps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mainstay.journal import COMPLETED
from tests.drills import deploy_rig as rig
from tests.drills.deploy_rig import HOWS, How, begun, settled_live
from tests.drills.traffic import Traffic
from tests.whole import Whole

MOST_ENTRIES = 12  # of the journal of a deploy without a migration; what is beyond the last one is skipped


@pytest.fixture(autouse=True)
def users(whole: Whole, tmp_path: Path) -> Iterator[Traffic]:
    with rig.users_with_a_release(whole, tmp_path) as asking:
        yield asking


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("number", range(MOST_ENTRIES))
def test_a_deploy_killed_at_its_entry(number: int, how: How, whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    rig.at_entry(target, number, how)
    rig.strike(target)
    settled_live(target)
    rig.ended(target)
    assert users.failed == []


def test_a_deploy_that_nobody_strikes_has_no_more_entries_than_are_struck(whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    assert settled_live(target) == COMPLETED
    assert rig.ended(target) == COMPLETED
    assert len(target.journal.entries) <= MOST_ENTRIES
    assert users.failed == []
