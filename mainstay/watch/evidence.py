"""What one look at a new release has to go by: what is left when everything that is not its doing is set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from mainstay.descriptor.environment import Watch
from mainstay.descriptor.service import Color
from mainstay.watch.shared_cause import Trouble, apart, probes_apart, troubles
from mainstay.watch.signs import HOLD_SECONDS, Compared, errors, proven, silence, slowed, slowness
from mainstay.watch.traffic import Probe, Request, Sample, asked

STALE_SECONDS = 25.0  # the other color was not heard of for so long: nobody waits for its word any more
RISE_SECONDS = 15.0  # what falls so soon after a trouble of both colors fell with it,
EXCUSED_SECONDS = 60.0  # and so long after that trouble it must stand again


@dataclass(frozen=True)
class Breakdown:
    """What is plainly wrong with the new color now; ``since`` it became so, not since it was looked at."""

    since: float
    sentence: str


@dataclass(frozen=True)
class Facts:
    """What was seen up to ``now``. Moments are seconds since 1970."""

    color: Color  # what users see since the switch
    switched_at: float
    now: float
    before: Sample  # what users met on the other color; made once, so that it is computed once
    requests: Sequence[Request]  # what users met on this color since the switch
    probes: Sequence[Probe]  # of both colors, oldest first, from some time before the switch on
    breakdowns: Sequence[Breakdown] = ()
    blind: Sequence[str] = ()  # why a source that should speak does not
    alone: bool = False  # a first release: nothing to compare with, nor to go back to

    @property
    def elapsed_seconds(self) -> float:
        return self.now - self.switched_at


@dataclass(frozen=True)
class Evidence:
    """Computed as it is asked for."""

    rules: Watch
    facts: Facts

    @cached_property
    def until(self) -> float:
        """Nothing newer is judged: the other color was asked at that moment, and what came of it is known.

        Without that, errors that both colors have would be held against the new one until the next probe.
        """
        begun = max((probe.begun for probe in self.all_other_probes), default=0.0)
        waits = not self.facts.alone and self.facts.now - begun <= STALE_SECONDS
        return begun if waits else self.facts.now

    @cached_property
    def troubles(self) -> tuple[Trouble, ...]:
        return () if self.facts.alone else troubles(self.facts.probes, self.facts.color)

    @cached_property
    def all_other_probes(self) -> Sequence[Probe]:
        return [probe for probe in self.facts.probes if probe.color != self.facts.color]

    @cached_property
    def other_probes(self) -> Sequence[Probe]:
        return probes_apart(self.all_other_probes, self.troubles)

    @cached_property
    def probes(self) -> Sequence[Probe]:
        """Of the new color, since users see it."""
        own = [p for p in self.facts.probes if p.color == self.facts.color and p.begun >= self.facts.switched_at]
        return probes_apart(own, self.troubles)

    @cached_property
    def before(self) -> Sample:
        if any(trouble.begin < self.facts.switched_at for trouble in self.troubles):
            return Sample(apart(self.facts.before.requests, self.troubles))
        return self.facts.before

    @cached_property
    def requests(self) -> Sample:
        return Sample(apart(self._all_requests, self.troubles))

    @property
    def set_aside(self) -> int:
        return len(self._all_requests) - len(self.requests)

    @cached_property
    def errors(self) -> Compared:
        return errors(self.rules, self.requests, self.before)

    @cached_property
    def errors_proven(self) -> bool:
        earlier = self.until - HOLD_SECONDS
        return self.errors.suspected and proven(
            self.errors, lambda: errors(self.rules, self.requests.up_to(earlier), self.before)
        )

    @cached_property
    def asked(self) -> Sample:
        return asked(probe for probe in self.probes if probe.at <= self.until)

    @cached_property
    def probe_errors(self) -> Compared:
        """Few users, or none: then our own questions are the requests, of both colors at the same time."""
        return errors(self.rules, self.asked, asked(self.other_probes))

    @cached_property
    def probe_errors_proven(self) -> bool:
        earlier, before = self.until - HOLD_SECONDS, asked(self.other_probes)
        return self.probe_errors.suspected and proven(
            self.probe_errors, lambda: errors(self.rules, self.asked.up_to(earlier), before)
        )

    @cached_property
    def settled(self) -> Sample:
        """A cold start is slow, and no proof."""
        begin = self.facts.switched_at + self.rules.settle_seconds
        return Sample([one for one in self.requests.timed if one.at - one.seconds >= begin])

    @cached_property
    def slowness(self) -> Compared:
        return slowness(self.rules, self.settled, self.before)

    @cached_property
    def slowness_proven(self) -> bool:
        earlier = self.until - HOLD_SECONDS
        return (
            self.slowness.suspected
            and not self.slowed_alike
            and proven(self.slowness, lambda: slowness(self.rules, self.settled.up_to(earlier), self.before))
        )

    @property
    def slowed_alike(self) -> bool:
        """What is left of the slowness, beside what the other color has of it, is not too much."""
        allowed, shared = self.rules.latency_factor, max(1.0, self.slowed_together)
        return shared >= allowed or self.slowness.times <= allowed * shared

    @cached_property
    def slowed_together(self) -> float:
        """How many times slower the other color became, though no user is on it: then the machine is, or the data."""
        begin = self.facts.switched_at
        before = [probe for probe in self.other_probes if probe.at < begin]
        since = [probe for probe in self.other_probes if probe.begun >= begin + self.rules.settle_seconds]
        return slowed(before, since)

    @cached_property
    def silence(self) -> Sequence[Probe]:
        """Probes of the new color that failed in a row while the other color answered."""
        row = silence(self.probes)
        answered = self.facts.alone or any(p.ok and row and p.begun >= row[0].begun for p in self.all_other_probes)
        return row if answered else ()

    @cached_property
    def breakdowns(self) -> Sequence[Breakdown]:
        """Those that the new color alone has, as far as the other one's word is known."""
        return [one for one in self.facts.breakdowns if one.since <= self.until and not self._excused(one)]

    @cached_property
    def stranded(self) -> bool:
        """The other color does not answer either, so that going back would help nobody."""
        return not self.facts.alone and bool(silence(self.all_other_probes))

    @cached_property
    def _all_requests(self) -> Sequence[Request]:
        color, begin, until = self.facts.color, self.facts.switched_at, self.until
        return [one for one in self.facts.requests if one.color == color and begin <= one.at <= until]

    def _excused(self, breakdown: Breakdown) -> bool:
        return any(
            trouble.begin <= breakdown.since <= trouble.end + RISE_SECONDS
            and self.facts.now <= trouble.end + EXCUSED_SECONDS
            for trouble in self.troubles
        )
