"""What is known of one stream while it goes on, and remembered on this machine.

Three parts work at it beside each other; each changes only its own words here and reads those of the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from edge import clock
from edge.backups.keyring import keyring
from edge.backups.log import state as wal_state
from mainstay.backups.log.places import lsn, position
from mainstay.backups.log.streaming import Break, BreakKind, Marks, Sight, StreamState, StreamTrouble
from mainstay.descriptor.environment import Keep, Keys


@dataclass(frozen=True)
class Streamed:
    """What is received, as its descriptor says."""

    home: Path
    system: str
    environment: str
    address: str  # a reference
    slot: str
    most_held_megabytes: int
    keys: Keys
    keep: Keep


class Course:
    def __init__(self, of: Streamed) -> None:
        self.of, self.marks = of, Marks()
        self.folders, self.ring = wal_state.folders(of.home, of.system, of.environment), keyring(of.home)
        known = wal_state.recall(of.home, of.system, of.environment)
        self.is_new, self._known, self._writing = known is None, known or StreamState(clock.now()), Lock()
        # Of who looks at the server.
        self.cluster, self.timeline, self.generation = self._known.cluster, self._known.timeline, self._known.generation
        self.begun = position(self._known.begun) if self._known.begun else None  # where the slot was made for us
        self.broken, self.unpublished = self._known.broken, list(self._known.unpublished)
        self.segment_bytes = self._known.segment_bytes  # 0: not known yet
        self.sight: Sight | None = None
        self.stands = False  # what is received goes on where it stopped
        # Of who ships.
        self.shipped = 0  # up to here it is in the store
        # Of who receives.
        self.receives = False
        self._asked: list[tuple[BreakKind, str]] = []

    @property
    def covered_until(self) -> datetime | None:
        """What was committed by then is in the store."""
        return _later(self._known.covered_until, self.marks.until(self.shipped))

    def ask_to_break(self, kind: BreakKind, why: str) -> None:
        self._asked.append((kind, why))

    def asked(self) -> tuple[BreakKind, str] | None:
        """The first who asked since; whoever asked too met the same."""
        asked, self._asked = self._asked, []
        return asked[0] if asked else None

    def note_break(self, kind: BreakKind, why: str) -> None:
        """Remembered before anything is done about it."""
        self.broken = Break(clock.now(), kind, why, self.cluster, self.timeline, self.covered_until)
        self.unpublished.append(self.broken)
        self.stands = False
        self.remember(durable=True)

    def remember(self, troubles: Sequence[StreamTrouble] = (), *, durable: bool = False) -> None:
        with self._writing:
            state = self._state(tuple(troubles))
            wal_state.remember(self.of.home, self.of.system, self.of.environment, state, durable=durable)

    def _state(self, troubles: tuple[StreamTrouble, ...]) -> StreamState:
        sight = self.sight
        received = self.marks.until(sight.received) if sight and sight.received is not None else None
        return StreamState(
            clock.now(), self.cluster, self.timeline, self.generation, self.segment_bytes,
            begun=None if self.begun is None else lsn(self.begun),
            looked_at=sight.at if sight else self._known.looked_at,
            covered_until=self.covered_until,
            received_until=_later(self._known.received_until, received),
            shipped=lsn(self.shipped) if self.shipped else self._known.shipped,
            held_bytes=sight.held_bytes(self.begun) if sight and self.begun is not None else 0,
            waiting_bytes=self.folders.waiting_bytes(),
            broken=self.broken, unpublished=tuple(self.unpublished), troubles=troubles,
            unlimited=bool(sight and sight.unlimited),
        )  # fmt: skip


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)
