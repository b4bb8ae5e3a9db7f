"""A deploy that really runs beside a user who asks all along, to be struck at any step of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
import pytest

from edge import practice_site, release_records, sites
from edge.openings import hosts_of, look_around
from edge.prefect_server import Value
from edge.runtimes import runtime
from edge.systems import read_system
from mainstay.colors import Standing, other, read_standing
from mainstay.deploy import Live, seen_by_users
from mainstay.journal import COMPLETED, UNPROVEN
from mainstay.releases import ReleaseRecord
from mainstay.runtime import Running
from practice.releases import tags
from tests.drills.running_change import LIMIT_SECONDS, RunningChange, chain_holds, closed, ended_state, holder_of, when
from tests.drills.traffic import Traffic, traffic
from tests.whole import Whole, trying, until

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


def commits(whole: Whole) -> dict[str, str]:
    return tags(whole.home / "practice.git")


@contextmanager
def users_with_a_release(whole: Whole, folder: Path) -> Iterator[Traffic]:
    """Something is live, and everything up; somebody asks all along."""
    until(lambda: trying(whole.answers), seconds=LIMIT_SECONDS)
    if live(whole) is None:
        said = whole.command("deploy", "practice", PLACE, VERSIONS[0], "--again")
        assert said.exit == 0, said.text
    with traffic(place_of(whole), folder / "traffic.jsonl") as asking:
        until(lambda: len(asking.all) > 2, seconds=20)
        yield asking
    until(lambda: trying(whole.answers), seconds=LIMIT_SECONDS)


def begun(whole: Whole, version: str = "", *, seconds: float = 90) -> Deploy:
    """Started as a run; it has its turn, and no more. Without a version: one that is not live."""
    before = live(whole)
    assert before is not None
    wanted = version or _another(whole, before)
    asked: dict[str, Value] = {"system": "practice", "environment": PLACE, "version": wanted, "again": True}
    run = whole.start("deploy", asked)
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

    when(reached, seconds=90)
    if not target.entry(number):
        pytest.skip(f"this deploy had only {len(target.journal.entries)} entries")


def strike(target: RunningChange) -> None:
    if target.alive:
        target.strike()


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


def settled_live(target: Deploy, *, seconds: float = LIMIT_SECONDS) -> str:
    """How it ended. In time, one color is live and healthy, and everybody who says which one says the same."""
    began, whole = time.monotonic(), target.whole
    outcome = closed(target, seconds=seconds)
    until(lambda: trying(lambda: _healthy(whole)), seconds=max(1, seconds - (time.monotonic() - began)))
    _one_live_color(target, outcome)
    _record_agrees(target, outcome)
    _jobs_go_on(whole)
    until(lambda: chain_holds(target), seconds=60)
    return outcome


def ended(target: Deploy) -> str:
    """The name of the state its run ends in, in Prefect; it does not stay Running."""
    return ended_state(target).state


def _healthy(whole: Whole) -> bool:
    answer, now = sites.look(f"{place_of(whole)}/customers"), standing(whole)
    return answer.status == 200 and answer.shows == now.shown and "Customers" in answer.text


def _one_live_color(target: Deploy, outcome: str) -> None:
    whole, now = target.whole, standing(target.whole)
    went_live = outcome in (COMPLETED, UNPROVEN)
    expected = _wanted(target) if went_live else target.before
    assert (now.shown, now.live, now.release) == (expected.color, expected.color, expected.release), (outcome, now)
    answers = httpx.get(f"{place_of(whole)}/customers", trust_env=False, timeout=10).headers
    assert (answers["X-Color"], answers["X-Release"]) == (expected.color, expected.release)
    until(lambda: _runs_as_it_should(whole, expected, both=went_live), seconds=60)


def _runs_as_it_should(whole: Whole, expected: Live, *, both: bool) -> bool:
    """Workers of the live color alone; of the other one at most a web that is kept warm for the way back."""
    found = {(each.name.service, each.name.color): each for each in running(whole)}
    mine = [found.get(("web", expected.color)), found.get(("worker", expected.color))]
    others = {service for service, color in found if color != expected.color}
    return (
        all(each and each.state == "running" and each.release == expected.release for each in mine)
        and others == ({"web"} if both else set())
    )  # fmt: skip


def _wanted(target: Deploy) -> Live:
    request = target.journal.request
    assert request is not None
    color = other(target.before.color)
    assert request.after["color"] == color
    record = next(each for each in records(target.whole) if each.change == target.change)
    return Live(color, record.release.id)


def _record_agrees(target: Deploy, outcome: str) -> None:
    """What went live, or came back, is on record once; what never began is not."""
    mine = [each for each in records(target.whole) if each.change == target.change]
    if not target.journal.steps:
        assert mine == []
        return
    assert [each.outcome for each in mine] == [outcome]
    assert (mine[0].release.commit, mine[0].replaced) == (commits(target.whole)[target.version], target.before.release)


def _jobs_go_on(whole: Whole) -> None:
    """Somebody takes a job and does it."""
    address = f"{place_of(whole)}/jobs"
    before = httpx.get(address, trust_env=False, timeout=10).json()["done"]
    httpx.post(address, data={"seconds": "0"}, trust_env=False, timeout=10).raise_for_status()
    until(lambda: httpx.get(address, trust_env=False, timeout=10).json()["done"] > before, seconds=40)


def _another(whole: Whole, before: Live) -> str:
    known = commits(whole)
    return next(version for version in VERSIONS if not before.release.startswith(known[version][:12]))
