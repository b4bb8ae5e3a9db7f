"""What is read back tonight: what waits longest, and in a week all of it."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from mainstay.backups.due import CLOCKS, Asked, Place
from mainstay.backups.past import Past
from mainstay.backups.proofs.readings import NIGHTS, Standing, choose_readings, due_readings, standing, told
from mainstay.backups.sets import BackupSet, Piece, Proof
from mainstay.descriptor.environment import Backups

NIGHT = datetime(2026, 11, 20, 2, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def stands(id: str, days_ago: float, bytes: int = 100, *, read: bool = True) -> Standing:
    return Standing(id, bytes, NIGHT - days_ago * DAY, read)


def ids(sets: list[Standing]) -> list[str]:
    return [each.id for each in choose_readings(sets, NIGHT)]


def test_what_was_read_longest_ago_comes_first_until_a_seventh_is_reached() -> None:
    sets = [stands(f"{days:02}", days) for days in range(14)]
    assert ids(sets) == ["13", "12"]
    assert told(choose_readings(sets, NIGHT), sets) == "2 of 14 sets, 200 bytes of 1.4 kB"


def test_each_is_chosen_for_a_reason() -> None:
    first, second = (choose_readings([each], NIGHT)[0].why for each in (stands("a", 9), stands("b", 3, read=False)))
    assert (first, second) == ("last read 9 d ago", "written 3 d ago and never read since")


def test_one_is_always_read_and_none_where_there_is_none() -> None:
    assert ids([stands("only", 0.1)]) == ["only"]
    assert ids([stands("empty", 0.1, bytes=0)]) == ["empty"]
    assert ids([]) == []


def test_restoring_a_set_reads_it_too_and_a_look_at_sizes_does_not() -> None:
    made = BackupSet(
        "a", "shop", "production", "full", NIGHT, NIGHT, NIGHT, "anna", None, None, Piece("sets/x", 9, "0" * 64, 9)
    )  # fmt: skip
    complete, restored = (Proof("a", level, True, "", NIGHT + level * DAY) for level in (1, 3))
    assert standing(made, (complete,)) == Standing("a", 9, NIGHT, False)
    assert standing(made, (complete, restored)) == Standing("a", 9, NIGHT + 3 * DAY, True)
    broken = Proof("a", 2, False, "", NIGHT + 4 * DAY)
    assert standing(made, (restored, broken)).seen_at == NIGHT + 4 * DAY, "a bad one waits its turn like any other"


@pytest.mark.parametrize("seed", range(20))
def test_within_nine_nights_everything_is_read_whatever_comes_and_goes(seed: int) -> None:
    """A set comes every night and the oldest goes. Sizes differ a thousandfold, so a night may be a set longer."""
    rng = random.Random(seed)
    sets = {f"old-{n}": Standing(f"old-{n}", rng.choice((1, 40, 1000)), NIGHT, False) for n in range(30)}
    now, oldest, read = NIGHT, timedelta(), list[float]()
    for night in range(60):
        now += DAY
        sets.pop(min(sets), None)
        sets[f"old-{99 + night}"] = Standing(f"old-{99 + night}", rng.choice((1, 40, 1000)), now, False)
        chosen = choose_readings(sets.values(), now)
        read.append(sum(each.bytes for each in chosen) / sum(each.bytes for each in sets.values()))
        for each in chosen:
            oldest = max(oldest, now - sets[each.id].seen_at)
            sets[each.id] = Standing(each.id, each.bytes, now, True)
        oldest = max(oldest, *(now - each.seen_at for each in sets.values()))
    assert oldest <= 9 * DAY
    assert sum(read) / len(read) < 2 / NIGHTS


def test_every_night_after_the_backups_those_are_read_that_there_are() -> None:
    there = Place("shop", "production", Backups(full="nightly"), (Past("full", NIGHT - DAY, NIGHT, True),))
    nothing = Place("cafe", "production", Backups(full="nightly"), (Past("full", NIGHT - DAY, None, False),))
    (found,) = due_readings(Asked("nightly", NIGHT, NIGHT, UTC), [there, nothing])
    assert (found.system, found.key) == ("shop", "nightly/2026-11-20T02:00:00Z/shop/production/read")
    assert found.begins_at - NIGHT > CLOCKS["nightly"].late
    (late,) = due_readings(Asked("nightly", NIGHT, NIGHT + 9 * HOUR, UTC), [there])
    assert late.key == found.key and late.begins_at > NIGHT + 9 * HOUR
    assert not list(due_readings(Asked("often", NIGHT, NIGHT, UTC), [there]))
