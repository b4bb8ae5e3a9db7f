"""A deploy that really runs beside a user who asks all along, to be struck at any step of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from edge import practice_site, release_records
from edge.journals import read_journal
from edge.openings import hosts_of, look_around
from edge.prefect_server import Run, Value
from edge.runtimes import runtime
from edge.systems import read_system
from mainstay.colors import WARM, Standing, other, read_standing
from mainstay.deploy import Live, seen_by_users
from mainstay.journal import COMPLETED, Journal
from mainstay.places import Places
from mainstay.releases import ReleaseRecord
from mainstay.runtime import Running
from practice.releases import git
from tests.drills.running_change import LIMIT_SECONDS, RunningChange, holder_of, when
from tests.drills.traffic import Traffic, traffic
from tests.waiting import until
from tests.whole import Whole, trying

PLACE = "staging"
HOST = "main"
VERSIONS = ("v4", "v5")  # of one schema, so that either follows the other at any time
How = Literal["written", "inside", "done"]
HOWS: tuple[How, ...] = ("written", "inside", "done")


@dataclass(frozen=True)
class Deploy(RunningChange):
    version: str
    before: Live


def place_of(whole: Whole) -> str:
    """Where its users ask."""
    return practice_site.addresses(whole.settings)[PLACE]


def standing(whole: Whole) -> Standing:
    site = read_system(whole.settings, practice_site.NAME)
    return read_standing(HOST, look_around(whole.settings, site, PLACE)[HOST])


def live(whole: Whole) -> Live | None:
    return seen_by_users([standing(whole)])


def running(whole: Whole) -> tuple[Running, ...]:
    """Every process of every color, as supervisord sees it."""
    site = read_system(whole.settings, practice_site.NAME)
    host = hosts_of(whole.settings, site, PLACE)[HOST]
    found = runtime(whole.settings, host, site.services["web"]).seen(site.name, PLACE)
    return tuple(each for each in found if each.state != "stopped")


def records(whole: Whole) -> list[ReleaseRecord]:
    """Newest first."""
    return release_records.records(whole.store, practice_site.NAME, PLACE, home=whole.home)


def commit(whole: Whole, version: str) -> str:
    return git(["--git-dir", str(repository(whole)), "rev-parse", f"{version}^0"]).strip()


def releases(whole: Whole) -> Path:
    """The folder of them on the host."""
    return Path(Places(read_system(whole.settings, practice_site.NAME), PLACE, str(whole.home)).releases(HOST))


def repository(whole: Whole) -> Path:
    return whole.home / "practice.git"


@contextmanager
def users_with_a_release(whole: Whole, folder: Path) -> Iterator[Traffic]:
    """Something is live, and everything up; somebody asks all along."""
    until(lambda: trying(lambda: whole.answers() and whole.open_changes() == []), seconds=LIMIT_SECONDS)
    if live(whole) is None:
        said = whole.command("deploy", "practice", PLACE, VERSIONS[0], "--again")
        assert said.exit == 0, said.text
    with traffic(place_of(whole), folder / "traffic.jsonl") as asking:
        until(lambda: len(asking.all) > 2, seconds=20)
        yield asking
    until(lambda: trying(whole.answers), seconds=LIMIT_SECONDS)


def asked(whole: Whole, version: str, *, again: bool = True) -> Run:
    """Started as a run, that has not even begun."""
    words: dict[str, Value] = {"system": "practice", "environment": PLACE, "version": version, "again": again}
    return whole.start("deploy", words)


def begun(whole: Whole, version: str = "", *, seconds: float = 180) -> Deploy:
    """Started as a run; it has its turn, and no more. Without a version: one that is not live."""
    before = live(whole)
    assert before is not None
    wanted = version or another(whole, before)
    run = asked(whole, wanted)
    change, flow = holder_of(whole, PLACE, run.id, seconds=seconds)
    return Deploy(whole, PLACE, run.id, change, flow, wanted, before)


def at_entry(target: Deploy, number: int, how: How) -> None:
    """Until the entry is *written* and its step about to be done; until its host is *inside* the step; until it is
    *done* and the next is not written. A deploy that has no such entry ends before: there is nothing to strike.
    """
    was_inside = False

    def reached() -> bool:
        nonlocal was_inside
        if not target.entry(number):
            return not target.alive
        inside = target.in_its_gate()
        was_inside = was_inside or inside
        found = {"written": True, "inside": inside, "done": was_inside and not inside}[how]
        return found or target.entry(number + 1) or not target.alive

    when(reached)
    if not target.entry(number):
        end = target.journal.closed
        assert end is not None and end.step == COMPLETED, target.journal
        pytest.skip(f"a deploy that went well had only {len(target.journal.entries)} entries")


def shown(target: Deploy) -> bool:
    """Users see what it brings."""
    return standing(target.whole).shown == other(target.before.color)


def watched(target: Deploy) -> bool:
    """It is being watched: the last step before that is done."""
    steps = target.journal.steps
    starts_jobs = f"start worker {other(target.before.color)}"
    return bool(steps) and steps[-1].step.startswith(starts_jobs) and not target.in_its_gate()


def host_says_passed(target: Deploy) -> bool:
    return any(" done mark PASS" in line for line in target.acts())


def another(whole: Whole, before: Live) -> str:
    """Of a commit that is not live."""
    return next(version for version in VERSIONS if not before.release.startswith(commit(whole, version)[:12]))


def journal_of(whole: Whole, run: Run) -> Journal | None:
    """What the run began, if it began anything."""
    read = (read_journal(whole.store, practice_site.NAME, PLACE, each.change) for each in records(whole))
    return next((found for found in read if found.request and found.request.run == run.id), None)


def nothing_is_warm(whole: Whole) -> None:
    """As when the rollback window is over."""
    warm = whole.home / "flags" / practice_site.NAME / PLACE / WARM
    if warm.exists():
        warm.write_text("2026-01-01T00:00:00+00:00")
        said = whole.command("retire", practice_site.NAME, PLACE)
        assert said.exit == 0, said.text


@contextmanager
def described(whole: Whole, was: str, now: str) -> Iterator[None]:
    """The owner of the practice site wrote something else into its descriptor, into the part about staging."""
    file = whole.settings.systems / "practice.yaml"
    before = file.read_text()
    assert was in before
    file.write_text(before.replace(was, now, 1))
    try:
        yield
    finally:
        file.write_text(before)


@contextmanager
def long_watch(whole: Whole) -> Iterator[None]:
    with described(whole, "shortest_seconds: 15, settle_seconds: 5", "shortest_seconds: 300, settle_seconds: 5"):
        yield
