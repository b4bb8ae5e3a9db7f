"""A machine that is off now and then, clocks that are stepped, and rounds that come late, twice or never.

It has its own idea of when slots come: whatever minute of the wall it is. Nothing here asks how ``due`` counts them.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mainstay.backups.due import CLOCKS, Asked, Due, Place, due, missed
from mainstay.backups.past import Past
from mainstay.descriptor.environment import Backups, BackupSlot

TICK = timedelta(minutes=3)
IN_PEACE = 1.25  # days without trouble at the end: every slot has come once more
KNOWN = 3  # of each kind: what is older was dropped, as retention does
SHOP = Backups(full="nightly", database="hourly", files="hourly", incremental="often")
CAFE = Backups(full="nightly", incremental="hourly")

Kind = tuple[str, str]  # of a system


@dataclass
class World:
    seed: int
    zone: ZoneInfo
    now: datetime  # by the clock of the machine
    days: float
    steps: bool  # whether somebody moves that clock
    deaths: bool = False  # whether backups are killed now and then
    begun: dict[Kind, list[Past]] = field(default_factory=dict)
    started: dict[str, Due] = field(default_factory=dict)  # by key: what Prefect knows
    waiting: list[Due] = field(default_factory=list)
    told: set[tuple[str, str, datetime]] = field(default_factory=set)
    slots: dict[BackupSlot, list[datetime]] = field(default_factory=lambda: {slot: [] for slot in CLOCKS})
    seen_at: list[datetime] = field(default_factory=list)  # when rounds looked
    most_at_once: int = 0  # starts of one kind in one moment
    waited: set[tuple[Kind, datetime]] = field(default_factory=set)  # begun late, because the machine was off

    def live(self) -> "World":
        rng = random.Random(self.seed)
        pending: list[tuple[BackupSlot, datetime]] = []
        off, steps = _nights_off(rng, self.days), _steps(rng, self.days) if self.steps else {}
        for tick in range(int(self.days * timedelta(days=1) / TICK)):
            self.now += TICK + steps.get(tick, timedelta())
            pending += self._came()
            if tick in off:
                pending = [each for each in pending if rng.random() > 0.02]  # a run that is lost
                continue
            self._begin(rng)
            doubled = pending + [each for each in pending if rng.random() < 0.1]
            rng.shuffle(doubled)
            self._rounds(doubled, rng)
            pending = []
        return self

    def _came(self) -> Iterator[tuple[BackupSlot, datetime]]:
        wall = self.now.astimezone(self.zone)
        night, times = wall.date(), self.slots["nightly"]
        if wall.hour >= 2 and not any(each.astimezone(self.zone).date() == night for each in times[-3:]):
            yield self._comes("nightly", self.now)
        if self.now.minute == 0:
            yield self._comes("hourly", self.now)
        yield self._comes("often", self.now)

    def _comes(self, slot: BackupSlot, at: datetime) -> tuple[BackupSlot, datetime]:
        self.slots[slot].append(at)
        return slot, at

    def _begin(self, rng: random.Random) -> None:
        """Whatever waited for its time, or for the machine."""
        for each in [each for each in self.waiting if each.begins_at <= self.now]:
            self.waiting.remove(each)
            kind = (each.system, each.kind)
            if self.now - each.begins_at > TICK:
                self.waited.add((kind, self.now))
            good = rng.random() < 0.8
            died = self.deaths and not good and rng.random() < 0.7
            self.begun.setdefault(kind, []).append(Past(each.kind, self.now, None, good, died=died))

    def _rounds(self, pending: list[tuple[BackupSlot, datetime]], rng: random.Random) -> None:
        fresh: Counter[Kind] = Counter()
        for slot, scheduled in pending:
            early = timedelta(seconds=0.4) if scheduled == self.now and rng.random() < 0.3 else timedelta()
            asked = Asked(slot, scheduled, self.now - early, self.zone)
            for each in due(asked, self.places()):
                if each.key not in self.started:
                    self.started[each.key] = each
                    self.waiting.append(each)
                    fresh[each.system, each.kind] += 1
            self.told |= {(each.system, each.kind, each.since) for each in missed(asked, self.places())}
            self.seen_at.append(asked.now)
        self.most_at_once = max(self.most_at_once, *fresh.values(), 0)

    def serving(self, kind: Kind) -> list[Past]:
        """What is as good as one of this kind: a full set holds what an increment would."""
        system, name = kind
        full = self.begun[system, "full"] if name == "incremental" else []
        return sorted([*self.begun[kind], *full], key=lambda past: past.begun_at)

    def places(self) -> list[Place]:
        wants = {"shop": SHOP, "cafe": CAFE}
        return [Place(name, "production", wants[name], self._known(name)) for name in wants]

    def _known(self, system: str) -> tuple[Past, ...]:
        return tuple(past for (name, _), pasts in self.begun.items() if name == system for past in pasts[-KNOWN:])


def _nights_off(rng: random.Random, days: float) -> set[int]:
    """In which ticks the machine is off: minutes, hours or days. At last it is on."""
    last = int((days - IN_PEACE) * timedelta(days=1) / TICK)
    off: set[int] = set()
    for _ in range(rng.randrange(1, 5)):
        begin = rng.randrange(last)
        off |= set(range(begin, begin + rng.choice((1, 3, 7, 30, 200, 700))))
    return {tick for tick in off if tick < last}


def _steps(rng: random.Random, days: float) -> dict[int, timedelta]:
    """The clock is wrong for a while, by minutes or by years, and then right again."""
    last = int((days - IN_PEACE) * timedelta(days=1) / TICK)
    first, second = sorted(rng.sample(range(last), 2))
    wrong = timedelta(minutes=3 * rng.choice((-900, -21, -1, 1, 21, 900, 480 * 400, -480 * 400)))
    return {first: wrong, second: -wrong}
