"""How a struck deploy has ended: one color is live and healthy, and everybody who says which one says the same."""

import time

import httpx

from edge import sites
from mainstay.colors import other
from mainstay.deploy import Live
from mainstay.journal import COMPLETED, ROLLED_BACK, UNPROVEN
from tests.drills.deploy_rig import Deploy, commit, place_of, records, running, standing
from tests.drills.running_change import LIMIT_SECONDS, chain_holds, closed, ended_state
from tests.waiting import until
from tests.whole import Whole, trying

WARM: dict[str, list[set[str]]] = {
    COMPLETED: [{"web"}],
    UNPROVEN: [{"web"}],
    ROLLED_BACK: [set()],
}


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
    until(lambda: _runs_as_it_should(whole, expected, outcome), seconds=60)


def _runs_as_it_should(whole: Whole, expected: Live, outcome: str) -> bool:
    """Workers of the live color alone; of the other one only a web that is kept warm for the way back, by this change
    if it went through, or by an earlier one if this one did nothing.
    """
    found = {(each.name.service, each.name.color): each for each in running(whole)}
    mine = [found.get(("web", expected.color)), found.get(("worker", expected.color))]
    others = {service for service, color in found if color != expected.color}
    return (
        all(each and each.state == "running" and each.release == expected.release for each in mine)
        and others in WARM.get(outcome, [set(), {"web"}])
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
    assert (mine[0].release.commit, mine[0].replaced) == (commit(target.whole, target.version), target.before.release)


def _jobs_go_on(whole: Whole) -> None:
    """Somebody takes a job and does it."""
    address = f"{place_of(whole)}/jobs"
    before = httpx.get(address, trust_env=False, timeout=10).json()["done"]
    httpx.post(address, data={"seconds": "0"}, trust_env=False, timeout=10).raise_for_status()
    until(lambda: httpx.get(address, trust_env=False, timeout=10).json()["done"] > before, seconds=40)
