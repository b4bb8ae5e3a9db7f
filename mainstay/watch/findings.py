"""What was measured of a release that users saw: for the report a person reads, and for the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mainstay import probe_report
from mainstay.descriptor.environment import Watch
from mainstay.probes import Count
from mainstay.watch import Verdict
from mainstay.watch.chart import chart
from mainstay.watch.evidence import Facts
from mainstay.watch.traffic import Request


@dataclass(frozen=True)
class Watched:
    """A watch that is over."""

    verdict: Verdict
    facts: Facts
    rules: Watch
    count: Count
    requests: Sequence[Request]  # those of both colors
    decided_at: float  # in seconds since 1970

    @cached_property
    def findings(self) -> str:
        """Markdown. Made when it is asked for, because users of a bad release come first."""
        facts = self.facts
        lines = [
            f"The verdict after {facts.elapsed_seconds:.0f} s: **{self.verdict.kind}**.",
            *(["", f"**Look at this**: {self.verdict.page}"] if self.verdict.page else []),
            *("", "As users' requests went:", "", chart(self.requests, facts.color, facts.switched_at, facts.now)),
            *("", "As a prober saw it from outside:", "", *probe_report.lines(self.count)),
            *("", f"Judged by: {_rules(self.rules)}."),
        ]
        return "\n".join(lines)

    @property
    def numbers(self) -> Mapping[str, float]:
        """Its moments tell how long users had a bad release."""
        probed = {f"prober_{name}": value for name, value in probe_report.numbers(self.count).items()}
        moments = {"switched_at": self.facts.switched_at, "decided_at": self.decided_at}
        return {**self.verdict.numbers, **probed, **moments}


def _rules(rules: Watch) -> str:
    share = f"more than {rules.error_factor:g} times the old color's share and than {rules.error_floor_percent:g} %"
    slow = f"a median of {rules.latency_factor:g} times the old color's after {rules.settle_seconds:g} s"
    known = f"at least {rules.minimum_errors} errors, {share}, not by luck (p < 0.001)"
    return f"{known}; {slow}; no PASS before {rules.shortest_seconds:g} s"
