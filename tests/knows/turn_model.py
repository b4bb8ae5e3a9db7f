"""A world in which everything that can go wrong with a turn does, over the real decisions.

Each actor advances by small steps between which any other may run, be paused or die: between reading
and swapping, between checking and acting. The store goes away, clocks jump, people hurry.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mainstay import turn
from mainstay.turn import (
    STOP_SECONDS,
    TERM_SECONDS,
    AskToStop,
    Claim,
    Decision,
    Holder,
    Phase,
    Refuse,
    Sighting,
    Take,
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
    changed_at: float = 0.0  # when the record was last written
    asked_at: float = 0.0
    gates: list[Gate] = field(default_factory=lambda: [Gate(), Gate()])
    actors: list[Actor] = field(default_factory=list)
    acted: dict[int, str] = field(default_factory=dict)
    half_done: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    takes: int = 0
    refusals: int = 0  # at a gate

    def run(self, steps: int) -> "World":
        self.join()
        for _ in range(steps):
            self.tick()
        return self

    def tick(self) -> None:
        dice = self.random.random()
        if dice < 0.70:
            running = [actor for actor in self.actors if actor.runs]
            if running:
                self.step(self.random.choice(running))
        elif dice < 0.82:
            self.pass_time(self.random.choice((0.5, 3.0, 12.0, 35.0)))
        elif dice < 0.88:
            self.join()
        elif dice < 0.95:
            self.strike(self.random.choice(self.actors))
        elif dice < 0.98:
            self.store_up = not self.store_up
            self.up_since = self.time
        else:
            self.wall += timedelta(seconds=self.random.choice((-3600, -40, 40, 3600)))

    def join(self) -> None:
        number = len(self.actors)
        urgency = self.random.choice((Urgency.ROUTINE, Urgency.ROUTINE, Urgency.URGENT, Urgency.RESCUE))
        holder = Holder(f"c{number}", "deploy", None, f"m{number % 2}", number, "boot", "somebody", urgency)
        offset = self.random.uniform(0, 1e6)
        self.actors.append(Actor(Claim(holder, 300), offset, Sighting(self.time + offset)))

    def strike(self, actor: Actor) -> None:
        if actor.paused or self.random.random() < 0.6:
            actor.paused = not actor.paused
        else:
            actor.dead = True

    def pass_time(self, seconds: float) -> None:
        """Whoever runs does meanwhile what it does all the time: a holder renews its turn, a claimer looks."""
        for _ in range(int(seconds // turn.RENEWAL_SECONDS)):
            self.time += turn.RENEWAL_SECONDS
            self.wall += timedelta(seconds=turn.RENEWAL_SECONDS)
            for actor in self.actors:
                if actor.runs:
                    self.renew(actor) if actor.epoch else self.look(actor)
        self.time += seconds % turn.RENEWAL_SECONDS

    def write(self, wanted: Turn, expected: int) -> bool:
        if self.version != expected:
            return False
        self.turn, self.version, self.changed_at = wanted, self.version + 1, self.time
        if missing := self.half_done - set(wanted.unsettled):
            self.faults.append(f"nobody would settle {missing}")
        return True

    def renew(self, actor: Actor) -> None:
        if not self.store_up:
            return
        if self.turn.epoch != actor.epoch or self.turn.holder != actor.claim.holder:
            actor.ended = True
            return
        actor.asked = self.turn.asked_to_stop is not None
        self.write(turn.renewed(self.turn, actor.phase, self.wall), self.version)

    def step(self, actor: Actor) -> None:
        if not actor.epoch:
            self.claim(actor)
        elif actor.entered < len(self.gates):
            self.enter(actor)
        elif actor.acts >= 3 or (actor.asked and actor.acts):
            self.release(actor)
        elif actor.checked:
            self.act(actor)
        else:
            actor.checked = True
            actor.phase = self.random.choice((Phase.CHANGING, Phase.CHANGING, Phase.WATCHING))
            self.renew(actor)

    def claim(self, actor: Actor) -> None:
        if actor.pending is None or not self.store_up:
            self.look(actor)
        else:
            self.carry_out(actor, *actor.pending)
            actor.pending = None

    def look(self, actor: Actor) -> None:
        clock = self.time + actor.offset
        actor.pending = None
        if not self.store_up:
            actor.sighting = actor.sighting if self.forgetful else actor.sighting.store_lost()
            return
        actor.sighting = actor.sighting.look(str(self.version), self.turn, clock)
        seen = actor.sighting.seen(self.alive(actor, self.turn.holder), clock)
        actor.pending = (turn.decide_claim(self.turn, actor.claim, seen), self.turn, self.version)

    def alive(self, asking: Actor, holder: Holder | None) -> bool | None:
        if holder is None or holder.machine != asking.claim.holder.machine:
            return None
        actor = self.actors[holder.pid]
        return not (actor.dead or actor.ended)

    def carry_out(self, actor: Actor, decision: Decision, found: Turn, version: int) -> None:
        if isinstance(decision, Refuse):
            actor.ended = True
        if isinstance(decision, AskToStop) and self.write(turn.asked(found, actor.claim.holder, self.wall), version):
            self.asked_at = self.time
        if isinstance(decision, Take):
            self.judge_taking(actor, found, version)
            if self.write(turn.taken(found, actor.claim, self.wall), version):
                actor.epoch = self.turn.epoch
                self.takes += 1

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

    def enter(self, actor: Actor) -> None:
        gate = self.gates[actor.entered]
        if actor.epoch > gate.epoch:
            gate.epoch, gate.holder = actor.epoch, actor.change
        if gate.epoch != actor.epoch or gate.holder != actor.change:
            self.refused(actor)
        actor.entered += 1

    def act(self, actor: Actor) -> None:
        actor.checked = False
        if self.fenced and self.random.choice(self.gates).epoch != actor.epoch:
            return self.refused(actor)
        if any(epoch > actor.epoch for epoch in self.acted):
            self.faults.append(f"{actor.change} acted after epoch {max(self.acted)} had")
        if self.acted.setdefault(actor.epoch, actor.change) != actor.change:
            self.faults.append(f"two have acted with epoch {actor.epoch}")
        actor.acts += 1
        self.half_done.add(actor.change)

    def refused(self, actor: Actor) -> None:
        self.refusals += 1
        actor.ended = True

    def release(self, actor: Actor) -> None:
        """Closing its journal and those it inherited, then handing over; without the store it stays."""
        self.renew(actor)
        if self.store_up and not actor.ended:
            closed = self.turn.unsettled
            self.half_done -= set(closed)
            self.write(turn.released(self.turn, closed), self.version)
            actor.ended = True


def schedules(count: int, *, seed: int, fenced: bool = True, forgetful: bool = False) -> tuple[int, int, list[str]]:
    """How many turns were taken, how many late acts were refused, and what went wrong."""
    takes, refusals, faults = 0, 0, []
    for number in range(seed, seed + count):
        world = World(random.Random(number), fenced=fenced, forgetful=forgetful).run(120)
        takes, refusals = takes + world.takes, refusals + world.refusals
        faults += [f"schedule {number}: {fault}" for fault in world.faults]
    return takes, refusals, faults
