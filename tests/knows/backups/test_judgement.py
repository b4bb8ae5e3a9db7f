"""What is made of one look: half gone sets are none, doubts stop everything, and the last failure is told."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from mainstay.backups.judgement import Facts, Rules, agreement, judge, last_failure
from mainstay.backups.listed import Hold, Listed
from mainstay.backups.retention.pruner import Pruner, PruningRecord, done, may_begin
from mainstay.backups.retention.pruning import Tombstone
from mainstay.backups.retention.readers import Reading, goes_on
from mainstay.backups.retention.refusals import word_for
from mainstay.backups.sets import Begun
from tests.knows.backups.retention_rig import MIDNIGHT, ago, keep, seen, taken

RULES = Rules(keep(daily=1), UTC)
HELD = (Hold("kept for comparison", "anna"),)
MANY = tuple(taken(f"h{n}", 300 + n, holds=HELD) for n in range(5))


def stone(set: str, state: str = "condemned", hours_ago: float = 25) -> Tombstone:
    return Tombstone(set, ago(hours_ago), ("why",), state)  # type: ignore[arg-type]


def facts(*sets: Listed, stones: tuple[Tombstone, ...] = (), begun: tuple[Begun, ...] = ()) -> Facts:
    return Facts((*sets, *MANY), begun, {each.set: each for each in stones}, seen())


def begun(id: str, hours_ago: float, parent: str | None = None) -> Begun:
    return Begun(id, "incremental" if parent else "full", ago(hours_ago), "anna", "main", parent)


def test_a_set_that_is_going_stands_for_nothing_and_is_completed() -> None:
    found = judge(facts(taken("new", 1), taken("old", 30), stones=(stone("new", "going"),)), RULES)
    assert found.half_gone == ("new",) and "old" in {each.set.id for each in found.plan.kept}


def test_a_pardoned_set_waits_anew_when_it_is_dropped_again() -> None:
    found = judge(facts(taken("new", 1), taken("old", 200), stones=(stone("old", "pardoned"),)), RULES)
    assert [(each.set, each.since) for each in found.condemned] == [("old", MIDNIGHT)] and not found.sweep.going


def test_what_the_plan_keeps_is_pardoned_and_what_is_not_seen_is_left_alone() -> None:
    found = judge(facts(taken("new", 1), stones=(stone("new"), stone("somewhere else"))), RULES)
    assert [each.set for each in found.pardoned] == ["new"]


def test_what_was_begun_by_one_that_is_going_holds_nothing() -> None:
    """Its manifest is gone and what it began with is not, yet: its parent may go in the same pruning."""
    stones = (stone("child", "going"), stone("old"))
    found = judge(facts(taken("new", 1), taken("old", 200), stones=stones, begun=(begun("child", 199, "old"),)), RULES)
    assert [each.id for each in found.sweep.going] == ["old"]


def test_with_a_doubt_no_unfinished_one_is_condemned() -> None:
    lost = begun("lost", 24 * 9)
    good = facts(taken("new", 1), begun=(lost,))
    assert [each.set for each in judge(good, RULES).condemned] == ["lost"]
    doubtful = replace(good, seen=replace(good.seen, unreadable=("s-1",)))
    assert not judge(doubtful, RULES).condemned and not judge(doubtful, RULES).believed


def test_what_others_stand_on_may_not_go_yet() -> None:
    child = taken("child", 199, "incremental", level=1, parent="old")
    sets = (taken("new", 2), taken("newer", 1, "incremental", level=1, parent="new"), taken("old", 200), child)
    found = judge(facts(*sets, stones=(stone("old"), stone("child"))), RULES)
    assert [each.id for each in found.sweep.going] == ["child", "old"] and found.may_go == {"child"}


def test_a_word_is_good_for_what_would_go_and_for_nothing_else() -> None:
    seen_now = facts(taken("new", 1), taken("old", 200, bytes=9_000), stones=(stone("old"),))
    assert agreement(seen_now, RULES, word_for(["old"]), "anna") is not None
    assert agreement(seen_now, RULES, word_for(["other"]), "anna") is None


@pytest.mark.parametrize(
    ("ended", "hours_ago", "failed"),
    [(True, 0.5, True), (False, 0.5, False), (False, 13, True), (True, 30, False)],
)
def test_the_last_backup_failed_if_nothing_ended_well_after_it(ended: bool, hours_ago: float, failed: bool) -> None:
    """One that has not said so may go on, for half a day."""
    lost = begun(f"{ago(hours_ago):%Y%m%d-%H%M}", hours_ago)
    whole = [taken(f"{ago(20):%Y%m%d-%H%M}", 20)]
    found = last_failure(whole, [lost], [lost.id] if ended else [], seen())
    assert (found is not None) == failed


@pytest.mark.parametrize(
    ("alive", "hours", "may"), [(False, 0, True), (True, 99, False), (None, 1, False), (None, 7, True)]
)
def test_of_two_pruners_one_waits_and_a_dead_one_keeps_nobody(alive: bool | None, hours: float, may: bool) -> None:
    record = PruningRecord(Pruner("anna", "here", 1, "then", ago(hours)))
    assert may_begin(record, alive, MIDNIGHT) is may
    assert may_begin(PruningRecord(), None, MIDNIGHT)


def test_a_record_remembers_what_an_uneventful_pruning_does_not_say() -> None:
    before = PruningRecord(None, ago(48), ago(48))
    assert done(before, acted=MIDNIGHT, deleted=None) == PruningRecord(None, MIDNIGHT, ago(48))
    assert done(before, acted=None, deleted=None) == before


@pytest.mark.parametrize(
    ("alive", "hours", "still"), [(True, 99, True), (False, 0, False), (None, 1, True), (None, 25, False)]
)
def test_a_reader_counts_while_it_lives_or_for_a_day_where_nobody_can_tell(
    alive: bool | None, hours: float, still: bool
) -> None:
    assert (
        goes_on(Reading("restore", "anna", "here", 1, "then", MIDNIGHT - timedelta(hours=hours)), alive, MIDNIGHT)
        is still
    )
