"""Any change that really runs, seen from outside so closely that it can be struck at any step of it."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from edge import audits, marks, processes
from edge.journals import read_journal
from edge.prefect_server import Run
from edge.processes import Identity
from edge.turns import read_turn
from mainstay import keys
from mainstay.journal import Journal
from tests.waiting import until
from tests.whole import Whole, trying

MOMENT_SECONDS = 180  # for a moment to come: nothing is promised of that
LIMIT_SECONDS = 120  # the promised limit: whatever was killed, there is one safe state again, without a person


@dataclass(frozen=True)
class RunningChange:
    """One change of an environment of the practice site, and whoever carries it out."""

    whole: Whole
    environment: str
    run: str
    change: str
    flow: Identity

    def entry(self, number: int) -> bool:
        """Whether the journal has come so far."""
        key = keys.journal_entry("practice", self.environment, self.change, number)
        return (Path(self.whole.settings.store) / key).exists()

    @property
    def journal(self) -> Journal:
        return read_journal(self.whole.store, "practice", self.environment, self.change)

    def in_its_gate(self) -> bool:
        """The host's gate acts for it now."""
        acting = self._gate / "acting"
        try:
            return self.change in acting.read_text()
        except FileNotFoundError:
            return False

    def acts(self) -> list[str]:
        """What the host's gate noted of acts; that it refused one is not an act."""
        log = self._gate / "log"
        return [line for line in log.read_text().splitlines() if self.change in line and " refused " not in line]

    def strike(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.flow.pid, number)

    @property
    def alive(self) -> bool:
        return processes.alive(self.flow)

    @property
    def _gate(self) -> Path:
        return self.whole.home / "gate" / "practice" / self.environment


def strike(target: RunningChange, number: int = signal.SIGKILL) -> None:
    """Whoever has ended by then was not struck, and has shown nothing."""
    if not target.alive:
        pytest.skip("it had ended by then")
    target.strike(number)


def holder_of(whole: Whole, environment: str, run: str, *, seconds: float) -> tuple[str, Identity]:
    """The change that a run has its turn for, and its process, as soon as it has it."""
    store, end = whole.store, time.monotonic() + seconds
    while time.monotonic() < end:
        holder = read_turn(store, "practice", environment).holder
        if holder is not None and holder.run == run:
            return holder.change, Identity(holder.pid, holder.started)
        time.sleep(0.002)
    raise AssertionError(f"run {run} did not get its turn within {seconds:g} s: {whole.server.run(run)}")


def another_holder(target: RunningChange) -> Identity:
    """Whoever has the turn after it."""
    found: list[Identity] = []

    def look() -> bool:
        holder = read_turn(target.whole.store, "practice", target.environment).holder
        if holder is not None and holder.change != target.change:
            found[:] = [Identity(holder.pid, holder.started)]
        return bool(found)

    when(look, seconds=LIMIT_SECONDS)
    return found[0]


def when(holds: Callable[[], bool], *, seconds: float = MOMENT_SECONDS) -> None:
    """Looks so often that the step after it has hardly begun."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"the moment did not come within {seconds:g} s"
        time.sleep(0.001)


def ended_state(target: RunningChange, *, seconds: float = LIMIT_SECONDS) -> Run:
    """The run as Prefect shows it at the end; it does not stay Running."""
    found: list[Run] = []

    def look() -> bool:
        run = target.whole.server.run(target.run)
        found[:] = [run] if run is not None and run.ended else []
        return bool(found)

    until(lambda: trying(look), seconds=seconds)
    return found[0]


def closed(target: RunningChange, *, seconds: float = LIMIT_SECONDS) -> str:
    """How the change ended. It has ended, in time, and nothing of it is left."""
    whole = target.whole
    until(lambda: target.change not in whole.open_changes() and whole.holders() == [], seconds=seconds)
    _nothing_left_of(target.change)
    journal = target.journal
    assert journal.closed or not journal.entries, journal
    return journal.closed.step if journal.closed else "nothing was written"


def chain_holds(target: RunningChange) -> bool:
    """Unbroken; and what it says of the change is how it began and how its journal says it ended."""
    assert audits.verify(target.whole.store) == []
    told = [
        link.entry.outcome
        for link in audits.read_chain(target.whole.store)
        if link.entry and link.entry.change == target.change
    ]
    closed = target.journal.closed
    return not told if closed is None else set(told) - {"began"} == {closed.step}


def _nothing_left_of(change: str, *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while left := _left_of(change):
        assert time.monotonic() < end, f"{change} is closed, and {seconds:g} s later there run for it still: {left}"
        time.sleep(0.1)


def _left_of(change: str) -> list[list[str]]:
    """Whatever runs for it still: by its mark, or a gate, which is told its name. An undo that finds it closed may be
    late: it only looks.
    """
    marked = {identity.pid for identity in marks.saying(marks.CHANGE, change)}
    told = ((each.info["pid"], each.info["cmdline"] or []) for each in psutil.process_iter(["pid", "cmdline"]))
    return [words for pid, words in told if pid in marked or (change in words and "undo" not in words)]
