"""A change that really runs, seen from outside so closely that it can be struck at any step of it."""

import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from edge import audits, marks, processes
from edge.journals import read_journal
from edge.practice_site import PROXY
from edge.prefect_server import Run
from edge.processes import Identity
from edge.turns import read_turn
from mainstay import keys
from mainstay.journal import Journal
from tests.whole import Whole, trying, until

LIMIT_SECONDS = 120  # the promised limit: whatever was killed, there is one safe state again, without a person
NO_RUN = "no run"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Target:
    """One change of the maintenance page, and whoever carries it out."""

    whole: Whole
    environment: str
    run: str
    change: str
    flow: Identity
    before: str  # the text of the page users saw
    words: str  # what they are to see

    def entry(self, number: int) -> bool:
        """Whether the journal has come so far."""
        key = keys.journal_entry("practice", self.environment, self.change, number)
        return (Path(self.whole.settings.store) / key).exists()

    @property
    def journal(self) -> Journal:
        return read_journal(self.whole.store, "practice", self.environment, self.change)

    def in_its_gate(self) -> bool:
        """The host's gate acts for it now."""
        acting = self.whole.home / "gate" / "practice" / self.environment / "acting"
        try:
            return self.change in acting.read_text()
        except FileNotFoundError:
            return False

    def acts(self) -> list[str]:
        """What the host's gate noted of acts; that it refused one is not an act."""
        log = self.whole.home / "gate" / "practice" / self.environment / "log"
        return [line for line in log.read_text().splitlines() if self.change in line and " refused " not in line]

    def strike(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.flow.pid, number)

    @property
    def alive(self) -> bool:
        return processes.alive(self.flow)


def begun(whole: Whole, environment: str = "production", *, words: str = "", seconds: float = 90) -> Target:
    """Started as a run; it has its turn, and no more."""
    said = words or f"Back at nine, {os.getpid()}-{next(_numbers)}"
    before = whole.page(environment).text
    asked = {"system": "practice", "environment": environment, "page": "up", "words": said}
    run = whole.start("maintenance", asked)
    return _holding(whole, environment, run.id, before, said, seconds)


def _holding(whole: Whole, environment: str, run: str, before: str, words: str, seconds: float) -> Target:
    store, end = whole.store, time.monotonic() + seconds
    while time.monotonic() < end:
        holder = read_turn(store, "practice", environment).holder
        if holder is not None and holder.run == run:
            identity = Identity(holder.pid, holder.started)
            return Target(whole, environment, run, holder.change, identity, before, words)
        time.sleep(0.002)
    raise AssertionError(f"run {run} did not get its turn within {seconds:g} s: {whole.server.run(run)}")


def another_holder(target: Target) -> Identity:
    """Whoever has the turn after it."""
    found: list[Identity] = []

    def look() -> bool:
        holder = read_turn(target.whole.store, "practice", target.environment).holder
        if holder is not None and holder.change != target.change:
            found[:] = [Identity(holder.pid, holder.started)]
        return bool(found)

    when(look, seconds=LIMIT_SECONDS)
    return found[0]


def when(holds: Callable[[], bool], *, seconds: float = 60) -> None:
    """Looks so often that the step after it has hardly begun."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"the moment did not come within {seconds:g} s"
        time.sleep(0.001)


def ended_state(target: Target, *, seconds: float = LIMIT_SECONDS) -> Run:
    """The run as Prefect shows it at the end; it does not stay Running."""
    found: list[Run] = []

    def look() -> bool:
        run = target.whole.server.run(target.run)
        found[:] = [run] if run is not None and run.ended else []
        return bool(found)

    until(lambda: trying(look), seconds=seconds)
    return found[0]


def settled(target: Target, *, seconds: float = LIMIT_SECONDS) -> str:
    """How the change ended. It has ended, in time; users see what its record says, and nothing of it is left."""
    whole = target.whole
    until(lambda: target.change not in whole.open_changes() and whole.holders() == [], seconds=seconds)
    until(lambda: not _left_of(target.change), seconds=30)
    closed = target.journal.closed
    outcome = closed.step if closed else "nothing was written"
    assert closed or not target.journal.entries, target.journal
    seen = whole.page(target.environment).text
    if outcome == "Completed":
        assert target.words in seen
    else:
        assert seen == target.before, f"{outcome}, and users see: {seen}"
    until(lambda: chain_holds(target), seconds=60)  # what a dead process could not chain is chained by its heir
    return outcome


def _left_of(change: str) -> list[int]:
    """Whatever runs for it still: by its mark, or a gate, which is told its name."""
    gates = [each.pid for each in psutil.process_iter(["cmdline"]) if change in (each.info["cmdline"] or ())]
    return [*gates, *(identity.pid for identity in marks.saying(marks.CHANGE, change))]


def chain_holds(target: Target) -> bool:
    """Unbroken; and what it says of the change is how it began and how its journal says it ended."""
    assert audits.verify(target.whole.store) == []
    told = [
        link.entry.outcome
        for link in audits.read_chain(target.whole.store)
        if link.entry and link.entry.change == target.change
    ]
    closed = target.journal.closed
    return not told if closed is None else set(told) - {"began"} == {closed.step}


@contextmanager
def held_up(target: Target) -> Iterator[None]:
    """The site does not answer, so the change waits for its proof (up to ten seconds and three)."""
    site = target.whole.program(PROXY)
    os.kill(site.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        if processes.alive(site):
            os.kill(site.pid, signal.SIGCONT)
