"""When both colors were in trouble at once: that is not the release, and going back would mend nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mainstay.descriptor.service import Color
from mainstay.traffic import Probe, Request

AROUND_SECONDS = 2.0  # so far apart two failures may be, and so long a trouble works before and after


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
    return _merged([_around(probe, other) for probe in ours for other in others if _together(probe, other)])


def apart(requests: Sequence[Request], found: Sequence[Trouble]) -> Sequence[Request]:
    """Those that were begun and answered while nothing was wrong with both colors."""
    if not found:
        return requests
    return [one for one in requests if not any(t.holds(one.at - one.seconds, one.at) for t in found)]


def probes_apart(probes: Sequence[Probe], found: Sequence[Trouble]) -> Sequence[Probe]:
    return [one for one in probes if not any(t.holds(one.begun, one.at) for t in found)]


def _together(one: Probe, other: Probe) -> bool:
    return one.begun <= other.at + AROUND_SECONDS and other.begun <= one.at + AROUND_SECONDS


def _around(one: Probe, other: Probe) -> Trouble:
    return Trouble(min(one.begun, other.begun) - AROUND_SECONDS, max(one.at, other.at) + AROUND_SECONDS)


def _merged(found: Sequence[Trouble]) -> tuple[Trouble, ...]:
    merged: list[Trouble] = []
    for trouble in sorted(found, key=lambda trouble: trouble.begin):
        if merged and trouble.begin <= merged[-1].end:
            merged[-1] = Trouble(merged[-1].begin, max(merged[-1].end, trouble.end))
        else:
            merged.append(trouble)
    return tuple(merged)
