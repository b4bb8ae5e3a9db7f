"""When both colors were in trouble at once: that is not the release, and going back would mend nothing."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from mainstay.descriptor.service import Color
from mainstay.watch.traffic import Probe, Request

AROUND_SECONDS = 2.0  # so far apart two failures may be; so long a trouble may have worked before it was seen
AFTER_SECONDS = 5.0  # so long it works on: connections are made anew


@dataclass(frozen=True)
class Trouble:
    begin: float
    end: float

    def holds(self, begin: float, end: float) -> bool:
        return begin <= self.end and end >= self.begin


def troubles(probes: Iterable[Probe], color: Color) -> tuple[Trouble, ...]:
    """Where probes of both colors failed around the same time, oldest first, apart from each other."""
    failed = sorted((probe for probe in probes if not probe.ok), key=lambda probe: probe.begun)
    ours = [probe for probe in failed if probe.color == color]
    others = [probe for probe in failed if probe.color != color]
    both = [*_meeting(ours, others), *_meeting(others, ours)]
    return _merged([Trouble(probe.begun - AROUND_SECONDS, probe.at + AFTER_SECONDS) for probe in both])


def apart(requests: Sequence[Request], found: Sequence[Trouble]) -> Sequence[Request]:
    """Those that were begun and answered while nothing was wrong with both colors."""
    if not found:
        return requests
    return [one for one in requests if not any(t.holds(one.at - one.seconds, one.at) for t in found)]


def probes_apart(probes: Sequence[Probe], found: Sequence[Trouble]) -> Sequence[Probe]:
    return [one for one in probes if not any(t.holds(one.begun, one.at) for t in found)]


def _meeting(probes: Sequence[Probe], others: Sequence[Probe]) -> Iterator[Probe]:
    """The probes that one of the others, which are in order of their beginning, overlaps or nearly so."""
    begins = [other.begun for other in others]
    latest = list(accumulate((other.at for other in others), max))  # end of any of those begun so far
    for probe in probes:
        begun = bisect_right(begins, probe.at + AROUND_SECONDS)
        if begun and latest[begun - 1] >= probe.begun - AROUND_SECONDS:
            yield probe


def _merged(found: Sequence[Trouble]) -> tuple[Trouble, ...]:
    merged: list[Trouble] = []
    for trouble in sorted(found, key=lambda trouble: trouble.begin):
        if merged and trouble.begin <= merged[-1].end:
            merged[-1] = Trouble(merged[-1].begin, max(merged[-1].end, trouble.end))
        else:
            merged.append(trouble)
    return tuple(merged)
