"""What users and the prober met, request by request, and how much of it went wrong in one sample."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from statistics import median

from mainstay.descriptor.service import Color

MOMENT_SECONDS = 1.0  # one page asks many things at once, and one hiccup fails them all: that is one event
BASELINE_SECONDS = 3600.0
BASELINE_MOST = 10_000  # requests; more would make every look slow and prove no more
STRETCH_SECONDS = 10.0
OUTAGE_MOMENTS = 4  # with errors, in one stretch
OUTAGE_TIMES = 5  # as many as in a usual one
NEWEST_TIMED = 1_000
COMMON = 5  # durations that make a route comparable
RARE = ""
INSTANT_SECONDS = 1e-4  # nothing is faster, where it is asked how many times
_FOLDED = re.compile(r"\d+|[0-9a-fA-F-]{8,}|.{33,}")  # a number, an id, a token


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a user, as the proxy saw it. ``at`` is when it was answered, in seconds since 1970."""

    at: float
    color: Color
    status: int  # 499: the client left before it was answered, which is nobody's error
    seconds: float
    route: str  # its path, with numbers and ids folded
    timed: bool = True  # its seconds say how fast the color is; those of a file or of a websocket do not

    @property
    def failed(self) -> bool:
        """Also what the proxy answers when nobody listens (502) or answers in time (504)."""
        return self.status >= 500


@dataclass(frozen=True, slots=True)
class Probe:
    """One question of ours to one color. ``at`` is when it was answered or given up."""

    at: float
    color: Color
    ok: bool
    seconds: float

    @property
    def begun(self) -> float:
        return self.at - self.seconds


@dataclass(frozen=True)
class Sample:
    """Requests of one color. What is computed from it is computed once."""

    requests: Sequence[Request] = ()

    def __len__(self) -> int:
        return len(self.requests)

    @cached_property
    def failed(self) -> tuple[Request, ...]:
        return tuple(request for request in self.requests if request.status >= 500)

    @property
    def share(self) -> float:
        return len(self.failed) / len(self.requests) if self.requests else 0.0

    @cached_property
    def bad_moments(self) -> int:
        """Errors within a second of the first of them count once, whatever their route."""
        count, until = 0, float("-inf")
        for at in sorted(request.at for request in self.failed):
            if at >= until:
                count, until = count + 1, at + MOMENT_SECONDS
        return count

    @cached_property
    def moments(self) -> int:
        """The bad ones, and the seconds in which requests were answered and none failed."""
        bad = {int(request.at) for request in self.failed}
        return self.bad_moments + len({int(request.at) for request in self.requests} - bad)

    @cached_property
    def timed(self) -> tuple[Request, ...]:
        """The newest that say how fast the color is: of many, these say as much as all."""
        newest = islice((request for request in reversed(self.requests) if request.timed), NEWEST_TIMED)
        return tuple(newest)[::-1]

    @cached_property
    def durations(self) -> Mapping[str, Sequence[float]]:
        """By route."""
        found: dict[str, list[float]] = defaultdict(list)
        for request in self.timed:
            found[request.route].append(request.seconds)
        return found

    @cached_property
    def yardstick(self) -> Mapping[str, Sequence[float]]:
        """Its durations as what others are measured by: those of routes that are too rare lie together, under RARE."""
        found = {route: seconds for route, seconds in self.durations.items() if len(seconds) >= COMMON}
        rare = [second for route, seconds in self.durations.items() if route not in found for second in seconds]
        return found | {RARE: rare} if len(rare) >= COMMON else found

    @cached_property
    def typical(self) -> Mapping[str, float]:
        """The medians of the yardstick."""
        return {route: max(median(seconds), INSTANT_SECONDS) for route, seconds in self.yardstick.items()}

    def up_to(self, moment: float) -> "Sample":
        return Sample([request for request in self.requests if request.at <= moment])


def asked(probes: Iterable[Probe]) -> Sample:
    """Probes seen as requests, so that they are counted alike."""
    return Sample([Request(p.at, p.color, 200 if p.ok else 503, p.seconds, "probe") for p in probes])


def baseline(requests: Iterable[Request], color: Color, switched_at: float, given_at: float = 0.0) -> Sample:
    """What the release that is judged against did while users saw it: its newest requests of the last hour. Another
    one that had its color before, until ``given_at``, may have been bad, and does not excuse anybody.

    Without its outages: or for an hour after the database was away, hardly a release would be bad beside it.
    """
    since = max(switched_at - BASELINE_SECONDS, given_at)
    own = [request for request in requests if request.color == color and since <= request.at < switched_at]
    return Sample(tuple(_without_outages(own)[-BASELINE_MOST:]))


def _without_outages(requests: Sequence[Request]) -> Sequence[Request]:
    """An outage fails again and again in one stretch, far more than in a usual one; its neighbours go with it."""
    bad: dict[int, set[int]] = {_stretch(request): set() for request in requests}
    for request in requests:
        if request.failed:
            bad[_stretch(request)].add(int(request.at / MOMENT_SECONDS))
    usual = median(len(moments) for moments in bad.values()) if bad else 0
    limit = max(OUTAGE_MOMENTS, OUTAGE_TIMES * usual)
    outages = {stretch for stretch, moments in bad.items() if len(moments) >= limit}
    return [request for request in requests if not outages & {_stretch(request) + n for n in (-1, 0, 1)}]


def _stretch(request: Request) -> int:
    return int(request.at // STRETCH_SECONDS)


def route(path: str) -> str:
    """Requests that do the same have the same route: ``/deals/17?x=1`` is one of ``/deals/*``."""
    return "/".join("*" if _FOLDED.fullmatch(part) else part for part in path.partition("?")[0].split("/"))
