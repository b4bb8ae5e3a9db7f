"""Each sign by itself: what makes it one, and what does not."""

from mainstay.descriptor.environment import Watch
from mainstay.watch.signs import AT_ONCE, HELD, Compared, errors, proven, silence, slowed
from mainstay.watch.traffic import BASELINE_MOST, Probe, Request, Sample, baseline
from tests.knows.watch_world import SWITCH, probes, requests

RULES = Watch()


def seconds_of(count: int, bad_every: int, errors_each: int, per_second: int = 10) -> Sample:
    """So many seconds of traffic; in one of so many, so many requests fail."""
    return Sample(
        [
            Request(second + i / per_second, "green", 500 if bad else 200, 0.05, "/")
            for second in range(count)
            for i in range(per_second)
            for bad in (second % bad_every == 0 and i < errors_each,)
        ]
    )


def test_a_second_counts_once_whether_it_was_good_or_bad() -> None:
    sample = seconds_of(6, bad_every=3, errors_each=4)
    assert (len(sample), len(sample.failed), sample.bad_moments, sample.moments) == (60, 8, 2, 6)


def test_less_than_the_factor_is_no_sign_however_sure_it_is() -> None:
    old, worse = seconds_of(3000, bad_every=10, errors_each=1), seconds_of(3000, bad_every=6, errors_each=3)
    assert errors(RULES, worse, old).chance == 1
    assert errors(RULES.model_copy(update={"error_factor": 1.5}), worse, old).chance < AT_ONCE


def test_where_most_moments_were_bad_before_it_is_still_seen_when_all_are() -> None:
    old, worse = seconds_of(100, bad_every=2, errors_each=1), seconds_of(60, bad_every=1, errors_each=3)
    assert errors(RULES, worse, old).chance < AT_ONCE


def test_a_baseline_that_is_missing_is_taken_to_have_failed_as_often_as_is_allowed() -> None:
    new = seconds_of(30, bad_every=5, errors_each=1, per_second=1)
    assert errors(RULES.model_copy(update={"error_floor_percent": 10.0}), new, Sample()).chance > 0.05
    assert errors(RULES, new, Sample()).chance < 0.01


def test_what_is_not_sure_at_once_must_have_been_there_a_while_ago() -> None:
    likely, sure = Compared(True, HELD / 2), Compared(True, AT_ONCE / 2)
    assert proven(likely, lambda: likely)
    assert not proven(likely, Compared)
    assert proven(sure, Compared)
    assert not proven(Compared(False, AT_ONCE / 2), lambda: sure)


def test_failed_probes_are_a_row_only_if_no_single_moment_explains_them() -> None:
    quick = [Probe(SWITCH + i / 10, "green", False, 0.01) for i in range(9)]
    slow = [Probe(SWITCH + i, "green", False, 0.01) for i in range(3)]
    assert not silence(quick)
    assert silence(slow) == slow
    assert not silence(slow[:2])
    assert not silence([*slow, Probe(SWITCH + 3, "green", True, 0.01)])


def test_too_few_probes_say_nothing_about_slowness() -> None:
    assert slowed(probes("blue", -4, 0), probes("blue", 0, 60, seconds=1)) == 1
    assert slowed(probes("blue", -20, 0), probes("blue", 0, 60, seconds=0.06)) == 3


def test_a_baseline_is_never_so_long_that_looking_takes_long() -> None:
    log = requests("blue", -1300, 0, per_second=10)
    assert list(baseline(log, "blue", SWITCH).requests) == log[-BASELINE_MOST:]
