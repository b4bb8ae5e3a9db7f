"""A few of the two thousand watches of the benchmark, and what the rule everybody begins with makes of them."""

from random import Random

import pytest

from benchmarks.simulated_traffic import (
    SWITCHED_AT,
    Draw,
    Rule,
    every_look,
    looks_that_matter,
    naive,
    ours,
    went_back,
)
from mainstay.descriptor.environment import Watch
from mainstay.watch import LOOK_SECONDS
from mainstay.watch.traffic import Sample

WATCHES = 40
SECONDS = 600.0
RULE = ours(Watch(shortest_seconds=SECONDS))


def false_rollbacks(rule: Rule, per_minute: float, baseline: int) -> int:
    found = 0
    for seed in range(WATCHES):
        chance, draw = Random(seed), Draw(per_minute)
        before = Sample(draw.requests(chance, "blue", SWITCHED_AT - baseline * 60 / per_minute, baseline))
        since = draw.requests(chance, "green", SWITCHED_AT, int(per_minute * SECONDS / 60))
        found += went_back(rule, before, since, looks_that_matter(since, SECONDS)) is not None
    return found


@pytest.mark.parametrize("baseline", [330, 1000])
def test_a_healthy_release_whose_errors_come_in_bursts_stays(baseline: int) -> None:
    assert false_rollbacks(RULE, 60, baseline) == 0


def test_the_naive_rule_switches_many_of_them_back() -> None:
    assert false_rollbacks(naive, 60, 1) > WATCHES / 4


def test_a_simulated_release_is_looked_at_as_often_as_a_live_one() -> None:
    assert list(every_look(4 * LOOK_SECONDS)) == [LOOK_SECONDS * number for number in (1, 2, 3, 4)]


def test_looks_between_two_errors_find_nothing_new() -> None:
    bad = Draw(60, share=0.06, bursts=(1, 2))
    found = []
    for seed in range(10):
        chance = Random(seed)
        before = Sample(Draw(60).requests(chance, "blue", SWITCHED_AT - 330, 330))
        since = bad.requests(chance, "green", SWITCHED_AT, 240)
        found.append(went_back(RULE, before, since, looks_that_matter(since, 240)))
        assert went_back(RULE, before, since, every_look(240)) == found[-1]
    assert None in found and len(set(found)) > 3


@pytest.mark.parametrize(("share", "limit"), [(1.0, 10), (0.2, 24), (0.05, 240)])
def test_a_bad_release_goes_in_time(share: float, limit: float) -> None:
    for seed in range(3):
        chance = Random(seed)
        before = Sample(Draw(300).requests(chance, "blue", SWITCHED_AT - 66, 330))
        since = Draw(300, share=share, bursts=(1,)).requests(chance, "green", SWITCHED_AT, 1200)
        seconds = went_back(RULE, before, since, looks_that_matter(since, 240))
        assert seconds is not None and seconds <= limit, seed


def test_as_many_requests_fail_as_the_draw_says() -> None:
    drawn = Draw(600).requests(Random(7), "green", SWITCHED_AT, 60_000)
    assert 0.0025 < Sample(drawn).share < 0.0035
    assert Sample(drawn).bad_moments < len(Sample(drawn).failed) / 1.8
    assert all(request.failed for request in Draw(60, share=1.0, bursts=(1,)).requests(Random(7), "green", 0, 100))
