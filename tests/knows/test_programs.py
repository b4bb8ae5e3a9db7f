from dataclasses import replace
from itertools import pairwise

import pytest

from mainstay.errors import BadInput
from mainstay.programs import (
    GAPS_SECONDS,
    Course,
    Decision,
    End,
    Leave,
    Program,
    Seen,
    Start,
    Wait,
    decide,
    follow,
    order_of_start,
)

SERVER = Program("server", ("serve",), needs=("database",), ready="http://127.0.0.1:1/", hung_after_seconds=60)
DEAD = Seen(alive=False, ready=False)
HUNG = Seen(alive=True, ready=False, why="no answer within 2 s")
READY = Seen(alive=True, ready=True)


def watched(looks: list[tuple[float, Seen]], course: Course | None = None) -> tuple[Decision, Course]:
    """The last decision after these looks, carrying out every decision as the keeper would."""
    course = course or Course()
    decision: Decision = Leave("")
    for now, seen in looks:
        course = follow(course, seen, (), now)
        decision = decide(SERVER, seen, course, (), now)
        if isinstance(decision, Start):
            course = course.started(now)
        if isinstance(decision, End):
            course = course.asked(now)
    return decision, course


def every_second(seen: Seen, start: float, end: float) -> list[tuple[float, Seen]]:
    return [(float(second), seen) for second in range(int(start), int(end))]


def test_a_dead_program_is_started() -> None:
    assert decide(SERVER, DEAD, Course(), (), 0) == Start("it does not run")


def test_nothing_is_started_before_what_it_needs_is_ready() -> None:
    decision = decide(SERVER, DEAD, Course(), ("database",), 0)
    assert decision == Wait("needs database, not ready yet")


def test_a_ready_program_is_left_alone() -> None:
    assert isinstance(watched(every_second(READY, 0, 100))[0], Leave)


def test_nothing_is_started_while_something_of_an_earlier_start_is_left() -> None:
    decision = decide(SERVER, Seen(alive=False, ready=False, leftovers=2), Course(), (), 0)
    assert isinstance(decision, End) and not decision.force
    assert "2 process(es)" in decision.reason


def test_a_hung_program_is_asked_to_end_and_then_not_asked() -> None:
    asked, course = watched(every_second(HUNG, 0, 61))
    assert isinstance(asked, End) and not asked.force
    assert "no answer within 2 s" in asked.reason
    assert isinstance(watched(every_second(HUNG, 61, 69), course)[0], Wait)
    forced, _ = watched(every_second(HUNG, 61, 72), course)
    assert forced == End("did not end within 10 s after it was asked", force=True)


def test_a_stopped_program_is_not_asked_because_it_cannot_hear() -> None:
    stopped = Seen(alive=True, ready=False, why="its process is stopped", stopped=True)
    decision, _ = watched(every_second(stopped, 0, 16))
    assert decision == End("alive but not ready for 15 s (its process is stopped)", force=True)


def test_a_stopped_moment_ends_nothing() -> None:
    stopped = Seen(alive=True, ready=False, stopped=True)
    assert isinstance(watched([*every_second(stopped, 0, 10), *every_second(READY, 10, 12)])[0], Leave)


def test_an_ended_hung_program_is_started() -> None:
    _, course = watched(every_second(HUNG, 0, 61))
    assert isinstance(watched([(62, DEAD)], course)[0], Start)


def test_a_program_whose_needs_are_not_ready_is_not_called_hung() -> None:
    course = Course()
    for now in range(300):
        course = follow(course, HUNG, ("database",), now)
        assert isinstance(decide(SERVER, HUNG, course, ("database",), now), Leave)


def test_our_own_pause_does_not_make_a_program_hung() -> None:
    looks = [*every_second(HUNG, 0, 10), (4_000.0, HUNG)]
    assert isinstance(watched(looks)[0], Leave)


def test_starts_in_a_row_come_ever_later_and_never_stop() -> None:
    course, started_at = Course(), []
    for now in range(60):
        decision, course = watched([(float(now), DEAD)], course)
        if isinstance(decision, Start):
            started_at.append(now)
    gaps = [after - before for before, after in pairwise(started_at)]
    assert gaps == [1, 2, 5, 10, 10, 10, 10, 10]
    assert max(GAPS_SECONDS) <= 10  # all at once must be back far below two minutes


def test_a_program_that_takes_long_to_fail_is_not_started_again_at_once() -> None:
    _, course = watched([(0.0, DEAD), (1.0, HUNG), (20.0, HUNG), (21.0, DEAD)])
    assert isinstance(watched([(21.5, DEAD)], course)[0], Wait)
    assert isinstance(watched([(22.0, DEAD)], course)[0], Start)


def test_a_program_that_cannot_stay_up_is_told_from_a_slow_one() -> None:
    _, course = watched(every_second(DEAD, 0, 5))
    decision, _ = watched([(6.0, HUNG)], course)
    assert "after start 3 in a row; its own log says why" in decision.reason


def test_a_steady_minute_forgets_the_starts_in_a_row() -> None:
    _, course = watched(every_second(DEAD, 0, 20))
    assert course.starts > 3
    _, course = watched(every_second(READY, 20, 82), course)
    assert isinstance(watched([(82.0, DEAD)], course)[0], Start)


def test_a_short_minute_does_not_forget_them() -> None:
    _, course = watched(every_second(DEAD, 0, 20))
    _, course = watched(every_second(READY, 20, 25), course)
    assert isinstance(watched([(25.0, DEAD)], course)[0], Wait)


def test_programs_start_after_what_they_need() -> None:
    programs = [Program("worker", (), needs=("server",)), SERVER, Program("database", ())]
    assert [program.name for program in order_of_start(programs)] == ["database", "server", "worker"]


def test_a_circle_of_needs_is_refused() -> None:
    with pytest.raises(BadInput, match="a, b"):
        order_of_start([Program("a", (), needs=("b",)), Program("b", (), needs=("a",))])


def test_a_need_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadInput, match="server"):
        order_of_start([SERVER])


def test_the_environment_of_a_program_is_never_shown() -> None:
    assert "hunter2" not in repr(Program("database", (), environment=(("PGPASSWORD", "hunter2"),)))


def test_what_an_earlier_start_left_is_given_no_longer_than_the_program_says() -> None:
    hurried = replace(SERVER, stop_seconds=40, leftovers_seconds=3)
    left = Seen(alive=False, ready=False, leftovers=2)
    assert isinstance(decide(hurried, left, Course(asked_at=0), (), 2.9), Wait)
    assert decide(hurried, left, Course(asked_at=0), (), 3) == End("did not end within 3 s after it was asked", True)
    assert isinstance(decide(hurried, READY, Course(asked_at=0), (), 39), Wait)
