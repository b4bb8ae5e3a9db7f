"""A store in which sets are taken, fail, are proven, refuted, held and deleted, while clocks jump, over the real rules.

What it calls a fault is judged without them: from what was ever there, what still is, and what time it really is.
"""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from mainstay.backups.listed import Hold, Listed
from mainstay.backups.retention.keeping import PROVEN_AT
from mainstay.backups.retention.pruning import Tombstone
from mainstay.backups.retention.refusals import Circumstances
from mainstay.backups.sets import Begun, Kind
from mainstay.descriptor.environment import Keep

Forgets = Literal["to wait", "to doubt", "chains"]
NEAR = timedelta(minutes=11)  # what two clocks that agree, each within five minutes, may be apart


@dataclass
class World:
    random: random.Random
    keep: Keep
    own_clock: bool  # whether the store has one: a bucket has, a directory on this machine has not
    steady: bool = False  # what is proven stays so, and nobody moves sets by hand
    forgets: Forgets | None = None  # a control: rules that forget something must be caught
    time: datetime = datetime(2026, 11, 20, tzinfo=UTC)
    offset: timedelta = timedelta(0)  # how wrong our clock is
    sets: dict[str, Listed] = field(default_factory=dict)
    ever: dict[str, Listed] = field(default_factory=dict)  # as they were when they went
    really_ended: dict[str, datetime] = field(default_factory=dict)
    begun: dict[str, Begun] = field(default_factory=dict)
    tombstones: tuple[Tombstone, ...] = ()
    really_condemned: dict[str, datetime] = field(default_factory=dict)
    last_pruning: datetime | None = None
    failed: str | None = None
    at_work: tuple[str, ...] = ()
    faults: list[str] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)

    @property
    def now(self) -> datetime:
        return self.time + self.offset

    @property
    def store_now(self) -> datetime:
        return self.time if self.own_clock else self.now

    @property
    def seen(self) -> Circumstances:
        return Circumstances(self.now, self.store_now, self.last_pruning, (), self.failed, self.at_work)

    def begin(self, kind: Kind) -> None:
        """An increment builds on the newest good set that is not condemned; without one a full is taken."""
        parent = None
        if kind == "incremental":
            condemned = {each.set for each in self.tombstones}
            good = [id for id, each in self.sets.items() if (each.level or 0) >= 1 and id not in condemned]
            parent = max(good, key=lambda id: self.really_ended[id], default=None)
        self.count["begun"] += 1
        id = f"s{self.count['begun']:04}"
        self.begun[id] = Begun(id, "full" if kind == "incremental" and not parent else kind, self.now, "", "", parent)

    def finish(self, begun: Begun) -> None:
        """One in six fails, and what it began may stay there."""
        if self.random.random() < 0.17:
            self.failed = f"{begun.kind}: no space"
            if self.random.random() < 0.8:
                del self.begun[begun.id]
            return
        del self.begun[begun.id]
        size = self.random.choice((1, 5)) if begun.parent else self.random.randint(50, 150)
        found = Listed(
            begun.id, begun.kind, begun.at, self.store_now, size, begun.parent, self.random.choice((0, 1, 1))
        )
        self.sets[found.id], self.really_ended[found.id], self.failed = found, self.time, None

    def look(self, found: Listed) -> None:
        """It is verified or restored, and that goes well or not."""
        bad = self.random.random() < 0.12 and (not self.steady or not self.proven(found))
        reached = self.random.choice((1, 2, 3, 3))
        level = None if bad or found.level is None else max(found.level, reached)
        self.sets[found.id] = replace(found, level=level)

    def hold(self, found: Listed) -> None:
        self.sets[found.id] = replace(found, holds=() if found.holds else (Hold("lawsuit", "anna"),))

    def mend(self) -> None:
        """Somebody does as a refusal says: what a clock that ran ahead has left is moved away, tips first."""
        ahead = [each for each in self.sets.values() if max(each.moment, each.ended_at) > self.now]
        for each in reversed(ahead):
            if each.id not in self.parents().values():
                del self.sets[each.id]
                self.count["moved by hand"] += 1
        if self.last_pruning is not None and self.last_pruning > self.now:
            self.last_pruning, self.tombstones = None, ()

    def proven(self, found: Listed) -> bool:
        """By its own proof and by those of all it is built on, each there or told of when it went."""
        known, each = self.ever | self.sets, found
        while each.level is not None and each.level >= PROVEN_AT[each.kind]:
            if each.parent is None:
                return True
            each = known[each.parent]
        return False

    def delete(self, found: Listed) -> None:
        self.ever[found.id] = self.sets.pop(found.id)
        self.count["deleted"] += 1
        self.count[f"deleted {found.kind}"] += 1

    def judge_chains(self) -> None:
        """Whatever is in the store can be restored, or is not yet but on what is there."""
        missing = {id: parent for id, parent in self.parents().items() if parent not in self.sets}
        self.faults += [f"{id} is nothing without {parent}" for id, parent in missing.items()]

    def parents(self) -> dict[str, str]:
        of_sets = {each.id: each.parent for each in self.sets.values() if each.parent}
        return of_sets | {each.id: each.parent for each in self.begun.values() if each.parent}

    def judge_promises(self) -> None:
        """Among all there ever was: the last days, weeks, … that had a proven set still have one.

        Only in a steady world: else nobody may know which sets were the last then.
        """
        for kind in PROVEN_AT:
            ever = [each for each in (self.ever | self.sets).values() if each.kind == kind and self.proven(each)]
            here = [each for each in ever if each.id in self.sets]
            for count, spelled in self.tiers(kind):
                periods = sorted({f"{each.moment:{spelled}}" for each in ever})[-count:] if count else []
                missing = set(periods) - {f"{each.moment:{spelled}}" for each in here}
                self.faults += [f"{kind}: nothing proven is left of {period}" for period in missing]
            self.judge_hours(ever, here)

    def tiers(self, kind: Kind) -> list[tuple[int, str]]:
        near = [(self.keep.daily, "%Y-%m-%d")]
        far = [(self.keep.weekly, "%G-W%V"), (self.keep.monthly, "%Y-%m"), (self.keep.yearly, "%Y")]
        return near if kind == "incremental" else near + far

    def judge_hours(self, ever: list[Listed], here: list[Listed]) -> None:
        if not ever:
            return
        since = max(each.moment for each in ever) - timedelta(hours=self.keep.hourly)
        spelled = "%Y-%m-%d %H"
        wanted = sorted({f"{each.moment:{spelled}}" for each in ever if each.moment > since})
        wanted = wanted[-self.keep.hourly :] if self.keep.hourly else []
        missing = set(wanted) - {f"{each.moment:{spelled}}" for each in here}
        self.faults += [f"{ever[0].kind}: nothing proven is left of {hour}h" for hour in missing]
