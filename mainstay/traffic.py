"""What users and the prober met, request by request, and how much of it went wrong in one sample."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mainstay.descriptor.service import Color

MOMENT_SECONDS = 1.0  # one page asks many things at once, and one hiccup fails them all: that is one event
BASELINE_SECONDS = 3600.0
BASELINE_MOST = 10_000  # requests; more would make every look slow and prove no more
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

    def up_to(self, moment: float) -> "Sample":
        return Sample([request for request in self.requests if request.at <= moment])


def asked(probes: Iterable[Probe]) -> Sample:
    """Probes seen as requests, so that they are counted alike."""
    return Sample([Request(p.at, p.color, 200 if p.ok else 503, p.seconds, "probe") for p in probes])


def baseline(requests: Iterable[Request], color: Color, switched_at: float) -> Sample:
    """What the color that is judged against did while users saw it: its newest requests of the last hour."""
    since = switched_at - BASELINE_SECONDS
    own = [request for request in requests if request.color == color and since <= request.at < switched_at]
    return Sample(tuple(own[-BASELINE_MOST:]))


def padded(sample: Sample, share: float, to: int) -> tuple[int, int]:
    """Bad moments and moments, as if it held so many requests, of which the missing ones fail at that share."""
    missing = max(0, to - len(sample))
    return sample.bad_moments + round(missing * share), sample.moments + missing


def route(path: str) -> str:
    """Requests that do the same have the same route: ``/deals/17?x=1`` is one of ``/deals/*``."""
    return "/".join("*" if _FOLDED.fullmatch(part) else part for part in path.partition("?")[0].split("/"))


def folded(request: Request) -> Request:
    return replace(request, route=route(request.route))
