from dataclasses import replace
from datetime import UTC, datetime

from mainstay.settling import ALARM_AFTER_TRIES, Pursuit, alarm, key, why_forsaken
from mainstay.turn import TERM_SECONDS, Holder, Seen, Turn, Urgency

HOLDER = Holder("c1", "maintenance", None, "here", 4711, "boot+1", "anna", Urgency.ROUTINE)
HELD = Turn(epoch=3, holder=HOLDER, unsettled=("c1",))


def seen(*, alive: bool | None, unchanged_seconds: float = 0) -> Seen:
    return Seen(alive, unchanged_seconds, None, unchanged_seconds)


def test_a_living_holder_closes_what_is_open_itself() -> None:
    assert why_forsaken(HELD, seen(alive=True)) == ""


def test_a_dead_holder_on_this_machine_is_gone_at_once() -> None:
    assert "process 4711 is dead" in why_forsaken(HELD, seen(alive=False))


def test_a_holder_on_another_machine_is_gone_only_after_a_whole_term_of_silence() -> None:
    assert why_forsaken(HELD, seen(alive=None, unchanged_seconds=TERM_SECONDS - 1)) == ""
    assert "not renewed its turn for 30 s" in why_forsaken(HELD, seen(alive=None, unchanged_seconds=TERM_SECONDS))


def test_a_holder_that_is_stopped_is_gone_after_a_term_although_its_process_is_there() -> None:
    assert why_forsaken(HELD, seen(alive=True, unchanged_seconds=TERM_SECONDS)) != ""


def test_what_was_left_open_when_the_turn_was_handed_back_is_forsaken() -> None:
    assert why_forsaken(replace(HELD, holder=None), seen(alive=None)) == "nobody has the turn"


def test_undos_of_one_change_come_ever_more_slowly_and_never_stop() -> None:
    pursuit, tried_at = Pursuit(), []
    for now in range(300):
        if pursuit.due(now):
            pursuit = pursuit.again(now)
            tried_at.append(now)
    assert tried_at == [0, 15, 45, 105, 165, 225, 285]
    assert pursuit.alarming


def test_one_undo_that_has_not_ended_yet_is_no_alarm() -> None:
    assert not Pursuit(tries=ALARM_AFTER_TRIES - 1).alarming


def test_every_try_every_epoch_and_every_keeper_has_a_key_of_its_own() -> None:
    keys = {key("c1", epoch, by, Pursuit(tries)) for epoch in (3, 4) for by in ("1@a", "2@a") for tries in (0, 1)}
    assert len(keys) == 8


def test_the_alarm_says_what_to_type() -> None:
    raised = alarm("shop", "production", "c1", Pursuit(3), datetime(2026, 11, 20, tzinfo=UTC))
    assert "mainstay undo c1" in raised.words.do and "shop production" in raised.words.happened
