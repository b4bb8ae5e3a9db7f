"""What a rollback goes to, and what the database says to that."""

import pytest

from mainstay.errors import BadInput, Refused
from mainstay.releases import ReleaseRecord
from mainstay.rollback import choose_target, kept_from, plan_rollback
from tests.knows.releases_world import recorded, release, showing

HISTORY = [recorded("v3", hour=3), recorded("v2", "RolledBack", hour=2), recorded("v1", hour=1)]  # newest first


def target(to: str = "", live: str | None = "v3", records: list[ReleaseRecord] = HISTORY) -> str:
    return choose_target(records, release(live).id if live else None, to).version


def test_where_nobody_names_one_it_is_the_newest_that_passed_before_what_is_live() -> None:
    assert target() == "v1"


def test_where_nothing_passed_before_it_says_so() -> None:
    with pytest.raises(Refused, match="There is nothing to go back to"):
        target(live="v1")


@pytest.mark.parametrize("name", ["v1", release("v1").id, release("v1").commit, release("v1").commit[:7]])
def test_a_person_names_it_as_he_knows_it(name: str) -> None:
    assert target(name) == "v1"


def test_a_commit_of_six_letters_is_no_name() -> None:
    with pytest.raises(BadInput):
        target(release("v1").commit[:6])


def test_one_that_came_back_or_was_never_here_is_no_target_and_those_that_are_get_named() -> None:
    for name in ("v2", "v9"):
        with pytest.raises(BadInput, match=f"{name} was never live here.*Live were: v3, v1"):
            target(name)
    with pytest.raises(BadInput, match="Live were: none"):
        target("v1", records=[])


def test_the_way_back_takes_the_color_that_users_do_not_see() -> None:
    found = plan_rollback(HISTORY[2], HISTORY, [showing("green", "v3")])
    assert found is not None
    assert (found.plan.to, found.plan.release) == ("blue", release("v1"))
    assert found.plan.before is not None and found.plan.before.release == release("v3").id
    assert "to v1, which was Completed at 2026-11-20 01:00 UTC" in found.plan.reasons[0]


def test_what_users_see_already_needs_no_way() -> None:
    assert plan_rollback(HISTORY[0], HISTORY, [showing("green", "v3")]) is None


def test_from_nothing_there_is_no_way_back() -> None:
    with pytest.raises(Refused, match="Nothing is live here"):
        plan_rollback(HISTORY[2], HISTORY, [showing(None)])


def way(*newer: ReleaseRecord) -> str:
    """From whatever is live to v1, with all that came after it, oldest first."""
    records = [*reversed(newer), recorded("v1", hour=1)]
    found = plan_rollback(records[-1], records, [showing("green", "v9")])
    assert found is not None
    return found.database.way


def test_only_what_came_after_the_target_speaks_against_it() -> None:
    before = [recorded("v2", hour=2), recorded("v1", hour=1, migration="contract", loses=True)]
    found = plan_rollback(before[1], before, [showing("green", "v2")])
    assert found is not None and found.database.way == "code only"


def test_a_schema_that_grew_keeps_the_way_open_and_one_that_shrank_does_not() -> None:
    assert way(recorded("v2", hour=2, migration="expand", head="0002")) == "code only"
    assert way(recorded("v2", hour=2, migration="contract")) == "needs a down-migration"
    assert way(recorded("v2", hour=2, migration="contract", loses=True)) == "needs a restore"


def test_what_came_back_left_its_migration_behind() -> None:
    assert way(recorded("v2", "RolledBack", hour=2, migration="contract", loses=True)) == "needs a restore"


def test_what_stands_since_its_first_time_counts_even_if_it_was_live_again_later() -> None:
    gone = recorded("v2", hour=2, migration="contract", loses=True)
    records = [recorded("v3", hour=4), recorded("v1", hour=3), gone, recorded("v1", hour=1)]
    found = plan_rollback(records[1], records, [showing("green", "v3")])
    assert found is not None and found.database.way == "needs a restore"


@pytest.mark.parametrize(
    ("live", "brought", "deploying", "kept"),
    [
        ("good", {"new"}, True, "good"),
        ("good", {"new"}, False, "good"),  # whoever brought it is dead
        ("good", set(), True, "good"),  # it has not said yet what it brings
        ("new", {"new"}, True, ""),  # users see it: back is back
        ("good", set(), False, ""),
        (None, {"new"}, True, ""),
    ],
)
def test_a_rollback_means_the_deploy_that_users_do_not_see_yet(
    live: str | None, brought: set[str], deploying: bool, kept: str
) -> None:
    assert kept_from(live, brought, deploying=deploying) == kept
