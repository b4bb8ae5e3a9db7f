"""A world in which everything that can go wrong with a turn does, over the real decisions.

Each actor advances by small steps between which any other may run, be paused or die: between reading
and swapping, between checking and acting. The store goes away, clocks jump, people hurry.
"""

import random
from dataclasses import replace
from datetime import timedelta

from mainstay import turn
from mainstay.turn import AskToStop, Claim, Decision, Holder, Phase, Refuse, Sighting, Take, Turn, Urgency
from tests.knows.turn_world import Actor, World


class Model(World):
    def run(self, steps: int) -> "Model":
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
            self.toggle_store()
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
            forgetting = replace(actor.sighting, looked=clock)  # as if it had looked and seen nothing new
            actor.sighting = forgetting if self.forgetful else actor.sighting.store_lost()
            return
        actor.sighting = actor.sighting.look(str(self.version), self.turn, clock)
        seen = actor.sighting.seen(self.alive(actor, self.turn.holder), clock)
        actor.pending = (turn.decide_claim(self.turn, actor.claim, seen), self.turn, self.version)

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
        world = Model(random.Random(number), fenced=fenced, forgetful=forgetful).run(120)
        takes, refusals = takes + world.takes, refusals + world.refusals
        faults += [f"schedule {number}: {fault}" for fault in world.faults]
    return takes, refusals, faults
