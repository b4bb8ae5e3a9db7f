"""Looks after the programs: each turn observes all of them, decides about each and carries that out."""

import logging
from collections.abc import Sequence
from pathlib import Path

from edge import clock, logs, processes
from edge import programs as door
from edge.programs import SeenProgram
from edge.readiness import Readiness
from mainstay.keeper import Condition, condition, since
from mainstay.programs import (
    Course,
    Decision,
    End,
    Program,
    Start,
    decide,
    follow,
    missing_needs,
    order_of_start,
)

log = logging.getLogger("keeper")


class Programs:
    """What this keeper looks after. Programs that still run from before are found and left running."""

    def __init__(self, home: Path, programs: Sequence[Program]) -> None:
        self._home = home
        self._programs = order_of_start(programs)
        self._courses = {program.name: Course() for program in self._programs}
        self._conditions: dict[str, Condition] = {}
        self._readiness = Readiness()

    def take_on(self, program: Program) -> None:
        """From the next look on it is kept up too."""
        self._courses.setdefault(program.name, Course())
        self._programs = order_of_start((*self._programs, program))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(program.name for program in self._programs)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(self._conditions.values())

    def turn(self) -> None:
        processes.reap()
        programs = self._programs  # one more may be taken on meanwhile
        sights = door.look(self._home, programs, self._readiness)
        ready = [name for name, sight in sights.items() if sight.seen.ready]
        for program in programs:
            sight, now = sights[program.name], clock.monotonic()
            missing = missing_needs(program, ready)
            course = follow(self._courses[program.name], sight.seen, missing, now)
            decision = decide(program, sight.seen, course, missing, now)
            self._note(program, sight, decision)
            self._courses[program.name] = self._carry_out(program, sight, decision, course, now)

    def end_all(self) -> bool:
        """One step towards nothing running, the last started first; true when nothing runs."""
        processes.reap()
        programs = self._programs
        sights = door.look(self._home, programs, self._readiness)
        for program in reversed(programs):
            sight, now = sights[program.name], clock.monotonic()
            if sight.identity or sight.leftovers:
                self._end(program, sight, now)
                return False
        self._conditions.clear()
        return not self._end_unknown()

    def _end_unknown(self) -> bool:
        """Programs that an earlier keeper was told of and we are not; whether there were any."""
        unknown = [each for name, left in door.left(self._home).items() if name not in self.names for each in left]
        for each in unknown:
            processes.end(each, grace_seconds=5)
        return bool(unknown)

    def trim_logs(self) -> None:
        for program in self._programs:
            logs.trim(door.log_of(self._home, program.name))

    def _end(self, program: Program, sight: SeenProgram, now: float) -> None:
        course = self._courses[program.name]
        asked_at = now if course.asked_at is None else course.asked_at
        decision = End("the installation goes down", force=now - asked_at >= program.stop_seconds)
        self._note(program, sight, decision)
        if course.asked_at is None or decision.force:
            self._courses[program.name] = self._carry_out(program, sight, decision, course, now)

    def _note(self, program: Program, sight: SeenProgram, decision: Decision) -> None:
        pid = sight.identity.pid if sight.identity else None
        before = self._conditions.get(program.name)
        after = since(before, condition(program.name, sight.seen, decision, pid=pid, now=clock.now()))
        self._conditions[program.name] = after
        if before is None or before.state != after.state or isinstance(decision, Start):
            log.info("%s: %s: %s", program.name, after.state, decision.reason)

    def _carry_out(
        self, program: Program, sight: SeenProgram, decision: Decision, course: Course, now: float
    ) -> Course:
        if isinstance(decision, Start):
            self._start(program)
            return course.started(now)
        if isinstance(decision, End):
            door.end_now(sight) if decision.force else door.ask_to_end(program, sight)
            return course.asked(now)
        return course

    def _start(self, program: Program) -> None:
        try:
            door.start(self._home, program)
        except OSError as reason:  # counted as a start that ended at once: it is tried again, ever more slowly
            log.error(
                "%s cannot be started: %s. Does %s exist, and may we run it?", program.name, reason, program.argv[0]
            )
