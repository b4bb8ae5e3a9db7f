"""What Mainstay adds to a deploy, beside a shell script that takes the same steps at the same site.

Not counted: the application's own stages of its build, its boot, the fixed pause after the switch, and the watch,
which the script has not; beside it the workers change, and the script's are counted.
What is counted begins when the run is created, so the worker that takes it and the process it starts are in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path

from benchmarks.claim import Claim, Sample, Target
from benchmarks.load.order import Order
from benchmarks.load.running import load
from benchmarks.practice.by_hand import NOT_ITS_DOING, ByHand, by_hand
from benchmarks.practice.installation import SYSTEM, Practice, practice
from benchmarks.practice.steps import took
from edge import artifacts, clock, ports
from edge.store import open_store
from mainstay.colors import COLORS, other
from mainstay.descriptor.service import Color

NAME = "deploy-overhead"
WHOLE = "from run created to run ended, without build stages, boot, pause and watch"
STORY = "the same, from the story's first line"
PEER = "a shell script"
CLAIMS = (
    Claim(NAME, WHOLE, "s", "less", Target("<=", 5.0, "ours"), PEER),
    Claim(NAME, STORY, "s", "less", None, PEER),
)
FIRST, RELEASES = "v1", ("v2", "v3", "v4", "v5", "v6", "e1", "e2", "e3", "e4", "e5")  # each built when it is asked for
RULES = {"shortest_seconds": 10, "settle_seconds": 2, "longest_minutes": 5, "rollback_window_minutes": 0.02}
LOAD = Order("", ("/customers", "/"), kept=6, fresh=2)  # or the watch would wait for more to go by
COLD_SECONDS = 60.0  # keeper retires the old color by then
LEAST_TOLD_SECONDS = 0.05
NOT_OURS = (" gets ready", "requests on their way arrive", "watch ")


def rounds(n: int) -> Iterator[dict[str, Sample]]:
    with practice(RULES) as site, by_hand(site) as hand:
        site.live(FIRST)
        hand.deploy(FIRST, COLORS[-1])
        for release, color in zip(islice(cycle(RELEASES), n), cycle(COLORS), strict=False):
            whole, story = _ours(site, release)
            theirs = _theirs(site, hand, release, color)
            yield {WHOLE: Sample(whole, theirs), STORY: Sample(story, theirs)}


def _ours(site: Practice, release: str) -> tuple[float, float]:
    _until_cold(site, other(site.newest.color))
    begun = clock.now()
    with load(replace(LOAD, site=site.address), site.folder):
        whole, story, steps = took(site, site.live(release))
    left_out = sum(seconds for step, seconds in steps.items() if any(word in step for word in NOT_OURS))
    left_out += _build_stages(site, begun)
    _tell("ours", whole - left_out, steps)
    return whole - left_out, story - left_out


def _theirs(site: Practice, hand: ByHand, release: str, color: Color) -> float:
    with load(replace(LOAD, site=hand.address), site.folder):
        steps = hand.deploy(release, color)
    seconds = sum(seconds for step, seconds in steps.items() if step not in NOT_ITS_DOING)
    _tell(PEER, seconds, steps)
    return seconds


def _build_stages(site: Practice, since: datetime) -> float:
    """Zero, if it was built before."""
    release = site.newest.release
    built = artifacts.find(open_store(site.settings), SYSTEM, release.commit, release.artifact)
    return sum(stage.seconds for stage in built.stages) if built and built.at >= since else 0.0


def _until_cold(site: Practice, color: Color) -> None:
    """Or the release before the last would first have to drain, which takes the application its time."""
    end = clock.monotonic() + COLD_SECONDS
    while not ports.is_free(site.port(color)):
        if clock.monotonic() > end:
            raise TimeoutError(f"{color} was not retired within {COLD_SECONDS:g} s")
        clock.sleep(0.2)


def _tell(who: str, seconds: float, steps: Mapping[str, float]) -> None:
    each = ", ".join(f"{step} {took:.2f}" for step, took in steps.items() if took >= LEAST_TOLD_SECONDS)
    print(f"{who}: {seconds:.2f} s, load {Path('/proc/loadavg').read_text().split()[0]}. {each}", flush=True)
