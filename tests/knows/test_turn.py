"""Who may take a turn from whom; and that never two act, over random schedules (all 10,000 in the drills)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mainstay.records import decode, encode
from mainstay.turn import (
    STOP_SECONDS,
    TERM_SECONDS,
    AskToStop,
    Claim,
    Decision,
    HandOverRequest,
    Holder,
    Phase,
    Refuse,
    Seen,
    Sighting,
    Take,
    Turn,
    Urgency,
    Wait,
    decide_claim,
    released,
    settled,
    taken,
)
from tests.knows.turn_model import schedules

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ANNA = Holder("c-1", "deploy", "run-7", "m1", 41, "boot+5", "anna", Urgency.ROUTINE)
BORIS = Holder("c-2", "deploy", None, "m1", 42, "boot+6", "boris", Urgency.ROUTINE)
RESCUER = replace(BORIS, change="c-3", story="rollback", urgency=Urgency.RESCUE)
ASKED = HandOverRequest("c-3", "rollback", "boris", NOW)
HELD = taken(Turn(), Claim(ANNA, 60), NOW)
JUST_NOW = Seen(alive=True, unchanged_seconds=1, asked_seconds=None, waited_seconds=1)


def decided(turn: Turn, by: Holder, seen: Seen = JUST_NOW) -> Decision:
    return decide_claim(turn, Claim(by, patience_seconds=60), seen)


def test_a_free_turn_is_taken() -> None:
    assert isinstance(decided(released(HELD, ["c-1"]), BORIS), Take)


def test_a_routine_claim_waits_for_a_living_holder() -> None:
    assert isinstance(decided(HELD, BORIS), Wait)


def test_a_routine_claim_waits_for_a_watching_holder_too() -> None:
    assert isinstance(decided(replace(HELD, phase=Phase.WATCHING), BORIS), Wait)


def test_a_claim_that_waited_long_enough_is_told_who_has_the_turn_and_since_when() -> None:
    answer = decided(HELD, BORIS, replace(JUST_NOW, waited_seconds=60))
    assert isinstance(answer, Refuse)
    for word in ("deploy c-1 of anna", "since 2026-11-20 10:00:00 UTC", "changing", "process 41", "run run-7"):
        assert word in answer.reason


def test_a_dead_holder_is_replaced_at_once() -> None:
    assert isinstance(decided(HELD, BORIS, replace(JUST_NOW, alive=False)), Take)


@pytest.mark.parametrize("alive", [True, None])
def test_a_holder_silent_for_a_term_is_gone_whatever_its_process_looks_like(alive: bool | None) -> None:
    silent = replace(JUST_NOW, alive=alive, unchanged_seconds=TERM_SECONDS)
    assert isinstance(decided(HELD, BORIS, silent), Take)
    assert isinstance(decided(HELD, BORIS, replace(silent, unchanged_seconds=TERM_SECONDS - 0.1)), Wait)


def test_an_urgent_claim_takes_a_watching_holders_turn_at_once() -> None:
    assert isinstance(decided(replace(HELD, phase=Phase.WATCHING), RESCUER), Take)


def test_an_urgent_claim_asks_a_changing_holder_and_takes_over_at_the_latest_after_its_time() -> None:
    assert isinstance(decided(HELD, RESCUER), AskToStop)
    asked = replace(HELD, asked_to_stop=ASKED)
    assert isinstance(decided(asked, RESCUER, replace(JUST_NOW, asked_seconds=STOP_SECONDS - 0.1)), Wait)
    assert isinstance(decided(asked, RESCUER, replace(JUST_NOW, asked_seconds=STOP_SECONDS)), Take)


def test_whoever_may_push_aside_is_never_refused() -> None:
    impatient = Seen(alive=True, unchanged_seconds=1, asked_seconds=5, waited_seconds=900)
    assert isinstance(decided(replace(HELD, asked_to_stop=ASKED), RESCUER, impatient), Wait)


def test_two_rescues_do_not_stop_each_other() -> None:
    first = taken(Turn(), Claim(replace(RESCUER, change="c-9"), 60), NOW)
    assert isinstance(decided(first, RESCUER), Wait)


def test_whoever_takes_a_turn_inherits_what_nobody_settled() -> None:
    second = taken(HELD, Claim(BORIS, 60), NOW)
    assert second.unsettled == ("c-1", "c-2")
    assert released(settled(second, ["c-1"]), ["c-2"]) == Turn(epoch=2)
    assert released(second, ["c-2"]).unsettled == ("c-1",)


def test_the_epoch_grows_with_every_taking_and_above_what_the_hosts_know() -> None:
    assert taken(released(HELD, ["c-1"]), Claim(BORIS, 60), NOW).epoch == 2
    assert taken(Turn(), Claim(BORIS, 60, above=17), NOW).epoch == 18


def test_a_turn_can_be_written_down_and_read_back() -> None:
    full = replace(HELD, asked_to_stop=ASKED, phase=Phase.WATCHING)
    assert decode(Turn, encode(full, nonce="n")) == full


def watched(sighting: Sighting, seconds: range, version: str = "v1") -> Sighting:
    for second in seconds:
        sighting = sighting.look(version, HELD, 1000.0 + second)
    return sighting


def test_a_claimer_counts_only_while_it_sees_the_same_version() -> None:
    sighting = watched(watched(Sighting(1000.0), range(20)), range(20, 26), "v2")
    assert sighting.seen(None, 1025.0).unchanged_seconds == 5


def test_nobody_is_called_gone_before_a_full_term_since_the_store_came_back() -> None:
    sighting = watched(watched(Sighting(1000.0), range(29)).store_lost(), range(40, 69))
    assert not isinstance(decided(HELD, BORIS, sighting.seen(None, 1069.0)), Take)
    assert isinstance(decided(HELD, BORIS, sighting.seen(None, 1070.0)), Take)


def test_a_claimer_that_slept_begins_to_count_anew() -> None:
    """It cannot know whether the store was there meanwhile, so the holder's silence proves nothing."""
    sighting = watched(watched(Sighting(1000.0), range(5)), range(60, 61))
    assert sighting.seen(None, 1060.0).unchanged_seconds == 0


def test_in_random_schedules_never_two_act_and_nobody_living_is_pushed_aside() -> None:
    takes, refusals, faults = schedules(150, seed=1)
    assert not faults
    assert takes > 300 and refusals > 3  # otherwise these schedules would have tried nothing


def test_the_same_schedules_catch_two_who_act_where_no_gate_is() -> None:
    assert any("acted after" in fault for fault in schedules(60, seed=121, fenced=False)[2])


def test_the_same_schedules_catch_a_claimer_that_forgets_the_outage() -> None:
    assert any("from the living" in fault for fault in schedules(30, seed=50, forgetful=True)[2])
