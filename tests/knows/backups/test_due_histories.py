"""Random histories of rounds: with the machine off, runs lost, late and doubled, and clocks that are moved."""

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from mainstay.backups.due import CLOCKS
from mainstay.backups.past import Past
from mainstay.descriptor.environment import BackupSlot
from tests.knows.backups.rounds_world import CAFE, SHOP, TICK, Kind, World

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
HISTORIES = range(5)  # one in each zone


@cache
def history(seed: int, *, steps: bool = False, deaths: bool = False) -> World:
    """Half of them around a day on which clocks are changed somewhere."""
    rng = random.Random(seed)
    month, day = rng.choice(((3, 7), (3, 28), (10, 24), (6, 1)))
    days = rng.choice((2, 3))
    return World(
        seed, ZoneInfo(ZONES[seed % len(ZONES)]), datetime(2026, month, day, tzinfo=UTC), days, steps, deaths
    ).live()


def slot_of(kind: Kind) -> BackupSlot:
    slot: BackupSlot = getattr({"shop": SHOP, "cafe": CAFE}[kind[0]], kind[1])
    return slot


def truly_missed(world: World, kind: Kind, since: datetime, until: datetime) -> bool:
    """Between two backups a slot passed: it was over, or its time to begin, before the second one began."""
    times, late = world.slots[slot_of(kind)], CLOCKS[slot_of(kind)].late
    ends = [*times[1:], datetime.max.replace(tzinfo=UTC)]
    return any(
        since < at and (end <= until or until - at > late) for at, end in zip(times, ends, strict=True) if at <= until
    )


@pytest.mark.parametrize("seed", HISTORIES)
def test_each_slot_gets_at_most_one_backup_of_each_kind(seed: int) -> None:
    world = history(seed)
    for kind, pasts in world.begun.items():
        times = world.slots[slot_of(kind)]
        on_time = [past.begun_at for past in pasts if (kind, past.begun_at) not in world.waited]
        slots = [max(at for at in times if at <= begun_at) for begun_at in on_time]
        assert len(slots) == len(set(slots))


@pytest.mark.parametrize("seed", HISTORIES)
def test_a_slot_gets_a_second_one_where_the_first_one_was_killed_and_never_a_third(seed: int) -> None:
    world, seconds = history(seed, deaths=True), 0
    for kind, pasts in world.begun.items():
        times = world.slots[slot_of(kind)]
        slots: dict[datetime, list[Past]] = {}
        for past in pasts:
            if (kind, past.begun_at) not in world.waited:
                slots.setdefault(max(at for at in times if at <= past.begun_at), []).append(past)
        assert all(len(each) == 1 or (len(each) == 2 and each[0].died) for each in slots.values())
        seconds += sum(len(each) == 2 for each in slots.values())
    assert seconds > 5
    assert world.most_at_once == 1


@pytest.mark.parametrize("steps", [False, True])
@pytest.mark.parametrize("seed", HISTORIES)
def test_however_many_rounds_come_at_once_one_backup_of_each_kind_is_started(seed: int, steps: bool) -> None:
    assert history(seed, steps=steps).most_at_once == 1


@pytest.mark.parametrize("seed", HISTORIES)
def test_each_missed_stretch_is_told_and_nothing_else_is(seed: int) -> None:
    world = history(seed)
    for system, kind in world.begun:
        begun = [past.begun_at for past in world.serving((system, kind))]
        truth = {
            since
            for since, until, then in zip(begun, begun[1:], [*begun[2:], world.now], strict=False)
            if truly_missed(world, (system, kind), since, until) and any(until < at < then for at in world.seen_at)
        }
        told = {since for name, what, since in world.told if (name, what) == (system, kind)}
        possible = {since for since, until in pairwise(begun) if truly_missed(world, (system, kind), since, until)}
        assert truth <= told <= possible


@pytest.mark.parametrize("steps", [False, True])
@pytest.mark.parametrize("seed", HISTORIES)
def test_a_day_after_the_last_trouble_everything_is_in_step(seed: int, steps: bool) -> None:
    """A slot that was taken by a clock that was ahead stays taken: when its time really comes, it is passed over."""
    world = history(seed, steps=steps)
    assert len(world.begun) == 6
    for kind, pasts in world.begun.items():
        every = {"often": TICK, "hourly": timedelta(hours=1), "nightly": timedelta(hours=25)}[slot_of(kind)]
        newest = max(past.begun_at for past in pasts if past.begun_at <= world.now)
        assert world.now - newest <= every * (2 if steps else 1) + CLOCKS[slot_of(kind)].spread + TICK


def test_the_histories_held_what_they_are_to_prove_something_about() -> None:
    worlds = [history(seed) for seed in HISTORIES]
    assert sum(len(world.told) for world in worlds) > 10
    assert sum(len(world.waited) for world in worlds) > 3
    assert {world.zone.key for world in worlds} == set(ZONES)
