"""Releases of the practice system, deployed for real, and how their changes ended."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from edge import processes, release_records
from edge.journals import read_journal
from edge.openings import look_around
from edge.prefect_server import Run
from edge.processes import Identity
from edge.systems import read_system
from edge.turns import read_turn
from mainstay.colors import COLORS, read_standing
from mainstay.deploy import Live, seen_by_users
from mainstay.journal import Journal, Kind
from mainstay.releases import ReleaseRecord
from tests.waiting import until
from tests.whole import Whole, trying

SYSTEM, ENVIRONMENT = "practice", "staging"
LIMIT_SECONDS = 150  # promised are 120 from the moment that nobody carries it out; a silence is heard after 90


@dataclass(frozen=True)
class UnderWay:
    """A deploy whose release users see, and that has no verdict yet."""

    whole: Whole
    run: Run
    change: str
    flow: Identity

    @property
    def journal(self) -> Journal:
        return read_journal(self.whole.store, SYSTEM, ENVIRONMENT, self.change)

    def strike(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.flow.pid, number)

    def wake(self) -> None:
        if processes.alive(self.flow):
            os.kill(self.flow.pid, signal.SIGCONT)

    def ended(self) -> Run:
        return self.whole.ended(self.run, seconds=LIMIT_SECONDS)

    def undos(self) -> list[dict[str, Any]]:
        """The runs that were started to undo this one, whoever started them."""
        asked = {"flows": {"name": {"any_": ["undo"]}}, "limit": 200}
        runs: list[dict[str, Any]] = self.whole.ask_prefect("/flow_runs/filter", asked)
        return [each for each in runs if each["parameters"]["run"] in (self.run.id, self.change)]

    def undone_by(self) -> list[str]:
        """The names of the automations that had one started."""
        makers = [each["created_by"] or {} for each in self.undos()]
        return [str(each["display_value"]) for each in makers if each.get("type") == "AUTOMATION"]

    def settled(self) -> None:
        until(lambda: trying(self._is_settled), seconds=LIMIT_SECONDS)

    def _is_settled(self) -> bool:
        return self.change not in self.whole.open_changes() and self.whole.holders() == []

    def ways_walked(self) -> list[str]:
        """How often somebody began to settle it, and how it was closed."""
        return [
            f"{each.kind} {each.step}" for each in self.journal.entries if each.kind in (Kind.SETTLING, Kind.CLOSED)
        ]

    def records(self) -> list[ReleaseRecord]:
        return [each for each in records(self.whole) if each.change == self.change]


def records(whole: Whole) -> list[ReleaseRecord]:
    return release_records.records(whole.store, SYSTEM, ENVIRONMENT, home=whole.home)


def start(whole: Whole, story: str, **more: Any) -> Run:
    return whole.start(story, {"system": SYSTEM, "environment": ENVIRONMENT, **more})


def deployed(whole: Whole, version: str) -> None:
    """It is live when this returns, whatever was live before."""
    run = whole.ended(start(whole, "deploy", version=version, again=True), seconds=240)
    assert run.type == "COMPLETED", f"{run.state}: {run.message}"


def live(whole: Whole) -> Live | None:
    """What users see, and that the site says the same."""
    answers = look_around(whole.settings, read_system(whole.settings, SYSTEM), ENVIRONMENT)
    seen = seen_by_users([read_standing(name, answer) for name, answer in answers.items()])
    shows = whole.page(ENVIRONMENT).shows
    assert shows == (seen.color if seen else "nothing"), f"the hosts say {seen}, users get {shows}"
    return seen


def called(whole: Whole, seen: Live) -> str:
    """As a person knows it."""
    return next(each.version for each in records(whole) if each.release.id == seen.release)


def being_watched(whole: Whole, version: str) -> UnderWay:
    """Started, and struck no earlier than users have it."""
    before = whole.page(ENVIRONMENT).shows
    run = start(whole, "deploy", version=version, again=True)

    def switched() -> bool:
        shown = whole.page(ENVIRONMENT).shows
        return shown != before and shown in COLORS

    until(switched, seconds=LIMIT_SECONDS)
    holder = read_turn(whole.store, SYSTEM, ENVIRONMENT).holder
    assert holder is not None and holder.run == run.id
    return UnderWay(whole, run, holder.change, Identity(holder.pid, holder.started))


@contextmanager
def no_keeper(whole: Whole) -> Iterator[None]:
    """Its programs go on; whatever it would do is left to others."""
    processes.end(whole.keeper(), grace_seconds=30)
    try:
        yield
    finally:
        whole.up()


@contextmanager
def described(whole: Whole, **watch: float) -> Iterator[None]:
    """With other words about the watch, until it is over."""
    file = whole.settings.systems / f"{SYSTEM}.yaml"
    words = file.read_text()
    more = "".join(f", {name}: {value:g}" for name, value in watch.items() if name != "shortest_seconds")
    shortest = watch.get("shortest_seconds", 15)
    found = "watch: {shortest_seconds: 15, settle_seconds: 5, longest_minutes: 10}"
    assert words.count(found) == 1
    file.write_text(words.replace(found, found.replace("15,", f"{shortest:g},").replace("10}", f"10{more}}}")))
    try:
        yield
    finally:
        file.write_text(words)
