from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mainstay.keeper import (
    Condition,
    Report,
    StopRequest,
    Trouble,
    condition,
    faults,
    is_news,
    lasting,
    silent,
    since,
    still_holds,
)
from mainstay.programs import Decision, End, Leave, Seen, Start, Wait

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
READY = Condition("server", "ready", NOON, "ready", 12)
WELL = Report(pid=1, started="boot+1", at=NOON, programs=(READY,))


def test_when_all_is_well_there_is_nothing_to_say() -> None:
    assert faults(WELL) == ()


def test_everything_that_is_not_well_is_said() -> None:
    bad = replace(
        WELL,
        programs=(replace(READY, state="waiting", why="needs database, not ready yet"),),
        troubles=(Trouble("settling open changes", NOON, "the store is away"),),
        deployed=False,
    )
    assert faults(bad) == (
        "server: needs database, not ready yet",
        "deployments: the server does not hold what this version declares yet",
        "settling open changes: the store is away",
    )


def test_a_state_is_dated_from_when_it_began() -> None:
    later = replace(READY, since=NOON + timedelta(hours=1), why="still ready")
    assert since(READY, later).since == NOON
    assert since(READY, replace(later, state="ending")).since == NOON + timedelta(hours=1)


def test_each_look_has_a_state() -> None:
    alive, dead, ready = Seen(True, False), Seen(False, False), Seen(True, True)
    told: list[tuple[Seen, Decision]] = [
        (ready, Leave("")),
        (alive, Leave("")),
        (dead, Start("")),
        (dead, Wait("")),
        (alive, End("")),
    ]
    states = [condition("x", seen, decision, pid=None, now=NOON).state for seen, decision in told]
    assert states == ["ready", "starting", "starting", "waiting", "ending"]


def test_the_same_again_is_news_only_after_a_while() -> None:
    assert not is_news(replace(WELL, at=NOON + timedelta(seconds=4)), WELL)
    assert is_news(replace(WELL, at=NOON + timedelta(seconds=5)), WELL)
    assert is_news(replace(WELL, deployed=False), WELL)


def test_a_clock_that_is_set_back_does_not_make_the_keeper_silent() -> None:
    assert is_news(replace(WELL, at=NOON - timedelta(hours=1)), WELL)


def test_a_keeper_that_has_not_spoken_for_three_times_its_word_is_not_believed() -> None:
    assert silent(WELL, NOON + timedelta(seconds=14)) == ""
    assert "kill -KILL 1" in silent(WELL, NOON + timedelta(seconds=15))


def test_an_old_request_to_stop_is_not_obeyed() -> None:
    request = StopRequest(NOON, "anna")
    assert still_holds(request, NOON + timedelta(minutes=9))
    assert not still_holds(request, NOON + timedelta(minutes=10))


def test_only_what_has_lasted_is_worth_telling_people() -> None:
    waiting = replace(READY, state="waiting", since=NOON - timedelta(seconds=90))
    trouble = Trouble("settling open changes", NOON - timedelta(seconds=10), "the store does not answer")
    report = Report(1, "s", NOON, (READY, waiting), (trouble,))
    assert lasting(report, NOON, timedelta(minutes=1)) == (waiting,)
    assert lasting(report, NOON + timedelta(minutes=1), timedelta(minutes=1)) == (waiting, trouble)
