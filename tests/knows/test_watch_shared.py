"""Hard signs, and what both colors have: going back must help, or nobody goes back."""

from mainstay.watch import Kind
from mainstay.watch.evidence import Breakdown
from mainstay.watch.shared_cause import troubles
from mainstay.watch.traffic import Probe
from tests.knows.watch_world import HEALTHY, RULES, SWITCH, World, both, probes, requests

DEAD = Breakdown(SWITCH + 30, "the process of web on green is dead")


def stopped(at: float) -> bool:
    """PostgreSQL, for 20 s."""
    return 40 <= at <= 60


def in_order(*rows: list[Probe]) -> list[Probe]:
    return sorted((probe for row in rows for probe in row), key=lambda probe: probe.at)


STOPPED = HEALTHY.but(since=requests("green", 0, 150, failing=stopped), probes=both(-20, 150, stopped))


def test_a_dead_process_brings_the_old_color_back_at_once() -> None:
    assert HEALTHY.but(breakdowns=[DEAD]).ends() == (Kind.FAIL, 32)
    assert HEALTHY.but(breakdowns=[DEAD]).look(32).sentence == "the process of web on green is dead"


def test_three_failed_probes_in_a_row_are_enough_while_the_old_color_answers() -> None:
    world = World(probes=in_order(probes("blue", -20, 60), probes("green", -20, 60, failing=lambda at: at > 10)))
    kind, seconds = world.ends()
    assert (kind, seconds <= 16) == (Kind.FAIL, True)
    assert world.look(seconds).sentence.endswith("probes in a row failed on green while blue answered")


def test_three_probes_of_one_moment_are_not_three_in_a_row() -> None:
    quick = [Probe(SWITCH + 10 + i / 10, "green", False, 0.01) for i in range(5)]
    assert HEALTHY.but(probes=in_order(both(-20, 10), quick, both(11, 150))).ends() == (Kind.PASS, 120)


def test_a_database_that_stops_for_20_seconds_rolls_no_release_back() -> None:
    assert STOPPED.ends() == (Kind.PASS, 120)
    kinds = {STOPPED.look(seconds / 4).kind for seconds in range(4, 4 * 120, 2)}
    assert kinds == {Kind.WAIT}


def test_trouble_of_both_colors_is_set_aside_told_and_paged() -> None:
    verdict = STOPPED.look(120)
    assert verdict.sentence.startswith("0 of 468 requests failed on green")
    assert verdict.sentence.endswith("set aside: 26 s in which both colors failed (shared), with 130 requests")
    assert verdict.page.startswith("green and blue failed at the same time")
    assert "both colors are in trouble" in STOPPED.look(50).sentence


def test_trouble_of_both_colors_does_not_hide_what_the_new_one_does_afterwards() -> None:
    def failing(at: float) -> bool:
        return at >= 40

    world = STOPPED.but(since=requests("green", 0, 150, failing=failing))
    kind, seconds = world.ends()
    assert (kind, seconds <= 85) == (Kind.FAIL, True)


def test_a_process_that_fell_with_what_both_share_gets_time_to_rise() -> None:
    fallen = Breakdown(SWITCH + 41, "worker on green is being started again and again")
    assert all(STOPPED.but(breakdowns=[fallen]).look(at).kind is Kind.WAIT for at in range(42, 120, 2))
    assert STOPPED.but(breakdowns=[fallen]).look(130).kind is Kind.FAIL


def test_a_fault_is_judged_only_when_the_other_colors_word_is_known() -> None:
    hanging = [Probe(SWITCH + 40, "blue", False, 10.0), Probe(SWITCH + 40, "green", False, 10.0)]
    world = HEALTHY.but(probes=in_order(both(-20, 30), hanging), breakdowns=[DEAD])
    assert {world.look(at).kind for at in range(30, 50)} == {Kind.WAIT}


def test_errors_newer_than_the_old_colors_last_answer_wait_for_the_next_one() -> None:
    world = HEALTHY.but(since=requests("green", 0, 60, failing=lambda at: at > 10), probes=both(-20, 10))
    assert world.look(20).kind is Kind.WAIT


def test_silence_is_held_against_nobody_before_the_old_color_has_answered_meanwhile() -> None:
    silent = probes("green", -20, 60, failing=lambda at: at > 10)
    assert World(probes=in_order(silent, probes("blue", -20, 10))).look(20).kind is Kind.WAIT
    assert World(probes=in_order(silent, probes("blue", -20, 12))).look(20).kind is Kind.FAIL


def test_what_the_old_color_still_answers_after_the_switch_is_not_the_new_ones() -> None:
    late = requests("blue", 0, 60, failing=lambda at: True)
    assert HEALTHY.but(since=[*requests("green", 0, 60), *late]).look(60).kind is Kind.WAIT


def test_a_prober_that_died_is_not_waited_for_for_ever() -> None:
    world = HEALTHY.but(since=requests("green", 0, 60, failing=lambda at: at > 10), probes=both(-20, 10))
    assert world.ends() == (Kind.FAIL, 36)


def test_nobody_goes_back_to_a_color_that_does_not_answer_either() -> None:
    dead_blue = in_order(probes("blue", -20, 150, failing=lambda at: at > 5), probes("green", -20, 150))
    world = HEALTHY.but(probes=dead_blue, since=requests("green", 0, 150, failing=lambda at: at > 10))
    assert world.ends()[0] is Kind.WAIT
    verdict = world.look(60)
    assert "but blue does not answer either" in verdict.sentence
    assert verdict.page == "blue does not answer: while that lasts there is no way back from green"


def test_not_even_at_the_end_of_the_longest_watch() -> None:
    dead_blue = in_order(probes("blue", -20, 700, failing=lambda at: at > 5), probes("green", -20, 700))
    failing = requests("green", 0, 700, failing=lambda at: at > 10)
    world = HEALTHY.but(probes=dead_blue, since=failing, rules=RULES.model_copy(update={"longest_minutes": 10}))
    verdict = world.look(650)
    assert (verdict.kind, "but blue does not answer either" in verdict.sentence) == (Kind.INCONCLUSIVE, True)


def test_a_first_release_is_judged_by_itself() -> None:
    alone = World(before=(), alone=True, probes=probes("green", 0, 150))
    assert alone.ends() == (Kind.PASS, 120)
    assert alone.look(120).sentence == "no user asked green for anything; 0 of 120 probes failed on green"
    silent = alone.but(probes=probes("green", 0, 60, failing=lambda at: at > 10))
    assert silent.ends() == (Kind.FAIL, 14)
    assert silent.look(14).sentence == "4 probes in a row failed on green"
    assert silent.but(probes=(), since=requests("green", 0, 60, failing=lambda at: True)).ends()[0] is Kind.FAIL


def test_failures_count_as_shared_only_around_the_same_time() -> None:
    ours, theirs = Probe(100.0, "green", False, 1.0), Probe(102.5, "blue", False, 1.0)
    later = Probe(103.1, "blue", False, 1.0)
    (found,) = troubles([ours, theirs], "green")
    assert (found.begin, found.end) == (97.0, 107.5)
    assert troubles([ours, later], "green") == ()
    assert troubles([ours, ours], "green") == ()


def test_a_long_silence_of_the_new_color_is_not_excused_by_one_failure_of_the_old_one() -> None:
    row = probes("green", -20, 120, failing=lambda at: at > 10)
    once = probes("blue", -20, 120, failing=lambda at: at == 30.5)
    world = World(probes=in_order(row, once), rules=RULES)
    assert world.ends()[0] is Kind.FAIL
    assert world.look(60).kind is Kind.FAIL
