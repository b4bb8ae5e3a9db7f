"""Traffic of a small CRM, drawn at random, and what a rule for going back makes of it after a switch."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import log, log1p
from operator import attrgetter
from random import Random

from mainstay.descriptor.environment import Watch
from mainstay.descriptor.service import Color
from mainstay.watch import LOOK_SECONDS, Kind, judge
from mainstay.watch.evidence import Facts
from mainstay.watch.signs import HOLD_SECONDS
from mainstay.watch.traffic import Request, Sample

SWITCHED_AT = 1_000_000.0
BETWEEN_ERRORS = 300  # looks: the slowness is judged at every so many of them, the errors whenever there is a new one
TRUE_SHARE = 0.003  # of the requests of a healthy release fail
ROUTES = 8
Rule = Callable[[Sample, Sequence[Request], float], bool]  # baseline, requests since the switch, seconds since then


@dataclass(frozen=True)
class Draw:
    """How requests come: their number, the share that fails, how many of those at once, and how slow they are."""

    per_minute: float
    share: float = TRUE_SHARE
    bursts: tuple[int, ...] = (1, 2, 3, 4, 5)  # errors of one page or hiccup come together, on any route
    times: float = 1.0

    def requests(self, chance: Random, color: Color, begin: float, count: int) -> list[Request]:
        seconds = count * 60 / self.per_minute
        whole = sorted(begin + chance.random() * seconds for _ in range(count))
        durations = [self.times * 0.05 * duration for duration in chance.choices(_DURATIONS, k=count)]
        healthy = map(Request, whole, repeat(color), repeat(200), durations, chance.choices(_NAMES, k=count))
        return self._with_errors(chance, list(healthy))

    def _with_errors(self, chance: Random, requests: list[Request]) -> list[Request]:
        begins = self.share * len(self.bursts) / sum(self.bursts)
        failed, place = list(requests), -1
        while (place := place + _gap(chance, begins)) < len(requests):
            first = requests[place]
            at = first.at
            for later in range(place, min(place + chance.choice(self.bursts), len(requests))):
                failed[later] = Request(at, first.color, 500, 0.01, requests[later].route)
                at += chance.expovariate(8)
        return sorted(failed, key=attrgetter("at"))


def _gap(chance: Random, share: float) -> int:
    """From one hit to the next, if each is one with that chance, which is never 0."""
    return 1 if share >= 1 else 1 + int(log(1 - chance.random()) / log1p(-share))


_PAGES = Random("pages")
_DURATIONS = [_PAGES.lognormvariate(0, 0.9) for _ in range(2_000)]  # a long tail, as pages have it
_NAMES = [f"/route-{number}" for number in range(ROUTES)]


def ours(rules: Watch) -> Rule:
    def goes_back(before: Sample, since: Sequence[Request], seconds: float) -> bool:
        facts = Facts("green", SWITCHED_AT, SWITCHED_AT + seconds, before, since, ())
        return judge(rules, facts).kind is Kind.FAIL

    return goes_back


def naive(before: Sample, since: Sequence[Request], seconds: float) -> bool:
    """More than one in a hundred requests of the last 30 s failed."""
    begin = bisect_left(since, SWITCHED_AT + seconds - 30, key=attrgetter("at"))
    newest = since[begin:]
    return sum(request.failed for request in newest) > len(newest) / 100


def went_back(rule: Rule, before: Sample, since: Sequence[Request], looks: Iterator[float]) -> float | None:
    """Seconds from the switch until it did; None: it never did."""
    ends = [request.at for request in since]
    for seconds in looks:
        if rule(before, since[: bisect_left(ends, SWITCHED_AT + seconds)], seconds):
            return seconds
    return None


def every_look(seconds: float) -> Iterator[float]:
    return (LOOK_SECONDS * number for number in range(1, int(seconds / LOOK_SECONDS) + 1))


def looks_that_matter(since: Sequence[Request], seconds: float) -> Iterator[float]:
    """Between two errors their share only falls and luck only explains them better: no look there can go back for
    errors that the look before did not go back for.
    """
    errors = {int((request.at - SWITCHED_AT) / LOOK_SECONDS) + 1 for request in since if request.failed}
    held = {number + int(HOLD_SECONDS / LOOK_SECONDS) for number in errors}
    last = int(seconds / LOOK_SECONDS)
    found = errors | held | set(range(BETWEEN_ERRORS, last + 1, BETWEEN_ERRORS))
    return (LOOK_SECONDS * number for number in sorted(found) if number <= last)
