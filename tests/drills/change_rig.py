"""A change of the maintenance page that really runs: the smallest change there is, to be struck at any step of it."""

import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edge import processes
from edge.practice_site import PROXY
from tests.drills.running_change import LIMIT_SECONDS, RunningChange, chain_holds, closed, holder_of
from tests.waiting import until
from tests.whole import Whole

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Target(RunningChange):
    before: str  # the text of the page users saw
    words: str  # what they are to see


def begun(whole: Whole, environment: str = "production", *, words: str = "", seconds: float = 90) -> Target:
    """Started as a run; it has its turn, and no more."""
    said = words or f"Back at nine, {os.getpid()}-{next(_numbers)}"
    before = whole.page(environment).text
    asked = {"system": "practice", "environment": environment, "page": "up", "words": said}
    run = whole.start("maintenance", asked)
    change, flow = holder_of(whole, environment, run.id, seconds=seconds)
    return Target(whole, environment, run.id, change, flow, before, said)


def settled(target: Target, *, seconds: float = LIMIT_SECONDS) -> str:
    """How the change ended. It has ended, in time; users see what its record says, and nothing of it is left."""
    outcome = closed(target, seconds=seconds)
    seen = target.whole.page(target.environment).text
    if outcome == "Completed":
        assert target.words in seen
    else:
        assert seen == target.before, f"{outcome}, and users see: {seen}"
    until(lambda: chain_holds(target), seconds=60)  # what a dead process could not chain is chained by its heir
    return outcome


@contextmanager
def held_up(target: Target) -> Iterator[None]:
    """The site does not answer, so the change waits for its proof (up to ten seconds and three). Nobody asks the site
    before: hold it up right after the beginning, and no proof is quicker.
    """
    site = target.whole.program(PROXY)
    os.kill(site.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        if processes.alive(site):
            os.kill(site.pid, signal.SIGCONT)
