"""Looks at the database every second: how long its log is, what it keeps for us, whether it goes on where it stopped.

What breaks the log is settled here: it is remembered before anything is done about it, and then it begins anew.
"""

import logging
from collections.abc import Callable

from edge import clock
from edge.backups.log import state as wal_state
from edge.backups.log.server import WalServer
from edge.store.port import Store
from mainstay.backups.log.streaming import BreakKind, Marks, Sight, cannot_go_on, continues, judge_slot
from mainstay.errors import NotFinished
from residents.wal_course import Course

END_SECONDS = 15.0

log = logging.getLogger("wal")


class Looking:
    """A chore."""

    def __init__(self, course: Course, open_store: Callable[[], Store], has_room: Callable[[], bool]) -> None:
        self._course, self._open_store, self._has_room = course, open_store, has_room
        self.server = WalServer(course.of.address, course.of.slot)
        self.alarm = ""  # of the replication slot

    def __call__(self) -> None:
        course = self._course
        course.ring.sealed_to(course.of.keys)  # refused without a recovery key: a server need keep nothing for us then
        sight = self.server.look()
        course.marks.note(sight.at, sight.flushed)
        course.marks.forget(course.shipped)
        if (broken := self._broken(sight)) is not None:
            self._break(sight, *broken)
        else:
            self._note(sight)
            if not course.stands and self._has_room():
                self._begin(sight)

    def _broken(self, sight: Sight) -> tuple[BreakKind, str, bool] | None:
        """With whether what the server keeps for us is still of use."""
        course, kept = self._course, sight.slot is not None
        if (asked := course.asked()) is not None:
            return *asked, False
        if (verdict := continues(sight, course.cluster, course.timeline)).broken:
            return verdict.broken, verdict.why, kept and verdict.broken == "timeline"
        if course.is_new and wal_state.holds_some(
            self._open_store(), course.of.system, course.of.environment, sight.cluster
        ):
            return "memory lost", "what was received before is not remembered on this machine", kept
        verdict = judge_slot(sight, course.of.most_held_megabytes, begun=course.begun, name=course.of.slot)
        self.alarm = verdict.why
        return (verdict.broken, verdict.why, False) if verdict.broken else None

    def _note(self, sight: Sight) -> None:
        course = self._course
        if course.cluster not in ("", sight.cluster):  # the places of another one's log say nothing
            course.marks, course.shipped = Marks(), 0
        course.cluster, course.timeline, course.segment_bytes = sight.cluster, sight.timeline, self.server.segment_bytes
        course.sight, course.is_new = sight, False

    def _break(self, sight: Sight, kind: BreakKind, why: str, kept: bool) -> None:
        """What was received before it is shipped all the same."""
        log.warning("the log of %s %s is broken: %s", self._course.of.system, self._course.of.environment, why)
        self._course.note_break(kind, why)
        if not kept:
            self._until_nobody_receives()
            self._course.begun, self._course.generation = None, self._course.generation + 1
            self._course.remember(durable=True)
            self.server.drop_slot()
        self._note(sight)

    def _begin(self, sight: Sight) -> None:
        course = self._course
        if cannot_go_on(course.broken, sight.cluster, sight.timeline):
            raise NotFinished(
                f"The log of {course.of.system} {course.of.environment} is not received any more: this database was put"
                " back to an earlier state, and its log has the names of another that is in the store. Only its dumps"
                " can be restored. Give it a timeline of its own: stop it, put a file recovery.signal into its data"
                " directory and restore_command = 'false' into its settings, start it, and take that setting out."
            )
        if sight.slot is not None and sight.slot.status == "lost":
            self.server.drop_slot()
        if sight.slot is None or sight.slot.status == "lost":
            self.server.make_slot()
            course.begun = sight.flushed
        course.begun = sight.flushed if course.begun is None else course.begun
        course.remember(durable=True)
        course.stands = True

    def _until_nobody_receives(self) -> None:
        until = clock.monotonic() + END_SECONDS
        while self._course.receives and clock.monotonic() < until:
            clock.sleep(0.1)
