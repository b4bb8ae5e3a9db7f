"""The verdict on a release that users see: whether it stays, goes, or must be watched longer, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mainstay.colors import other
from mainstay.descriptor.environment import Watch
from mainstay.watch.evidence import Evidence, Facts
from mainstay.watch.signs import ENOUGH_TIMED

LOOK_SECONDS = 1.0  # between two looks at a release, live and simulated
ENOUGH_REQUESTS = 50  # of users, or as many probes: with fewer there is no PASS
LATENCY_CHANCE_SECONDS = 60.0  # after settling, for slowness to show where traffic is thin


class Kind(StrEnum):
    PASS = "PASS"
    FAIL = "FAIL"
    WAIT = "WAIT"  # look again
    INCONCLUSIVE = "INCONCLUSIVE"  # the time is over


@dataclass(frozen=True)
class Verdict:
    kind: Kind
    sentence: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    page: str = ""  # what a person must be told now, whatever the verdict


def judge(rules: Watch, facts: Facts) -> Verdict:
    """Hard signs first, then numbers. FAIL always means that going back helps; the same facts, the same verdict."""
    seen = Evidence(rules, facts)
    blame = next(_blame(seen), "")
    if blame and not seen.stranded:
        return Verdict(Kind.FAIL, blame + _set_aside(seen), _numbers(seen), _page(seen))
    doubts = [f"{blame}, but {other(facts.color)} does not answer either"] if blame else list(_doubts(seen))
    if not doubts:
        return Verdict(Kind.PASS, _summary(seen) + _set_aside(seen), _numbers(seen), _page(seen))
    over = facts.elapsed_seconds >= rules.longest_minutes * 60
    kind = Kind.INCONCLUSIVE if over else Kind.WAIT  # also of what is bad, where the way back leads to what is dead
    sentence = f"{'; '.join(doubts)}. So far: {_summary(seen)}{_set_aside(seen)}"
    return Verdict(kind, sentence, _numbers(seen), _page(seen))


def _blame(seen: Evidence) -> Iterator[str]:
    """What alone is enough to go back, the plainest first."""
    color = seen.facts.color
    yield from (breakdown.sentence for breakdown in seen.breakdowns)
    if row := seen.silence:
        answered = "" if seen.facts.alone else f" while {other(color)} answered"
        yield f"{len(row)} probes in a row failed on {color}{answered}"
    if seen.errors_proven:
        yield f"{_errors(seen)} ({_luck(seen.errors.chance)})"
    if seen.probe_errors_proven:
        yield f"{_probes(seen)} ({_luck(seen.probe_errors.chance)})"
    if seen.slowness_proven:
        yield f"{_slowness(seen)} ({_luck(seen.slowness.chance)})"


def _doubts(seen: Evidence) -> Iterator[str]:
    """Why it is too early for a PASS."""
    facts, rules = seen.facts, seen.rules
    yield from facts.blind
    yield from (f"{breakdown.sentence}, perhaps with both colors" for breakdown in facts.breakdowns)
    if seen.troubles and seen.troubles[-1].end >= seen.until:
        yield "both colors are in trouble, so it is not the release"
    if seen.errors.suspected:
        yield f"the errors are suspicious, but no proof ({_luck(seen.errors.chance)})"
    if seen.probe_errors.suspected or (seen.probes and not seen.probes[-1].ok):
        yield "the failed probes are suspicious, but no proof"
    if seen.slowness.suspected:
        yield f"the slowness is {_why_slow_is_open(seen)}"
    if facts.elapsed_seconds < rules.shortest_seconds:
        yield f"no PASS before {rules.shortest_seconds:g} s"
    if max(len(seen.requests), len(seen.probes)) < ENOUGH_REQUESTS:
        yield f"neither {ENOUGH_REQUESTS} requests nor {ENOUGH_REQUESTS} probes yet"
    elif _slowness_may_yet_show(seen):
        yield f"only {seen.slowness.count} requests can be compared by their duration yet"


def _slowness_may_yet_show(seen: Evidence) -> bool:
    settled_seconds = seen.facts.elapsed_seconds - seen.rules.settle_seconds
    comparable = bool(seen.before.timed) and seen.slowness.count < ENOUGH_TIMED
    return settled_seconds < 0 or (comparable and settled_seconds < LATENCY_CHANCE_SECONDS)


def _why_slow_is_open(seen: Evidence) -> str:
    if seen.slowed_alike:
        return f"not the release's: {other(seen.facts.color)} became {seen.slowed_together:.1f} times slower, too"
    return f"suspicious, but no proof ({_luck(seen.slowness.chance)})"


def _summary(seen: Evidence) -> str:
    said = [_errors(seen), _probes(seen)]
    if seen.slowness.count >= ENOUGH_TIMED:
        said.append(_slowness(seen))
    return "; ".join(said)


def _errors(seen: Evidence) -> str:
    color, new, old = seen.facts.color, seen.requests, seen.before
    if not new:
        return f"no user asked {color} for anything"
    beside = "" if seen.facts.alone else f", {len(old.failed)} of {len(old)} on {other(color)}"
    return f"{len(new.failed)} of {len(new)} requests failed on {color}{beside}"


def _probes(seen: Evidence) -> str:
    failed, failed_beside = (sum(not probe.ok for probe in probes) for probes in (seen.probes, seen.other_probes))
    color = seen.facts.color
    beside = "" if seen.facts.alone else f", {failed_beside} of {len(seen.other_probes)} on {other(color)}"
    return f"{failed} of {len(seen.probes)} probes failed on {color}{beside}"


def _slowness(seen: Evidence) -> str:
    color = seen.facts.color
    return f"a request takes {seen.slowness.times:.1f} times as long on {color} as it did on {other(color)}"


def _luck(chance: float) -> str:
    limit = next((limit for limit in (0.0001, 0.001, 0.01) if chance < limit), None)
    return f"p < {limit}" if limit else f"p = {chance:.2f}"


def _set_aside(seen: Evidence) -> str:
    if not seen.troubles:
        return ""
    seconds = sum(trouble.end - trouble.begin for trouble in seen.troubles)
    return f"; set aside: {seconds:.0f} s in which both colors failed (shared), with {seen.set_aside} requests"


def _page(seen: Evidence) -> str:
    color, beside = seen.facts.color, other(seen.facts.color)
    if seen.troubles:
        return f"{color} and {beside} failed at the same time: look at what they share, such as the database"
    if seen.stranded:
        return f"{beside} does not answer: while that lasts there is no way back from {color}"
    return ""


def _numbers(seen: Evidence) -> dict[str, float]:
    """For the record of the release, and for whoever draws it."""
    return {
        "watched_seconds": seen.facts.elapsed_seconds,
        "requests": len(seen.requests),
        "errors": len(seen.requests.failed),
        "bad_moments": seen.requests.bad_moments,
        "baseline_requests": len(seen.before),
        "baseline_errors": len(seen.before.failed),
        "errors_chance": seen.errors.chance,
        "probes": len(seen.probes),
        "failed_probes": sum(not probe.ok for probe in seen.probes),
        "probe_errors_chance": seen.probe_errors.chance,
        "slowness_times": seen.slowness.times,
        "slowness_longer": seen.slowness.longer,
        "slowness_chance": seen.slowness.chance,
        "slowness_requests": seen.slowness.count,
        "shared_troubles": len(seen.troubles),
        "requests_set_aside": seen.set_aside,
    }
