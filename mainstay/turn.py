"""Whose turn it is to change an environment, and when somebody else may take it.

A turn is one record in the store. Its epoch grows with every taking and is enforced where a change
lands (``mainstay.gate``), so a holder who was wrongly called gone can still do no harm. Whoever takes
a turn inherits the changes that nobody has closed yet. Wall clocks are shown and never compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum

TERM_SECONDS = 30.0  # a record that stays unchanged for so long has no living holder
RENEWAL_SECONDS = 5.0
BLINK_SECONDS = 10.0  # who did not look for longer does not know whether the store was there meanwhile
STOP_SECONDS = 20.0  # what a changing holder gets to undo and to hand over


class Phase(StrEnum):
    CHANGING = "changing"
    WATCHING = "watching"  # nothing is half-done: a claim that hurries may take the turn at once


class Urgency(IntEnum):
    ROUTINE = 0
    URGENT = 1  # a deploy that cannot wait
    RESCUE = 2  # rollback, undo, failover: two of them never stop each other


@dataclass(frozen=True)
class Holder:
    change: str
    story: str
    run: str | None  # the Prefect run, if there is one
    machine: str  # where its process number means something
    pid: int
    started: str
    who: str
    urgency: Urgency


@dataclass(frozen=True)
class HandOverRequest:
    change: str
    story: str
    who: str
    at: datetime


@dataclass(frozen=True)
class Turn:
    epoch: int = 0
    holder: Holder | None = None
    phase: Phase = Phase.CHANGING
    taken_at: datetime | None = None
    renewed_at: datetime | None = None
    asked_to_stop: HandOverRequest | None = None
    unsettled: tuple[str, ...] = ()  # changes whose journal nobody has closed yet, the holder's own included


@dataclass(frozen=True)
class Claim:
    holder: Holder
    patience_seconds: float
    above: int = 0  # the highest epoch seen on the hosts: a store that lost its memory must not start below it
    after: int | None = None  # the epoch whose holder was found gone; whoever took the turn since is not pushed aside


@dataclass(frozen=True)
class Seen:
    """What a claimer knows of the holder, by its own monotonic clock."""

    alive: bool | None  # None: its process is on another machine
    unchanged_seconds: float
    asked_seconds: float | None  # since the holder stands asked to stop
    waited_seconds: float


@dataclass(frozen=True)
class Take:
    reason: str


@dataclass(frozen=True)
class AskToStop:
    reason: str


@dataclass(frozen=True)
class Wait:
    reason: str


@dataclass(frozen=True)
class Refuse:
    reason: str
    overtaken: bool = False  # by somebody who does what the claimer wanted to do


Decision = Take | AskToStop | Wait | Refuse


def decide_claim(turn: Turn, claim: Claim, seen: Seen) -> Decision:
    """May this claim have the turn now, and why; a living holder is pushed aside only by those who may hurry."""
    if turn.holder is None:
        return Take("nobody has the turn")
    if claim.after is not None and turn.epoch > claim.after and seen.alive is not False:
        return Refuse(f"{has_the_turn(turn)}, and it settles what was left", overtaken=True)
    if seen.alive is False:
        return Take(f"{named(turn.holder)} had the turn, and its process {turn.holder.pid} is dead")
    if seen.unchanged_seconds >= TERM_SECONDS:
        return Take(f"{named(turn.holder)} has not renewed its turn for {seen.unchanged_seconds:.0f} s")
    if claim.holder.urgency > Urgency.ROUTINE and turn.phase is Phase.WATCHING:
        return Take(f"{named(turn.holder)} only watches, and {claim.holder.story} does not wait for that")
    if claim.holder.urgency > turn.holder.urgency:
        return _push_aside(turn, turn.holder, seen)
    if seen.waited_seconds >= claim.patience_seconds:
        return Refuse(f"{has_the_turn(turn)}; it did not end within {claim.patience_seconds:.0f} s")
    return Wait(has_the_turn(turn))


def _push_aside(turn: Turn, holder: Holder, seen: Seen) -> Decision:
    """Never refused: it ends with the turn after ``STOP_SECONDS``, whatever the holder does."""
    if turn.asked_to_stop is None or seen.asked_seconds is None:
        return AskToStop(f"{named(holder)} is in the middle of a change; it gets {STOP_SECONDS:.0f} s to undo it")
    if seen.asked_seconds >= STOP_SECONDS:
        return Take(f"{named(holder)} was asked to stop {seen.asked_seconds:.0f} s ago and has not")
    return Wait(f"{named(holder)} was asked to stop and undoes its change")


def named(holder: Holder) -> str:
    return f"{holder.story} {holder.change} of {holder.who}"


def has_the_turn(turn: Turn) -> str:
    """Who has it and since when, as a person wants to read it."""
    if turn.holder is None:
        return "nobody has the turn"
    since = f"{turn.taken_at:%Y-%m-%d %H:%M:%S} UTC" if turn.taken_at else "an unknown time"
    run = f", run {turn.holder.run}" if turn.holder.run else ""
    return (
        f"{named(turn.holder)} has the turn since {since} and is {turn.phase}"
        f" (process {turn.holder.pid} on {turn.holder.machine}{run})"
    )


@dataclass(frozen=True)
class Sighting:
    """How long one claimer has watched one version of the record, by its own monotonic clock."""

    begun: float
    version: str | None = None
    since: float = 0.0
    looked: float = 0.0
    asked: tuple[int, float] | None = None  # epoch of the holder that stands asked to stop, and since when

    def look(self, version: str | None, turn: Turn, clock: float) -> "Sighting":
        before = self if clock - self.looked <= BLINK_SECONDS else self.store_lost()
        same = version is not None and version == before.version
        asked = before.asked if before.asked and before.asked[0] == turn.epoch else None
        if turn.asked_to_stop is not None and asked is None:
            asked = (turn.epoch, clock)
        return Sighting(self.begun, version, before.since if same else clock, clock, asked)

    def store_lost(self) -> "Sighting":
        """While the store was away nobody could renew, nor read a request: all counting begins anew."""
        return Sighting(self.begun)

    def seen(self, alive: bool | None, clock: float) -> Seen:
        asked_seconds = clock - self.asked[1] if self.asked else None
        return Seen(alive, clock - self.since, asked_seconds, clock - self.begun)


def taken(turn: Turn, claim: Claim, now: datetime) -> Turn:
    return Turn(
        epoch=max(turn.epoch, claim.above) + 1,
        holder=claim.holder,
        taken_at=now,
        renewed_at=now,
        unsettled=(*(change for change in turn.unsettled if change != claim.holder.change), claim.holder.change),
    )


def renewed(turn: Turn, phase: Phase, now: datetime) -> Turn:
    return replace(turn, phase=phase, renewed_at=now)


def asked(turn: Turn, by: Holder, now: datetime) -> Turn:
    return replace(turn, asked_to_stop=HandOverRequest(by.change, by.story, by.who, now))


def settled(turn: Turn, changes: Iterable[str]) -> Turn:
    """The journals of these changes are closed; what nobody closed stays for the next holder."""
    closed = frozenset(changes)
    return replace(turn, unsettled=tuple(change for change in turn.unsettled if change not in closed))


def released(turn: Turn, changes: Iterable[str]) -> Turn:
    """Nobody has it any more; its epoch stays, because the next one must be higher."""
    return Turn(epoch=turn.epoch, unsettled=settled(turn, changes).unsettled)
