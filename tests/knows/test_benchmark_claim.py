"""The arithmetic of claims: medians, sums, ratios, and when a claim is held."""

import json

from benchmarks.claim import Claim, Row, Sample, Target, failed, judge, not_measured


def claim(
    *, target: Target | None = None, peer_name: str | None = "theirs", count: bool = False, more: bool = False
) -> Claim:
    return Claim("store", "one fact", "ms", "more" if more else "less", target, peer_name, count)


def rounds(ours: list[float], peers: list[float | None] | None = None) -> list[Sample]:
    return [Sample(mine, theirs) for mine, theirs in zip(ours, peers or [None] * len(ours), strict=True)]


FIVE = rounds([1, 2, 3, 4, 100], [6, 6, 6, 6, 6])


def test_figures_are_the_medians_of_the_rounds() -> None:
    row = judge(claim(), FIVE)
    assert (row.ours, row.peer, row.rounds) == (3, 6, tuple(FIVE))


def test_counts_are_summed_over_all_rounds() -> None:
    row = judge(claim(count=True), FIVE)
    assert (row.ours, row.peer) == (110, 30)


def test_a_promise_for_every_time_is_judged_by_its_worst_round() -> None:
    every_time = Claim("watch", "back", "s", "less", Target("<=", 10, "ours"), None, worst=True)
    assert judge(every_time, rounds([1, 2, 3, 4, 10])).held
    assert judge(every_time, rounds([1, 2, 3, 4, 11])).reason == "ours is 11, not ours <= 10"


def test_the_ratio_says_how_many_times_better_we_are() -> None:
    assert judge(claim(), FIVE).ratio == 2
    assert judge(claim(more=True), FIVE).ratio == 0.5


def test_a_ratio_with_nothing_below_it_is_undefined() -> None:
    row = judge(claim(count=True, target=Target(">=", 2, "ratio")), rounds([0] * 5, [1.0] * 5))
    assert row.ratio is None
    assert not row.held


def test_a_ratio_of_nothing_is_undefined_both_ways() -> None:
    assert judge(claim(more=True), rounds([1.0] * 5, [0.0] * 5)).ratio is None


def test_a_target_is_held_at_its_very_limit() -> None:
    for target in (Target("<=", 3, "ours"), Target(">=", 3, "ours"), Target("==", 3, "ours")):
        assert judge(claim(target=target), FIVE).held


def test_a_target_beyond_its_limit_is_not_held_and_says_by_what() -> None:
    row = judge(claim(target=Target("<=", 2.5, "ours")), FIVE)
    assert not row.held
    assert row.reason == "ours is 3, not ours <= 2.5"
    assert failed(row)


def test_a_target_may_be_on_the_ratio() -> None:
    assert judge(claim(target=Target(">=", 2, "ratio")), FIVE).held
    assert not judge(claim(target=Target(">=", 2.1, "ratio")), FIVE).held


def test_a_named_peer_that_is_missing_holds_nothing() -> None:
    row = judge(claim(target=Target("<=", 10, "ours")), rounds([1.0] * 5))
    assert not row.held
    assert "theirs is missing" in row.reason


def test_a_peer_missing_in_one_round_is_missing() -> None:
    row = judge(claim(target=Target(">=", 2, "ratio")), rounds([1.0] * 5, [9, 9, None, 9, 9]))
    assert (row.peer, row.ratio, row.held) == (None, None, False)


def test_an_absolute_claim_needs_no_peer() -> None:
    row = judge(claim(target=Target("<=", 10, "ours"), peer_name=None), rounds([1.0] * 5))
    assert (row.held, row.peer, row.ratio) == (True, None, None)


def test_a_row_without_a_target_never_fails() -> None:
    assert judge(claim(), FIVE).held
    assert not failed(judge(claim(), rounds([1.0] * 5)))


def test_too_few_rounds_hold_nothing() -> None:
    assert not judge(claim(target=Target("<=", 10, "ours")), FIVE[:4]).held


def test_a_figure_that_is_no_number_holds_nothing() -> None:
    for strange in (float("nan"), float("inf")):
        row = judge(claim(target=Target("<=", 10, "ours")), rounds([1, 2, strange, 3, 4], [1.0] * 5))
        assert (row.held, row.ours) == (False, None)
        assert "null" in json.dumps(row.to_json(), allow_nan=False)


def test_a_benchmark_that_broke_fails_even_without_a_target() -> None:
    assert failed(not_measured(claim(), "it broke"))


def test_the_json_has_exactly_the_promised_keys() -> None:
    row: Row = judge(claim(target=Target(">=", 2, "ratio")), FIVE)
    assert json.loads(json.dumps(row.to_json())) == {
        "name": "store",
        "metric": "one fact",
        "unit": "ms",
        "target": {"op": ">=", "value": 2, "of": "ratio"},
        "peer_name": "theirs",
        "rounds": [{"ours": ours, "peer": 6} for ours in (1, 2, 3, 4, 100)],
        "ours": 3,
        "peer": 6,
        "ratio": 2,
        "held": True,
    }
