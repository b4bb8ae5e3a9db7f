"""The log of a database as it is received and shipped: what is seen of it, what that means, what is remembered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mainstay import keys
from mainstay.backups.shown import shown_bytes

UNLIMITED = "max_slot_wal_keep_size there, so that its disk is safe also while nobody watches it."
MEGABYTE = 1000 * 1000
MOST_MARKS = 100_000  # a day of them, one a second

BreakKind = Literal["slot lost", "slot given up", "gap", "timeline", "cluster", "diverged", "memory lost"]
TroubleKind = Literal["receiver", "slot", "store", "disk"]


@dataclass(frozen=True)
class SlotSight:
    """The replication slot: the server keeps for us what was written since ``restart``; None: nothing yet."""

    restart: int | None
    status: str  # reserved, extended, unreserved, lost
    active: bool


@dataclass(frozen=True)
class Sight:
    """One look at the server."""

    at: datetime
    cluster: str
    timeline: int
    flushed: int  # what was committed by then stands before it
    slot: SlotSight | None
    unlimited: bool = False  # the server would fill its own disk for us

    @property
    def received(self) -> int | None:
        """The server lets go of what the receiver says it has on its disk."""
        return self.slot.restart if self.slot else None

    def held_bytes(self, begun: int) -> int:
        """A new slot begins at the last checkpoint: what was written before it was made is kept anyway."""
        return 0 if self.received is None else max(self.flushed - max(self.received, begun), 0)


@dataclass(frozen=True)
class Break:
    """From here on the log does not continue what was shipped before: only a full backup can be built upon."""

    at: datetime
    kind: BreakKind
    why: str
    cluster: str
    timeline: int
    covered_until: datetime | None  # what was committed by then is in the store


@dataclass(frozen=True)
class StreamTrouble:
    kind: TroubleKind
    why: str  # a sentence or two for a person


@dataclass(frozen=True)
class StreamState:
    """What is known of a stream. Written again and again; whoever shows it looks how old it is."""

    at: datetime
    cluster: str = ""
    timeline: int = 0
    generation: int = 0  # of the folder that is received into; a break begins another
    segment_bytes: int = 0
    begun: str | None = None  # where in the log it was that the server made a replication slot for us
    looked_at: datetime | None = None  # the server answered
    covered_until: datetime | None = None  # what was committed by then is in the store
    received_until: datetime | None = None  # the same of this host's disk
    shipped: str | None = None  # a place in the log
    held_bytes: int = 0  # by the server for us
    waiting_bytes: int = 0  # received, and not shipped yet
    broken: Break | None = None  # the newest
    unpublished: tuple[Break, ...] = ()
    troubles: tuple[StreamTrouble, ...] = ()
    unlimited: bool = False  # as in ``Sight``


class Marks:
    """When the log was how long: so it is known what was committed by when."""

    def __init__(self) -> None:
        self._marks: list[tuple[datetime, int]] = []

    def note(self, at: datetime, position: int) -> None:
        if self._marks and self._marks[-1][1] >= position:
            position = self._marks.pop()[1]  # nothing was written since, so it holds till now
        self._marks.append((at, position))
        if len(self._marks) > MOST_MARKS:
            del self._marks[1:MOST_MARKS:2]  # the oldest, which counts, and the newest stay

    def until(self, position: int) -> datetime | None:
        """What was committed by then stands before this place. None: that was before the first mark."""
        return max((at for at, mark in self._marks if mark <= position), default=None)

    def forget(self, position: int) -> None:
        """What lies before it is never asked for again, but for the newest of these."""
        passed = [mark for mark in self._marks if mark[1] <= position]
        self._marks = [*passed[-1:], *(mark for mark in self._marks if mark[1] > position)]


@dataclass(frozen=True)
class Verdict:
    """About the replication slot."""

    broken: BreakKind | None = None
    alarm: bool = False
    why: str = ""


def judge_slot(sight: Sight, most_held_megabytes: int, *, begun: int | None, name: str) -> Verdict:
    """Users' disk comes before our log: at the bound it is given up. ``begun``: where it was made; None: it was not."""
    slot, bound = sight.slot, most_held_megabytes * MEGABYTE
    if begun is None:
        return Verdict()
    if slot is None:
        return Verdict("slot lost", why=f"its replication slot {name} is gone; somebody dropped it")
    if slot.status == "lost":
        return Verdict("slot lost", why=f"the server gave up its replication slot {name} (max_slot_wal_keep_size)")
    count = sight.held_bytes(begun)
    held = f"the server keeps {shown_bytes(count)} of log for us in {name}"
    if count >= bound:
        return Verdict("slot given up", why=f"{held}, the bound is {shown_bytes(bound)}, and its disk is its users'")
    if count >= bound / 2:
        return Verdict(alarm=True, why=f"{held}; at {shown_bytes(bound)} it is given up, so that its disk stays free")
    return Verdict()


def cannot_go_on(broken: Break | None, cluster: str, timeline: int) -> bool:
    """Under the names of its segments the store holds others, so nobody could tell which of them to replay."""
    return broken is not None and (broken.kind, broken.cluster, broken.timeline) == ("diverged", cluster, timeline)


def continues(sight: Sight, cluster: str, timeline: int) -> Verdict:
    """Whether it is the same cluster, on the same timeline, as before; "" is none."""
    if cluster in ("", sight.cluster) and (not cluster or timeline == sight.timeline):
        return Verdict()
    if sight.cluster != cluster:
        return Verdict("cluster", why=f"the database is another cluster now ({sight.cluster}, it was {cluster})")
    return Verdict("timeline", why=f"the database went from timeline {timeline} to {sight.timeline}")


def sentences(state: StreamState) -> Iterator[str]:
    """What a person must know of it; nothing, if all is well."""
    yield from (f"  {trouble.why}" for trouble in state.troubles)
    if state.unlimited:
        held = shown_bytes(state.held_bytes)
        yield f"  Its server keeps its log for us without a bound of its own, {held} now: set {UNLIMITED}"


def breaks_folder(system: str, environment: str) -> str:
    return keys.checked(f"wal/{system}/{environment}/breaks")


def break_key(system: str, environment: str, broken: Break) -> str:
    return keys.checked(f"{breaks_folder(system, environment)}/{broken.at:%Y%m%dT%H%M%S%fZ}.json")
