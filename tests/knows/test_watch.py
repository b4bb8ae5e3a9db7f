"""A release that users see: when it stays, when it goes, and when nobody can say yet."""

import pytest

from mainstay.descriptor.environment import Watch
from mainstay.watch import Kind
from mainstay.watch.traffic import Request, Sample, baseline
from tests.knows.watch_world import HEALTHY, RULES, SWITCH, World, both, probes, requests

ALL, FIFTH, TWENTIETH = (lambda at: True), (lambda at: round(at * 5) % 5 == 2), (lambda at: round(at * 5) % 20 == 7)


def test_a_healthy_release_passes_as_soon_as_it_may() -> None:
    assert HEALTHY.ends() == (Kind.PASS, 120)
    assert HEALTHY.look(120).sentence == (
        "0 of 598 requests failed on green, 0 of 330 on blue; 0 of 120 probes failed on green, 0 of 140 on blue;"
        " a request takes 1.0 times as long on green as it did on blue"
    )


@pytest.mark.parametrize(("failing", "limit"), [(ALL, 10), (FIFTH, 20), (TWENTIETH, 240)])
def test_errors_bring_the_old_color_back_in_time(failing: object, limit: float) -> None:
    kind, seconds = HEALTHY.but(since=requests("green", 0, 150, failing=failing)).ends()  # type: ignore[arg-type]
    assert kind is Kind.FAIL
    assert seconds <= limit


def test_the_verdict_says_what_users_met_on_either_color() -> None:
    verdict = HEALTHY.but(since=requests("green", 0, 60, failing=FIFTH)).look(15)
    assert verdict.kind is Kind.FAIL
    assert verdict.sentence == "15 of 73 requests failed on green, 0 of 330 on blue (p < 0.0001)"
    assert (verdict.numbers["errors"], verdict.numbers["bad_moments"], verdict.page) == (15, 15, "")


def test_twenty_errors_of_one_moment_are_one_event_and_no_proof() -> None:
    hiccup = [Request(SWITCH + 30 + i / 25, "green", 500, 0.05, f"/part/{i}") for i in range(20)]
    world = HEALTHY.but(since=[*requests("green", 0, 150), *hiccup])
    assert world.ends() == (Kind.PASS, 120)
    assert world.look(34).kind is Kind.WAIT


def test_fewer_errors_than_the_rules_ask_for_prove_nothing_and_do_not_pass_either() -> None:
    three = requests("green", 0, 10, per_second=0.3, failing=ALL)
    assert HEALTHY.but(since=three).look(60).kind is Kind.WAIT
    assert HEALTHY.but(since=three, rules=Watch(minimum_errors=3)).look(60).kind is Kind.FAIL


def test_errors_that_the_old_color_had_as_well_are_not_held_against_the_new_one() -> None:
    before = requests("blue", -660, 0, failing=TWENTIETH)
    world = HEALTHY.but(before=before, since=requests("green", 0, 150, failing=TWENTIETH))
    assert world.ends() == (Kind.PASS, 120)


def test_ten_times_the_traffic_with_the_same_share_of_errors_is_no_worse() -> None:
    def one_in_fifty(at: float) -> bool:
        return round(at * 50) % 50 == 7

    before = requests("blue", -660, 0, failing=lambda at: round(at * 5) % 50 == 7)
    since = requests("green", 0, 130, per_second=50, failing=one_in_fifty)
    assert HEALTHY.but(before=before, since=since).ends()[0] is Kind.PASS


def test_a_burst_in_the_baseline_does_not_excuse_a_bad_release() -> None:
    burst = [Request(SWITCH - 30 + i / 20, "blue", 500, 0.05, "/") for i in range(10)]
    world = HEALTHY.but(before=[*requests("blue", -66, 0), *burst], since=requests("green", 0, 150, failing=TWENTIETH))
    assert world.ends()[0] is Kind.FAIL


def test_without_a_baseline_a_release_that_answers_nobody_goes() -> None:
    kind, seconds = HEALTHY.but(before=(), since=requests("green", 0, 60, failing=ALL)).ends()
    assert (kind, seconds <= 10) == (Kind.FAIL, True)


def test_at_night_our_own_questions_are_the_requests() -> None:
    def failing(at: float) -> bool:
        return int(at) % 4 == 1

    world = World(
        before=(),
        probes=sorted(
            [*probes("blue", -20, 150), *probes("green", -20, 150, failing=failing)], key=lambda probe: probe.at
        ),
    )
    kind, seconds = world.ends()
    assert kind is Kind.FAIL
    assert seconds <= 60
    assert "probes failed on green, 0 of" in world.look(seconds).sentence


def test_an_outage_before_the_switch_does_not_excuse_a_bad_release() -> None:
    def away(at: float) -> bool:
        return -400 <= at < -380 and int(at * 5) % 3 == 0

    log = requests("blue", -900, 0, failing=away)
    found = baseline(log, "blue", SWITCH)
    assert sum(request.failed for request in log) > 30
    assert not found.failed and len(found) > 0.9 * len(log)


def test_errors_that_are_usual_stay_in_the_baseline() -> None:
    log = requests("blue", -900, 0, failing=lambda at: int(at * 5) % 8 == 0)
    assert list(baseline(log, "blue", SWITCH).requests) == log


def test_the_baseline_is_what_users_met_on_the_other_color_within_the_last_hour() -> None:
    log = [*requests("blue", -4000, 20, per_second=1), *requests("green", -30, 20)]
    found = baseline(log, "blue", SWITCH)
    assert len(found) == 3600
    assert {request.color for request in found.requests} == {"blue"}
    assert found.requests[-1].at < SWITCH


def test_what_a_bad_release_did_earlier_on_the_old_color_excuses_nobody() -> None:
    """One with errors was on blue, went, and blue was given the release that is live: as in a series of tries."""
    log = [*requests("blue", -700, -640, failing=TWENTIETH), *requests("blue", -66, 0)]
    since = requests("green", 0, 150, failing=TWENTIETH)
    with_both, without = baseline(log, "blue", SWITCH), baseline(log, "blue", SWITCH, SWITCH - 300)
    assert len(with_both.failed) == 15 and not without.failed
    assert HEALTHY.but(before=with_both.requests, since=since).ends()[0] is not Kind.FAIL  # or this test shows nothing
    assert HEALTHY.but(before=without.requests, since=since).ends()[0] is Kind.FAIL


def test_a_release_that_takes_three_times_as_long_goes() -> None:
    world = HEALTHY.but(since=requests("green", 0, 150, seconds=0.15))
    kind, seconds = world.ends()
    assert (kind, seconds <= 120) == (Kind.FAIL, True)
    assert world.look(seconds).sentence == "a request takes 3.0 times as long on green as it did on blue (p < 0.0001)"


def test_a_cold_start_is_slow_and_passes() -> None:
    since = [*requests("green", 0, 20, seconds=0.5), *requests("green", 20, 150)]
    assert HEALTHY.but(since=since).ends() == (Kind.PASS, 120)


def test_more_of_what_always_took_long_is_not_slowness() -> None:
    before = [*requests("blue", -66, 0), *requests("blue", -66, 0, per_second=1, seconds=2, route="/report")]
    since = [*requests("green", 0, 150, per_second=1), *requests("green", 0, 150, seconds=2, route="/report")]
    assert HEALTHY.but(before=before, since=since).ends() == (Kind.PASS, 120)


def test_what_slows_both_colors_down_is_not_the_release() -> None:
    slow = requests("green", 0, 150, seconds=0.15)
    beside = [*both(-20, 0), *probes("blue", 0, 150, seconds=0.06), *probes("green", 0, 150, seconds=0.06)]
    world = HEALTHY.but(since=slow, probes=sorted(beside, key=lambda probe: probe.at))
    assert world.ends()[0] is Kind.WAIT
    assert "blue became 3.0 times slower, too" in world.look(120).sentence


def test_there_is_no_pass_without_enough_requests_or_probes() -> None:
    lonely = World(since=requests("green", 0, 150, per_second=0.05), rules=Watch(longest_minutes=2.4))
    assert lonely.ends() == (Kind.INCONCLUSIVE, 144)
    assert lonely.look(144).sentence.startswith("neither 50 requests nor 50 probes yet")


def test_what_slows_both_colors_a_little_is_taken_off_the_new_one() -> None:
    """A machine that is busy: green takes 1.9 times as long, blue, on which no user is, 1.4 times."""
    beside = [*probes("blue", -20, 0), *probes("blue", 0, 150, seconds=0.028), *probes("green", -20, 150)]
    world = HEALTHY.but(probes=sorted(beside, key=lambda probe: probe.at))
    assert world.but(since=requests("green", 0, 150, seconds=0.095)).ends()[0] is Kind.WAIT
    assert world.but(since=requests("green", 0, 150, seconds=0.15)).ends()[0] is Kind.FAIL


def test_a_slow_release_does_not_pass_before_its_slowness_could_show() -> None:
    early = RULES.model_copy(update={"shortest_seconds": 10.0})
    assert HEALTHY.but(rules=early).ends() == (Kind.PASS, 42)


def test_a_source_that_does_not_speak_is_not_a_source_without_errors() -> None:
    world = HEALTHY.but(since=(), blind=["the access log cannot be read"], rules=Watch(longest_minutes=2.4))
    assert world.ends() == (Kind.INCONCLUSIVE, 144)
    assert world.look(144).sentence.startswith("the access log cannot be read")


def test_without_an_access_log_probes_are_enough() -> None:
    assert HEALTHY.but(before=(), since=()).ends() == (Kind.PASS, 120)


def test_a_suspicion_holds_the_pass_back_until_it_is_gone() -> None:
    few = requests("green", 0, 200, per_second=0.5, failing=lambda at: at in (100, 104, 108, 112, 116))
    world = HEALTHY.but(since=few, probes=both(-20, 200))
    assert world.look(126).kind is Kind.WAIT
    assert world.look(126).sentence.startswith("the errors are suspicious, but no proof (p = 0.03). So far: 5 of 63")
    assert world.look(200).kind is Kind.PASS


def test_looking_again_at_the_same_facts_gives_the_same_verdict() -> None:
    world = HEALTHY.but(since=requests("green", 0, 60, failing=FIFTH))
    assert world.look(8) == world.look(8)
    assert Sample(world.since).failed == Sample(list(world.since)).failed
