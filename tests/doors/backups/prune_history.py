"""Random histories of a store of sets, over the real doors: others act between any two words of a pruner, and it dies.

What is a fault is judged without the rules of retention: what can be brought back, and what was ever there.
"""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from edge.backups.retention.pruning import Pruning
from mainstay.backups.sets import KINDS, Kind
from mainstay.descriptor.environment import Keep
from mainstay.errors import MainstayError
from tests.doors.backups.prune_rig import Killed, Yard

JUMPS = tuple(timedelta(days=days) for days in (-40, -2, 3, 40))
CALM, RESTLESS = 0.005, 0.06  # how often somebody acts before a word of the pruner


class History:
    def __init__(self, yard: Yard, seed: int) -> None:
        self.yard, self.chance = yard, Random(seed)
        self.jumps = JUMPS if seed % 3 == 0 else ()  # what a clock that ran ahead has left stops all that follows
        self.faults: list[str] = []
        self.sleeper: Pruning | None = None  # it made its list long ago

    def run(self, steps: int) -> "History":
        for _ in range(steps):
            self.yard.time += timedelta(hours=self.chance.choice((0.1, 1, 4, 9)))
            self.step()
            self.judge("a step")
        return self

    def step(self) -> None:
        dice = self.chance.random()
        if dice < 0.5:
            self.act()
        elif dice < 0.53:
            self.step_the_clock()
        elif dice < 0.56:
            self.let_one_sleep()
        elif dice < 0.6:
            self.wake_the_sleeper()
        else:
            self.prune()

    def act(self) -> None:
        """Somebody else than a pruner does something."""
        acts: list[Callable[[], object]] = [self.begin, self.begin, self.finish, self.finish, self.look, self.hold]
        self.chance.choice(acts)()

    def begin(self) -> None:
        kind = self.chance.choice(KINDS)
        parent = self.yard.newest() if kind == "incremental" else None
        self.yard.begin("full" if kind == "incremental" and parent is None else kind, parent)

    def finish(self) -> None:
        if not self.yard.building:
            return
        id = self.chance.choice(list(self.yard.building))
        if self.chance.random() < 0.1:
            self.yard.fail(id)
            self.yard.count["failed"] += 1
        elif self.yard.finish(id):
            self.yard.prove(id, 1)

    def look(self) -> None:
        whole = self.yard.whole()[-6:]
        if whole:
            id = self.chance.choice(whole)
            good = self.chance.random() > 0.12
            self.yard.prove(id, 3 if good else self.chance.choice((1, 2, 3)), good=good)

    def hold(self) -> None:
        if self.yard.held and self.chance.random() < 0.7:
            self.yard.release(self.chance.choice(list(self.yard.held)))
        elif whole := self.yard.whole():
            self.yard.hold(self.chance.choice(whole))

    def step_the_clock(self) -> None:
        away = self.jumps and not self.yard.offset
        self.yard.offset = self.chance.choice(self.jumps) if away else timedelta(0)

    def let_one_sleep(self) -> None:
        self.sleeper = self.yard.pruning()
        self.sleeper.look()

    def wake_the_sleeper(self) -> None:
        """It goes on with what it saw, and believes itself alone."""
        if self.sleeper is None:
            return
        for id in [id for id in self.yard.whole() if (found := self.yard.tombstone(id)) and found.tombstone]:
            try:
                self.sleeper.delete(id)
                self.yard.count["gone by a sleeper"] += 1
            except MainstayError:
                self.yard.count["a sleeper was stopped"] += 1
            self.judge(f"a sleeper wanted {id}")

    def prune(self) -> None:
        """With others between its words; it may be killed at any of them."""
        left = self.chance.randrange(60) if self.chance.random() < 0.3 else -1
        often = self.chance.choice((CALM, RESTLESS))

        def before() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed
            if self.chance.random() < often:
                self.act()
                self.judge("somebody came between")

        proven = self.yard.proven()
        try:
            self.yard.prune(before, agree=self.chance.random() < 0.7)
        except Killed:
            self.yard.count["killed"] += 1
        self.judge("a pruning")
        self.judge_last(proven)

    def judge(self, after: str) -> None:
        self.faults += [f"after {after}: {each}" for each in self.yard.faults()]

    def judge_last(self, proven: dict[Kind, list[str]]) -> None:
        """Of every kind of which something was proven, something good is left, if nobody found it bad meanwhile."""
        left, whole = self.yard.proven(), self.yard.whole()
        for kind, before in proven.items():
            if kind not in left and not any(id in whole for id in before):
                self.faults.append(f"no proven {kind} is left of {', '.join(before)}")


def random_keep(chance: Random) -> Keep:
    counts = {name: chance.randint(0, most) for name, most in (("hourly", 3), ("daily", 3), ("weekly", 1))}
    return Keep(**counts, monthly=chance.randint(0, 1), yearly=0, all_for_hours=chance.choice((1, 6, 24)))
