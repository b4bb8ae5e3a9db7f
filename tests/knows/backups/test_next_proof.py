"""Which set the clock has restored: the newest full of each environment, one at a time, and never without an end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mainstay.backups.due import CLOCKS, Asked, Place
from mainstay.backups.past import Past
from mainstay.backups.proofs.proving import (
    BETWEEN,
    LONGEST,
    MOST_TRIES,
    SETTLED,
    TOO_LONG,
    DueProof,
    Full,
    Try,
    next_proof,
    unproven,
)
from mainstay.backups.sets import Proof, level_reached
from mainstay.descriptor.environment import Backups

MIDDAY = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HERE, THERE = "web-1", "web-2"
SHOP = Place("shop", "production", Backups(full="nightly", files="hourly", incremental="often"), ())


def asked(now: datetime = MIDDAY) -> Asked:
    return Asked("often", now, now, UTC)


def full(
    name: str = "a", *, ended: timedelta = 5 * HOUR, level: int = 1, good: bool = True, system: str = "shop"
) -> Full:
    proof = Proof(name, level, good, "", MIDDAY - 4 * HOUR)
    return Full(system, "production", name, MIDDAY - ended, (proof,), ())


def tried(found: Full, *ago: timedelta, machine: str = HERE) -> Full:
    return replace(found, tries=tuple(Try(found.id, MIDDAY - each, "cron", machine) for each in ago))


def chosen(*fulls: Full, now: datetime = MIDDAY, busy: bool = False, place: Place = SHOP) -> DueProof | str:
    return next_proof(asked(now), [place], fulls, machine=HERE, busy=busy)


def id_of(found: DueProof | str) -> str:
    assert isinstance(found, DueProof), found
    return found.set


def test_a_full_set_that_was_never_restored_is_next() -> None:
    found = chosen(full())
    assert id_of(found) == "a" and "whole for 5 h and never restored" in str(found)
    assert id_of(chosen(full(level=2))) == "a", "read back is not restored"


@pytest.mark.parametrize("judged", [full(level=3), full(level=3, good=False), full(level=1, good=False)])
def test_a_set_with_a_verdict_is_left_alone(judged: Full) -> None:
    assert chosen(judged) == "no full set waits for its proof"
    assert not list(unproven([replace(judged, ended_at=MIDDAY - 9 * TOO_LONG)], MIDDAY, busy=False))


def test_one_that_was_doubted_has_its_verdict() -> None:
    doubted = Proof("a", 3, True, "", MIDDAY, {}, (), ("something does not hold",))
    assert isinstance(chosen(replace(full(), proofs=(doubted,))), str)


def test_one_that_was_restored_as_far_as_this_machine_can_is_not_tried_again_nor_told_as_never_proven() -> None:
    """What is lacking is a program, and another try would not bring it. It stays read back for retention."""
    partly = Proof("a", 2, True, "", MIDDAY, unstarted=("Redis was not loaded",))
    found = replace(tried(full(), BETWEEN), proofs=(partly,), ended_at=MIDDAY - 9 * TOO_LONG)
    assert chosen(found) == "no full set waits for its proof"
    assert not list(unproven([found], MIDDAY, busy=False)) and level_reached((partly,)) == 2


def test_one_at_a_time_on_a_machine() -> None:
    assert "one at a time" in str(chosen(full(), busy=True))


def test_of_several_the_one_that_waits_longest_comes_first() -> None:
    assert id_of(chosen(full("a"), full("b", ended=6 * HOUR, system="cafe"))) == "b"


def test_a_person_who_took_a_set_has_a_while_to_prove_it_himself() -> None:
    assert isinstance(chosen(full(ended=SETTLED - MINUTE)), str)
    assert id_of(chosen(full(ended=SETTLED))) == "a"


def test_it_begins_after_the_backups_of_its_slot_have() -> None:
    found = chosen(full())
    assert isinstance(found, DueProof) and found.begins_at > MIDDAY + CLOCKS["often"].spread


@pytest.mark.parametrize("minute", [0, 9])
def test_it_waits_while_rarer_backups_begin(minute: int) -> None:
    now = MIDDAY.replace(minute=minute)
    assert chosen(full(), now=now) == "the backups of the slot hourly begin now"
    nobody_hourly = replace(SHOP, backups=Backups(full="nightly"))
    assert id_of(chosen(full(), now=now, place=nobody_hourly)) == "a"
    assert "nightly" in str(chosen(full(), now=MIDDAY.replace(hour=2, minute=29), place=nobody_hourly))


def test_it_waits_for_a_full_backup_that_is_being_taken_and_for_none_that_died_or_was_given_up() -> None:
    taking = replace(SHOP, past=(Past("full", MIDDAY - HOUR, None, False),))
    given_up = replace(SHOP, past=(Past("full", MIDDAY - 3 * HOUR, None, False),))
    assert chosen(full(), place=taking) == "a full backup of shop production is being taken"
    assert id_of(chosen(full(), place=given_up)) == "a"
    died = replace(SHOP, past=(Past("full", MIDDAY - HOUR, None, False, "s", died=True),))
    assert id_of(chosen(full(), place=died)) == "a"


def test_a_try_without_a_verdict_is_made_again_later_and_not_for_ever() -> None:
    once = tried(full(), BETWEEN)
    assert isinstance(chosen(tried(full(), BETWEEN - MINUTE)), str)
    found = chosen(once)
    assert isinstance(found, DueProof) and (found.number, f"try 2 of {MOST_TRIES}" in found.why) == (2, True)
    assert isinstance(chosen(tried(full(), *(n * BETWEEN for n in range(1, MOST_TRIES + 1)))), str)


def test_a_try_on_another_machine_is_waited_for_as_long_as_it_may_live() -> None:
    assert isinstance(chosen(tried(full(), LONGEST - MINUTE, machine=THERE)), str)
    assert id_of(chosen(tried(full(), LONGEST, machine=THERE))) == "a"


def test_the_key_is_one_for_each_try_and_hour() -> None:
    """Asked every three minutes, it is the same run; one that was lost before it began is made up for in an hour."""
    fresh = full(ended=SETTLED)
    first, same, later = (chosen(fresh, now=MIDDAY + n * MINUTE) for n in (0, 29, 75))
    second = chosen(tried(full(), BETWEEN))
    assert all(isinstance(each, DueProof) for each in (first, same, later, second))
    keys = [each.key for each in (first, same, later, second) if isinstance(each, DueProof)]
    assert keys[0] == keys[1] == "prove/shop/production/a/1/0" and len(set(keys)) == 3


def test_only_the_clock_that_comes_most_often_starts_proofs() -> None:
    for slot in ("hourly", "nightly"):
        found = next_proof(Asked(slot, MIDDAY, MIDDAY, UTC), [SHOP], [full()], machine=HERE, busy=False)
        assert isinstance(found, str)


def test_people_hear_of_a_set_whose_tries_came_to_nothing() -> None:
    hopeless = tried(full(), *(n * BETWEEN for n in range(1, MOST_TRIES + 1)))
    (found,) = unproven([hopeless], MIDDAY, busy=False)
    assert (found.set, found.tries, found.since) == ("a", MOST_TRIES, MIDDAY - 5 * HOUR)
    assert not list(unproven([tried(full(), HOUR)], MIDDAY, busy=False))
    last_goes_on = tried(full(), *(n * BETWEEN - MINUTE for n in range(1, MOST_TRIES + 1)))
    assert not list(unproven([last_goes_on], MIDDAY, busy=False))


def test_people_hear_of_a_set_that_waits_too_long_though_nobody_began() -> None:
    late = full(ended=TOO_LONG + MINUTE)
    assert [each.tries for each in unproven([late], MIDDAY, busy=False)] == [0]
    assert not list(unproven([late], MIDDAY, busy=True)), "the one at work may be of this set"
