"""The programs an installation lives by, and what to do about each: start it, wait, end it, or let it be.

Seconds are the caller's own monotonic clock. A program is never started while anything of an earlier
start is left, so there are never two of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from mainstay.errors import BadInput

GAPS_SECONDS = (0.0, 1.0, 2.0, 5.0, 10.0)  # before the first, second, … start in a row; the last one stays
STEADY_SECONDS = 60.0  # ready for so long: the starts in a row are forgotten
STOPPED_SECONDS = 15.0  # a stopped process cannot get ready, so nothing is gained by waiting longer
LONGEST_LOOK_SECONDS = 5.0  # a longer gap means that we were stopped, which says nothing about the program


@dataclass(frozen=True)
class Program:
    name: str  # "database", "server", "worker", "gateway", "practice-proxy"
    argv: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # may hold secrets: never shown
    needs: tuple[str, ...] = ()  # started only when these are ready
    ready: str | None = (
        None  # "http://127.0.0.1:4200/api/health", "tcp://127.0.0.1:5432", "unix:///socket"; None: alive is enough
    )
    hung_after_seconds: float = 60  # alive but not ready for so long: ended and started again
    stop_signal: Literal["TERM", "INT"] = "TERM"  # PostgreSQL's fast shutdown is INT
    stop_seconds: float = 10
    leftovers_seconds: float | None = None  # what an earlier start of it left may take; None: as long as itself


@dataclass(frozen=True)
class Seen:
    """One look at a program."""

    alive: bool
    ready: bool
    leftovers: int = 0  # processes of an earlier start; asked only when it is dead
    why: str = ""  # it is not ready: what the probe met
    stopped: bool = False  # by a SIGSTOP: it neither works nor hears that it is asked to end


@dataclass(frozen=True)
class Course:
    """What one program has been through since this keeper looks after it."""

    looked_at: float | None = None
    was_alive: bool = False
    ready_for_seconds: float = 0
    unready_for_seconds: float = 0  # alive, and all it needs is ready
    starts: int = 0  # in a row, without a steady minute between them
    started_at: float | None = None
    ended_at: float | None = None
    asked_at: float | None = None  # asked to end

    def started(self, now: float) -> "Course":
        return replace(self, starts=self.starts + 1, started_at=now, asked_at=None)

    def asked(self, now: float) -> "Course":
        return self if self.asked_at is not None else replace(self, asked_at=now)


@dataclass(frozen=True)
class Start:
    reason: str


@dataclass(frozen=True)
class Wait:
    reason: str


@dataclass(frozen=True)
class End:
    """Ask it to end; with ``force``, do not ask. The start follows when nothing of it is left."""

    reason: str
    force: bool = False


@dataclass(frozen=True)
class Leave:
    reason: str


Decision = Start | Wait | End | Leave


def follow(course: Course, seen: Seen, missing: tuple[str, ...], now: float) -> Course:
    """The course after one more look. Time counts only as far as it was watched."""
    passed = 0.0 if course.looked_at is None else min(max(now - course.looked_at, 0.0), LONGEST_LOOK_SECONDS)
    ready_for = course.ready_for_seconds + passed if seen.ready else 0.0
    waits_for_itself = seen.alive and not seen.ready and not missing
    return replace(
        course,
        looked_at=now,
        was_alive=seen.alive,
        ended_at=now if course.was_alive and not seen.alive else course.ended_at,
        ready_for_seconds=ready_for,
        unready_for_seconds=course.unready_for_seconds + passed if waits_for_itself else 0.0,
        starts=0 if ready_for >= STEADY_SECONDS else course.starts,
        asked_at=course.asked_at if seen.alive or seen.leftovers else None,
    )


def decide(program: Program, seen: Seen, course: Course, missing: tuple[str, ...], now: float) -> Decision:
    """What to do about one program now; ``missing`` are those of its needs that are not ready."""
    if course.asked_at is not None and (seen.alive or seen.leftovers):
        return _until_it_ended(_patience_seconds(program, seen), course.asked_at, now)
    if seen.alive:
        return _about_a_living(program, seen, course, missing)
    if seen.leftovers:
        return End(f"{seen.leftovers} process(es) of an earlier start are left; they end before it starts again")
    if missing:
        return Wait(f"needs {', '.join(missing)}, not ready yet")
    return _start_or_wait(course, now)


def order_of_start(programs: Iterable[Program]) -> tuple[Program, ...]:
    """Each after all it needs; the reverse is the order of ending. Needs that cannot be met are refused."""
    waiting = {program.name: program for program in programs}
    ordered: dict[str, Program] = {}
    while waiting:
        free = [name for name, program in waiting.items() if all(need in ordered for need in program.needs)]
        if not free:
            raise BadInput(
                f"these programs need each other or something that is not there: {', '.join(sorted(waiting))};"
                " name in `needs` only programs that exist, and none in a circle"
            )
        ordered.update((name, waiting.pop(name)) for name in free)
    return tuple(ordered.values())


def missing_needs(program: Program, ready: Iterable[str]) -> tuple[str, ...]:
    there = set(ready)
    return tuple(need for need in program.needs if need not in there)


def gap_seconds(starts: int) -> float:
    """How long after a program ended its next start waits, when so many came in a row."""
    return GAPS_SECONDS[min(starts, len(GAPS_SECONDS) - 1)]


def _until_it_ended(patience_seconds: float, asked_at: float, now: float) -> Decision:
    if now - asked_at < patience_seconds:
        return Wait("was asked to end and has not ended yet")
    return End(f"did not end within {patience_seconds:g} s after it was asked", force=True)


def _patience_seconds(program: Program, seen: Seen) -> float:
    if seen.alive or program.leftovers_seconds is None:
        return program.stop_seconds
    return program.leftovers_seconds


def _about_a_living(program: Program, seen: Seen, course: Course, missing: tuple[str, ...]) -> Decision:
    if seen.ready:
        return Leave("ready")
    if missing:
        return Leave(f"not ready, and neither is what it needs: {', '.join(missing)}")
    told = f" ({seen.why}{_in_a_row(course)})" if seen.why else ""
    longest = min(program.hung_after_seconds, STOPPED_SECONDS) if seen.stopped else program.hung_after_seconds
    if course.unready_for_seconds >= longest:
        return End(f"alive but not ready for {course.unready_for_seconds:.0f} s{told}", force=seen.stopped)
    return Leave(f"not ready for {course.unready_for_seconds:.0f} s{told}")


def _start_or_wait(course: Course, now: float) -> Decision:
    if course.started_at is None:
        return Start("it does not run")
    left = max(course.started_at, course.ended_at or 0) + gap_seconds(course.starts) - now
    if left > 0:
        return Wait(f"it ended{_in_a_row(course)}; started again in {left:.0f} s")
    return Start(f"it ended{_in_a_row(course)}")


def _in_a_row(course: Course) -> str:
    """What tells a program that cannot stay up from one that is slow."""
    return f", after start {course.starts} in a row; its own log says why" if course.starts > 1 else ""
