"""What was measured of a release that users saw: for the report a person reads, and for the record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mainstay import probe_report
from mainstay.chart import chart
from mainstay.descriptor.environment import Watch
from mainstay.evidence import Facts
from mainstay.probes import Count
from mainstay.traffic import Request
from mainstay.watch import Verdict


@dataclass(frozen=True)
class Watched:
    """A watch that is over."""

    verdict: Verdict
    findings: str  # Markdown
    numbers: Mapping[str, float]


def watched(
    verdict: Verdict, facts: Facts, rules: Watch, count: Count, requests: Iterable[Request], decided_at: float
) -> Watched:
    """``requests`` are those of both colors, for the chart."""
    lines = [
        f"**{verdict.kind}**: {verdict.sentence}",
        *(["", f"**Look at this**: {verdict.page}"] if verdict.page else []),
        *("", "As users' requests went:", "", chart(requests, facts.color, facts.switched_at, facts.now)),
        *("", "As a prober saw it from outside:", "", *probe_report.lines(count)),
        *("", f"Judged by: {_rules(rules)}."),
    ]
    probed = {f"prober_{name}": value for name, value in probe_report.numbers(count).items()}
    moments = {"switched_at": facts.switched_at, "decided_at": decided_at}  # how long users had a bad release
    return Watched(verdict, "\n".join(lines), {**verdict.numbers, **probed, **moments})


def _rules(rules: Watch) -> str:
    share = f"more than {rules.error_factor:g} times the old color's share and than {rules.error_floor_percent:g} %"
    slow = f"a median of {rules.latency_factor:g} times the old color's after {rules.settle_seconds:g} s"
    known = f"at least {rules.minimum_errors} errors, {share}, not by luck (p < 0.001)"
    return f"{known}; {slow}; no PASS before {rules.shortest_seconds:g} s"
