"""What happens in a random history, and what may never be found going in a sweep."""

import random
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, timedelta

from mainstay.backups.listed import Listed
from mainstay.backups.retention.keeping import PROVEN_AT, Plan, plan_retention
from mainstay.backups.retention.pruning import Sweep, condemn, sweep
from mainstay.backups.retention.refusals import SKEW, Agreement
from mainstay.backups.sets import KINDS
from mainstay.descriptor.environment import Keep
from tests.knows.backups.retention_world import NEAR, Forgets, World

JUMPS = (
    timedelta(hours=-3),
    timedelta(days=-2),
    timedelta(days=-40),
    timedelta(hours=2),
    timedelta(days=3),
    timedelta(days=40),
)


class Model(World):
    def run(self, steps: int) -> "Model":
        for _ in range(steps):
            self.tick()
            self.judge_chains()
        return self

    def tick(self) -> None:
        self.time += timedelta(hours=self.random.choice((0, 0.1, 1, 3, 9)))
        dice = self.random.random()
        if dice < 0.24:
            self.begin(self.random.choice(KINDS))
        elif dice < 0.42 and self.begun:
            self.finish(self.random.choice(list(self.begun.values())))
        elif dice < 0.62 and self.sets:
            self.look(self.random.choice(list(self.sets.values())[-8:]))
        elif dice < 0.65 and self.sets:
            self.hold(self.random.choice(list(self.sets.values())))
        elif dice < 0.68:
            self.step_the_clock()
        elif dice < 0.69 and not self.steady:
            self.mend()
        elif dice < 0.71:
            self.at_work = ("drill",)
        else:
            self.prune()
            self.at_work = ()

    def step_the_clock(self) -> None:
        self.offset = self.random.choice(JUMPS) if not self.offset and self.random.random() < 0.4 else timedelta(0)

    def prune(self) -> None:
        """As the flow does it; it may be killed before it has written anything, and after any deletion."""
        plan = self.plan()
        agreed, found = None, self.sweep(plan)
        self.count["refused"] += bool(found.refusals)
        if found.refusals and self.random.random() < 0.3:
            agreed = Agreement(frozenset(each.set for each in self.tombstones), "anna")
            found = self.sweep(plan, agreed)
        if self.random.random() < 0.1:
            return
        self.tombstones = condemn(plan, self.tombstones, self.seen)
        condemned = [each.set for each in self.tombstones]
        self.really_condemned = {id: self.really_condemned.get(id, self.time) for id in condemned}
        self.last_pruning = self.now
        self.judge_sweep({each.id for each in found.going}, agreed is not None)
        self.delete_some(found.going)
        if found.going and self.steady:
            self.judge_promises()

    def plan(self) -> Plan:
        sets = [replace(each, parent=None) if self.forgets == "chains" else each for each in self.sets.values()]
        bar = dict.fromkeys(KINDS, 0) if self.forgets == "to doubt" else PROVEN_AT
        return plan_retention(sets, self.keep, self.now, UTC, begun=self.begun.values(), proven_at=bar)

    def sweep(self, plan: Plan, agreed: Agreement | None = None) -> Sweep:
        if self.forgets == "to wait":
            return Sweep(tuple(self.sets[each.set.id] for each in plan.dropped), ())
        found = sweep(self.tombstones, plan, self.seen, agreed)
        return replace(found, going=tuple(self.sets[each.id] for each in found.going))

    def delete_some(self, going: Collection[Listed]) -> None:
        """Others begin and end their backups meanwhile."""
        for each in going:
            if self.random.random() < 0.1:
                self.count["killed while deleting"] += 1
                return
            if self.random.random() < 0.5:
                self.begin("incremental")
            elif self.begun and self.random.random() < 0.5:
                self.finish(self.random.choice(list(self.begun.values())))
            self.delete(each)
            self.judge_chains()

    def judge_sweep(self, going: Collection[str], agreed: bool) -> None:
        if not going:
            return
        self.count["sweeps"] += 1
        sets = self.sets.values()
        newest = max(max(each.moment, each.ended_at) for each in sets)
        share = sum(self.sets[id].bytes for id in going) / sum(each.bytes for each in sets)
        wrong = {
            "after a failed backup": self.failed is not None,
            "while a drill ran": bool(self.at_work),
            "by a clock behind the newest set": self.now < newest - SKEW,
            "by a clock behind the last pruning": self.last_pruning is not None and self.now < self.last_pruning - SKEW,
            "by a clock that is not the store's": abs(self.now - self.store_now) > SKEW,
            "in silence": self.now - newest > timedelta(hours=48),
            "more than a third": share > 0.3 and not agreed,
            "the last proven full": not self.fulls_left(going),
            "what is being built on": any(each.parent in going for each in self.begun.values()),
        }
        self.faults += [f"a sweep {what}" for what, is_so in wrong.items() if is_so]
        for id in going:
            self.judge_going(self.sets[id], going)

    def fulls_left(self, going: Collection[str]) -> bool:
        """The newest by its moment, and the last to be stored."""
        proven = [each for each in self.sets.values() if each.kind == "full" and self.proven(each)]
        if not proven:
            return True
        newest = max(proven, key=lambda each: (each.moment, each.ended_at, each.id))
        stored = max(each.ended_at for each in proven)
        return newest.id not in going and any(each.ended_at == stored and each.id not in going for each in proven)

    def judge_going(self, found: Listed, going: Collection[str]) -> None:
        left = [each for each in self.sets.values() if each.kind == found.kind and each.id not in going]
        wrong = {
            "is held": bool(found.holds),
            "has nothing newer that is proven": not any(
                each.moment >= found.moment and self.proven(each) for each in left
            ),
            "was not condemned": found.id not in self.really_condemned,
        }
        if self.own_clock and found.id in self.really_condemned:
            waited = self.time - self.really_condemned[found.id]
            young = timedelta(hours=self.keep.all_for_hours)
            wrong["was condemned just now"] = waited < timedelta(hours=24) - NEAR
            wrong["is young"] = self.time - self.really_ended[found.id] < young - NEAR
        self.faults += [f"{found.id} goes and {what}" for what, is_so in wrong.items() if is_so]


def random_keep(chance: random.Random) -> Keep:
    counts = {
        name: chance.randint(0, most) for name, most in (("hourly", 6), ("daily", 4), ("weekly", 3), ("monthly", 2))
    }
    return Keep(**counts, yearly=chance.randint(0, 1), all_for_hours=chance.choice((1, 6, 48)))


def histories(
    count: int, *, seed: int, steps: int = 150, forgets: Forgets | None = None
) -> tuple[Counter[str], list[str]]:
    """What happened in them all, and what was wrong. Every second one is steady."""
    happened, faults = Counter[str](), list[str]()
    for number in range(seed, seed + count):
        chance = random.Random(number)
        rules, own_clock = random_keep(chance), chance.random() < 0.5
        world = Model(chance, rules, own_clock, steady=number % 2 == 0, forgets=forgets).run(steps)
        happened += world.count
        faults += [f"history {number}: {fault}" for fault in world.faults]
    return happened, faults
