"""How often a healthy release is switched back, and how soon a bad one, beside the rule everybody begins with.

Simulated: 2,000 watches of ten minutes, looked at as often as live ones; 0.3 % of all requests fail, in bursts of
one to five. Live: the practice site under five requests a second, each kind of bad release once in every round; every
one of them must be back in time. A healthy release is watched meanwhile without its database for 20 s.
"""

from collections.abc import Iterator
from random import Random

from benchmarks.claim import Claim, Sample, Target
from benchmarks.practice.watches import OUTAGE_SECONDS, Live, live
from benchmarks.simulated_traffic import SWITCHED_AT, Draw, Rule, every_look, looks_that_matter, naive, ours, went_back
from mainstay.descriptor.environment import Watch
from mainstay.watch import traffic

NAME = "watch-verdicts"
WATCHES = 2_000
WATCH_SECONDS = 600.0
MOST_FALSE = 0.005  # of the watches
RATES, BASELINES = (5, 60, 600), (330, 3_000)
NAIVE = "more than 1 % in the last 30 s"
LIVE_PER_MINUTE = 300
DETECTIONS = 20  # of each kind in every round; the slowest of them counts
NO_PASS = Watch(shortest_seconds=WATCH_SECONDS)  # or the watch of a healthy release would be over too soon
SETTLED = Watch(settle_seconds=20)
BAD = (
    ("100 % errors", Draw(LIVE_PER_MINUTE, share=1.0, bursts=(1,)), 10, NAIVE),
    ("20 % errors", Draw(LIVE_PER_MINUTE, share=0.2, bursts=(1,)), 20, NAIVE),
    ("5 % errors", Draw(LIVE_PER_MINUTE, share=0.05, bursts=(1,)), 240, NAIVE),
    ("three times slower", Draw(LIVE_PER_MINUTE, times=3.0), 120, None),
)
LIVE = {  # of each bad release, by its tag: what it is called here, and by when users must be back
    "bad-errors-100": ("100 % errors", 10),
    "bad-errors-20": ("20 % errors", 20),
    "bad-errors-5": ("5 % errors", 240),
    "bad-slow": ("three times slower", 120),
    "bad-worker": ("a worker that dies", 60),
}
LATE, LATE_MILLISECONDS = "from the decision to the last request on the bad color", 100
WITHOUT_DATABASE = f"healthy releases switched back while PostgreSQL was stopped for {OUTAGE_SECONDS:g} s"


def _back(kind: str) -> str:
    return f"live at 5/s: {kind}, until users are back"


def _false(rate: int, baseline: int) -> str:
    return f"false rollbacks in {WATCHES} watches at {rate}/min, baseline {baseline}"


def _slowest(kind: str) -> str:
    return f"slowest of {DETECTIONS} verdicts on {kind} at 5/s, simulated"


CLAIMS = (
    *(
        Claim(
            NAME, _false(rate, size), "watches", "less", Target("<=", WATCHES * MOST_FALSE, "ours"), NAIVE, count=True
        )
        for rate in RATES
        for size in BASELINES
    ),
    *(Claim(NAME, _slowest(kind), "s", "less", Target("<=", limit, "ours"), peer) for kind, _, limit, peer in BAD),
    *(
        Claim(NAME, _back(kind), "s", "less", Target("<=", limit, "ours"), None, worst=True)
        for kind, limit in LIVE.values()
    ),
    Claim(NAME, LATE, "ms", "less", Target("<=", LATE_MILLISECONDS, "ours"), None, worst=True),
    Claim(NAME, WITHOUT_DATABASE, "releases", "less", Target("==", 0, "ours"), None, count=True),
)


def rounds(n: int) -> Iterator[dict[str, Sample]]:
    simulated = [{**_false_rollbacks(number, n), **_detections(number)} for number in range(n)]  # first, and alone
    with live() as site:
        for samples in simulated:
            yield {**samples, **_live(site)}


def _live(site: Live) -> dict[str, Sample]:
    without = site.healthy_without_database()
    found = {kind: site.bad(tag) for tag, (kind, _) in LIVE.items()}
    late = max(back.late_seconds for back in found.values())
    return {
        **{_back(kind): Sample(back.seconds, None) for kind, back in found.items()},
        LATE: Sample(late * 1000, None),
        WITHOUT_DATABASE: Sample(without, None),
    }


def _false_rollbacks(number: int, n: int) -> dict[str, Sample]:
    watches = range(WATCHES * number // n, WATCHES * (number + 1) // n)
    found = dict.fromkeys((_false(rate, size) for rate in RATES for size in BASELINES), (0, 0))
    for rate in RATES:
        for seed in watches:
            for size, back in _healthy(rate, seed).items():
                mine, theirs = found[_false(rate, size)]
                found[_false(rate, size)] = mine + back[0], theirs + back[1]
    return {metric: Sample(mine, theirs) for metric, (mine, theirs) in found.items()}


def _healthy(rate: int, seed: int) -> dict[int, tuple[bool, bool]]:
    """By the size of the baseline: whether we went back, and whether the peer did."""
    chance, draw = Random(f"{rate}/{seed}"), Draw(rate)
    before = draw.requests(chance, "blue", SWITCHED_AT - max(BASELINES) * 60 / rate, max(BASELINES))
    since = draw.requests(chance, "green", SWITCHED_AT, round(rate * WATCH_SECONDS / 60))
    theirs = went_back(naive, traffic.Sample(), since, looks_that_matter(since, WATCH_SECONDS)) is not None
    rule, found = ours(NO_PASS), {}
    for size in BASELINES:
        looks = looks_that_matter(since, WATCH_SECONDS)
        found[size] = went_back(rule, traffic.Sample(before[-size:]), since, looks) is not None, theirs
    return found


def _detections(number: int) -> dict[str, Sample]:
    seeds = range(DETECTIONS * number, DETECTIONS * (number + 1))
    return {
        _slowest(kind): Sample(
            max(_detected(ours(SETTLED), draw, seed) for seed in seeds),
            max(_detected(naive, draw, seed) for seed in seeds) if peer else None,
        )
        for kind, draw, _, peer in BAD
    }


def _detected(rule: Rule, draw: Draw, seed: int) -> float:
    """Infinite: never, so that the round is broken and says so."""
    chance = Random(f"bad/{seed}")
    before = Draw(LIVE_PER_MINUTE).requests(chance, "blue", SWITCHED_AT - 66, 330)
    since = draw.requests(chance, "green", SWITCHED_AT, int(LIVE_PER_MINUTE * WATCH_SECONDS / 60))
    seconds = went_back(rule, traffic.Sample(before), since, every_look(WATCH_SECONDS))
    return float("inf") if seconds is None else seconds
