"""Until when sets are locked: as long as they will be kept at least, with all they need, and no longer."""

import random
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from mainstay.backups.copies.locks import AHEAD, Lock, from_the_start, plan_locks
from mainstay.backups.listed import Hold, Listed
from mainstay.backups.retention.keeping import plan_retention
from mainstay.descriptor.environment import Keep
from tests.knows.backups.retention_rig import MIDNIGHT, at, increment, keep, planned, taken

MINUTE = timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")


def locks(sets: list[Listed], rules: Keep, now: datetime = MIDNIGHT, zone: tzinfo = UTC) -> dict[str, Lock]:
    return {each.set: each for each in plan_locks(planned(sets, rules, now, zone), rules, zone)}


def test_what_is_being_written_is_locked_for_as_long_as_every_set_stays() -> None:
    assert from_the_start(keep(all_for_hours=48), MIDNIGHT) == MIDNIGHT + timedelta(hours=48)


def test_the_set_of_a_day_that_is_over_is_locked_until_so_many_days_have_passed() -> None:
    found = locks([taken("new", 1), taken("yesterday", 30)], keep(daily=7))
    assert found["yesterday"].until == datetime(2026, 12, 3, tzinfo=UTC)
    assert found["yesterday"].reason == "daily of 2026-11-26"


def test_of_a_day_that_goes_on_nobody_knows_yet_who_will_stand_for_it() -> None:
    noon = MIDNIGHT + timedelta(hours=12)
    assert locks([at("today", MIDNIGHT)], keep(daily=7), noon)["today"].until == noon + AHEAD


@pytest.mark.parametrize(
    ("tier", "days_ago", "until"),
    [
        ({"weekly": 2}, 12, datetime(2026, 11, 30, tzinfo=UTC)),
        ({"monthly": 3}, 30, datetime(2027, 1, 1, tzinfo=UTC)),
        ({"yearly": 3}, 400, datetime(2028, 1, 1, tzinfo=UTC)),
    ],
)
def test_each_tier_locks_to_the_first_moment_at_which_a_set_may_go(
    tier: dict[str, int], days_ago: int, until: datetime
) -> None:
    found = locks([taken("new", 1), taken("old", 24 * days_ago)], keep(**tier))
    assert found["old"].until == until


def test_hours_are_counted_from_the_set_itself() -> None:
    found = locks([taken("new", 1), taken("old", 5)], keep(hourly=100))
    assert found["old"].until == MIDNIGHT + timedelta(hours=95)


def test_days_are_those_of_the_installation() -> None:
    now = MIDNIGHT - timedelta(minutes=30)  # in Berlin the 28th has begun
    sets = [at("new", now - MINUTE), at("late", datetime(2026, 11, 26, 23, 30, tzinfo=UTC))]  # there it is the 27th
    assert locks(sets[1:], keep(daily=5), now, BERLIN)["late"].until == datetime(2026, 12, 1, 23, tzinfo=UTC)
    assert locks(sets, keep(daily=5), now, UTC)["late"].until == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_parent_is_locked_as_long_as_what_is_built_on_it() -> None:
    sets = [taken("new", 1), increment("child", 30, "base"), taken("base", 300)]
    found = locks(sets, keep(daily=9))
    assert found["base"].until == found["child"].until > MIDNIGHT + AHEAD
    assert found["base"].reason == "needed by child"


def test_what_is_held_is_locked_for_a_while_again_and_again() -> None:
    held = taken("held", 9_000, holds=(Hold("lawsuit", "anna"),))
    assert locks([taken("new", 1), held], keep())["held"].until == MIDNIGHT + AHEAD


def test_what_may_go_is_not_locked() -> None:
    assert "old" not in locks([taken("new", 1), taken("old", 100)], keep())


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_locked_for_longer_than_a_condemned_set_waits_besides(seed: int) -> None:
    """Sets are taken on; whatever retention lets go then is locked no longer than half a day beyond that day's wait."""
    chance = random.Random(seed)
    rules = keep(**{word: chance.randint(0, 4) for word in ("hourly", "daily", "weekly", "monthly")}, all_for_hours=6)
    now, sets, locked = MIDNIGHT, list[Listed](), dict[str, datetime]()
    zone = chance.choice([UTC, BERLIN, ZoneInfo("America/New_York")])
    for number in range(90):
        now += timedelta(hours=chance.choice((1, 5, 24, 50)))
        sets.append(at(f"s{number:03}", now - MINUTE, parent=chance.choice([None, None, *(s.id for s in sets[-1:])])))
        plan = plan_retention(sets, rules, now, zone)
        for lock in plan_locks(plan, rules, zone):
            locked[lock.set] = max(lock.until, locked.get(lock.set, lock.until))
        too_long = {each.set.id: locked[each.set.id] - now for each in plan.dropped if each.set.id in locked}
        assert all(left <= AHEAD for left in too_long.values()), (seed, number, too_long)
        assert all(locked[each.set.id] > now for each in plan.kept), "what stays is locked"
        sets = [each.set for each in reversed(plan.kept)]
