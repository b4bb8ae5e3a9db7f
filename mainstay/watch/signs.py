"""The signs that a new release is bad: errors, slowness, silence.

A sign is *suspected* when luck shows it now and then, and *proven* when luck does not: at once, or when it was there
already a while ago and is still. So a verdict needs to remember no earlier one.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from mainstay.descriptor.environment import Watch
from mainstay.watch.statistics import fisher, shift
from mainstay.watch.traffic import INSTANT_SECONDS, RARE, Probe, Sample

AT_ONCE = 0.0001  # by luck this rarely: one look is enough
HELD = 0.001  # by luck this rarely, and so already ``HOLD_SECONDS`` ago
HOLD_SECONDS = 2.0
SUSPECTED = 0.05  # that is no proof, and no PASS either
ENOUGH_BASELINE = 100  # requests
ENOUGH_TIMED = 100  # requests
LONGER = 0.6  # in so many of all pairs the newer request must take longer: many requests prove small things, too
FEWEST_PROBES = 5
IN_A_ROW = 3
ROW_SECONDS = 1.5  # that one moment cannot explain


@dataclass(frozen=True)
class Compared:
    """One sample beside its baseline."""

    enough: bool = False  # to prove anything, and beyond what the rules allow
    chance: float = 1.0  # that luck alone shows it
    times: float = 1.0  # how many times longer a typical request takes
    longer: float = 0.5  # the share of pairs in which the newer request takes longer
    count: int = 0

    @property
    def suspected(self) -> bool:
        return self.chance < SUSPECTED


def proven(now: Compared, earlier: Callable[[], Compared]) -> bool:
    """``earlier``: what would have been found ``HOLD_SECONDS`` ago; asked for only where it matters."""
    if not now.enough or now.chance >= HELD:
        return False
    if now.chance < AT_ONCE:
        return True
    then = earlier()
    return then.enough and then.chance < HELD


def errors(rules: Watch, new: Sample, old: Sample) -> Compared:
    """Moments with errors among all moments: errors of one page or one hiccup are one event, not many."""
    floor = rules.error_floor_percent / 100
    if len(new.failed) < 2 or new.share <= floor:
        return Compared(count=len(new))
    missing = max(0, ENOUGH_BASELINE - len(old))  # are taken to have failed as often as is never held against anyone
    bad_before, before = old.bad_moments + round(missing * floor), old.moments + missing
    if not _beyond(rules.error_factor, new, bad_before / before, bad_before / (len(old) + missing)):
        return Compared(count=len(new))
    chance = fisher(new.bad_moments, new.moments, bad_before, before)
    return Compared(new.bad_moments >= rules.minimum_errors, chance, count=len(new))


def _beyond(factor: float, new: Sample, of_moments: float, of_requests: float) -> bool:
    """By requests too, because ten times the traffic has errors in more of its moments and is no worse. And where
    most moments were bad before, hardly so many more can be.
    """
    too_many = min(factor * of_moments, (1 + of_moments) / 2)
    return new.bad_moments > too_many * new.moments and new.share > factor * of_requests


def slowness(rules: Watch, new: Sample, old: Sample) -> Compared:
    """Compared route by route: that users now do more of what always took long is not slowness."""
    now: dict[str, list[float]] = defaultdict(list)
    for route, seconds in new.durations.items():
        now[route if route in old.yardstick else RARE].extend(seconds)
    comparable = [route for route in now if route in old.yardstick]
    times = [seconds / old.typical[route] for route in comparable for seconds in now[route]]
    much = median(times) if times else 1.0
    if len(times) < ENOUGH_TIMED or much <= rules.latency_factor:
        return Compared(times=much, count=len(times))
    found = shift((now[route], old.yardstick[route]) for route in comparable)
    return Compared(found.longer > LONGER, found.chance, much, found.longer, len(times))


def slowed(before: Sequence[Probe], since: Sequence[Probe]) -> float:
    """How many times longer the probes of one color take than they did; 1 where there are too few of them."""
    if min(len(before), len(since)) < FEWEST_PROBES:
        return 1.0
    return median(probe.seconds for probe in since) / max(median(probe.seconds for probe in before), INSTANT_SECONDS)


def silence(probes: Sequence[Probe]) -> Sequence[Probe]:
    """The newest probes of one color, if they failed in a row that no single moment explains."""
    row: list[Probe] = []
    for probe in reversed(probes):
        if probe.ok:
            break
        row.append(probe)
    return row[::-1] if len(row) >= IN_A_ROW and row[0].at - row[-1].begun >= ROW_SECONDS else ()
