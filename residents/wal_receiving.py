"""Keeps a receiver running while there is something to receive and room for it.

In the main thread: the kernel ends a child with the thread that started it.
"""

import logging

from edge import clock
from edge.backups.log.receiver import Receiver
from edge.backups.log.server import WalServer
from mainstay.backups.log.streaming import MEGABYTE
from mainstay.backups.shown import shown_bytes
from mainstay.errors import MainstayError
from mainstay.programs import STEADY_SECONDS, gap_seconds
from residents.wal_course import Course

LEAST_FREE_BYTES = 256 * MEGABYTE  # of this machine's disk: below it nothing more is received
WELL_SECONDS = 3.0  # one that goes wrong at once has not begun to receive

log = logging.getLogger("wal")


class Receiving:
    def __init__(self, course: Course, server: WalServer) -> None:
        self._course, self._server = course, server
        self._receiver = Receiver(course.of.address, course.of.slot)
        self._starts, self._started_at, self._ended_at = 0, 0.0, 0.0
        self.why = ""  # nothing is received

    def turn(self) -> None:
        now = clock.monotonic()
        if not self._course.stands or self.no_room():
            self.end()
        elif self._receiver.alive:
            self.why = self.why if now - self._started_at < WELL_SECONDS else ""
            self._starts = self._starts if now - self._started_at < STEADY_SECONDS else 0
        elif self._course.receives:
            self._ended(now)
        elif now - self._ended_at >= gap_seconds(self._starts):
            self._start(now)

    def end(self) -> None:
        self._receiver.end()
        self._course.receives = False

    def no_room(self) -> str:
        """Users' disk or ours: neither is filled. What is not received waits at the server, up to its own bound."""
        folders, bound = self._course.folders, self._course.of.most_held_megabytes * MEGABYTE
        if not folders.root.exists():
            return ""
        if (waiting := folders.waiting_bytes()) >= bound:
            return f"{shown_bytes(waiting)} of the log wait here to be shipped, the bound is {shown_bytes(bound)}"
        if (free := folders.free_bytes()) < LEAST_FREE_BYTES:
            return f"the disk of {folders.root} has only {shown_bytes(free)} left"
        return ""

    def _ended(self, now: float) -> None:
        said = self._receiver.said()
        assert said is not None
        self._course.receives, self._ended_at, self.why = False, now, said.why
        log.warning("%s", said.why)
        if said.broken is not None:
            self._course.ask_to_break(said.broken, said.why)

    def _start(self, now: float) -> None:
        self._starts, self._started_at = self._starts + 1, now
        folder = self._course.folders.generation(self._course.cluster, self._course.generation)
        try:
            self._receiver.start(folder, self._server.version, encrypted=self._server.encrypted)
        except (MainstayError, OSError) as reason:
            self._ended_at, self.why = now, str(reason)
        else:
            self._course.receives = True
