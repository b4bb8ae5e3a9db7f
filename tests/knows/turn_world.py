"""What the model's actors share, and what it calls a fault."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mainstay.turn import (
    BLINK_SECONDS,
    STOP_SECONDS,
    TERM_SECONDS,
    Claim,
    Decision,
    Holder,
    Phase,
    Sighting,
    Turn,
    Urgency,
)


@dataclass
class Gate:
    epoch: int = 0
    holder: str = "-"


@dataclass
class Actor:
    claim: Claim
    offset: float  # its monotonic clock began somewhere else
    sighting: Sighting
    paused: bool = False
    dead: bool = False
    ended: bool = False
    epoch: int = 0  # 0: it has no turn
    entered: int = 0  # hosts it has claimed
    acts: int = 0
    checked: bool = False
    asked: bool = False
    phase: Phase = Phase.CHANGING
    pending: tuple[Decision, Turn, int] | None = None

    @property
    def change(self) -> str:
        return self.claim.holder.change

    @property
    def runs(self) -> bool:
        return not (self.paused or self.dead or self.ended)


@dataclass
class World:
    random: random.Random
    fenced: bool = True  # a control: without the gate two holders must be caught acting
    forgetful: bool = False  # a control: whoever ignores that the store was away must be caught being rude
    time: float = 0.0
    wall: datetime = datetime(2026, 11, 20, tzinfo=UTC)
    turn: Turn = field(default_factory=Turn)
    version: int = 0
    store_up: bool = True
    up_since: float = 0.0
    down_since: float = 0.0
    changed_at: float = 0.0  # when the record was last written
    asked_at: float = 0.0
    gates: list[Gate] = field(default_factory=lambda: [Gate(), Gate()])
    actors: list[Actor] = field(default_factory=list)
    acted: dict[int, str] = field(default_factory=dict)
    half_done: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    takes: int = 0
    refusals: int = 0  # at a gate

    def toggle_store(self) -> None:
        """A blink of it costs a holder one or two of its six renewals, so nobody has to notice it."""
        self.store_up = not self.store_up
        if not self.store_up:
            self.down_since = self.time
        elif self.time - self.down_since > BLINK_SECONDS:
            self.up_since = self.time

    def write(self, wanted: Turn, expected: int) -> bool:
        if self.version != expected:
            return False
        self.turn, self.version, self.changed_at = wanted, self.version + 1, self.time
        if missing := self.half_done - set(wanted.unsettled):
            self.faults.append(f"nobody would settle {missing}")
        return True

    def alive(self, asking: Actor, holder: Holder | None) -> bool | None:
        if holder is None or holder.machine != asking.claim.holder.machine:
            return None
        actor = self.actors[holder.pid]
        return not (actor.dead or actor.ended)

    def judge_taking(self, actor: Actor, found: Turn, version: int) -> None:
        """A living holder with a store may be pushed aside only by those who hurry, and only when they may."""
        if found.holder is None or version != self.version:
            return
        holder = self.actors[found.holder.pid]
        silent = self.time - max(self.changed_at, self.up_since) >= TERM_SECONDS
        hurries = actor.claim.holder.urgency > Urgency.ROUTINE and (
            found.phase is Phase.WATCHING
            or (found.asked_to_stop is not None and self.time - self.asked_at >= STOP_SECONDS)
        )
        if not (holder.dead or holder.ended or silent or hurries):
            self.faults.append(f"{actor.change} took a turn from the living {holder.change}")
