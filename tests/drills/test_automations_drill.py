"""Deploys that end badly are undone by their automation, or by whoever comes first, and exactly once.

Before each of these deploys v1 is live; each is struck when users have v2 already and no verdict is there.
"""

import signal
from collections.abc import Callable

import pytest

from edge import clock, processes
from mainstay.deploy import Live
from tests.releasing import UnderWay, being_watched, called, deployed, described, live, no_keeper
from tests.waiting import until
from tests.whole import Whole, kill, trying

BADLY, SILENT = "mainstay: undo a change that ended badly", "mainstay: undo a change that fell silent"
SILENCE_SECONDS = 105  # an automation waits 90
ONCE = ["settling back", "closed RolledBack"]


@pytest.fixture
def before(whole: Whole) -> Live:
    """v1; where it is live already, that costs nothing."""
    found = live(whole)
    if found is None or called(whole, found) != "v1":
        deployed(whole, "v1")
        found = live(whole)
    assert found is not None
    return found


def killed(deploy: UnderWay) -> None:
    """Its worker tells Prefect that it crashed."""
    deploy.strike()


def timed_out(deploy: UnderWay) -> None:
    """It stands still, and somebody calls that an end."""
    deploy.strike(signal.SIGSTOP)
    assert deploy.whole.server.set_state(deploy.run.id, "FAILED", "TimedOut", "it took too long", force=True)


def silent(deploy: UnderWay) -> None:
    """It stands still, and nobody says anything."""
    deploy.strike(signal.SIGSTOP)


def came_back_once(deploy: UnderWay, before: Live) -> None:
    assert deploy.ways_walked() == ONCE
    (record,) = deploy.records()
    assert (record.outcome, record.version) == ("RolledBack", "v2")
    assert live(deploy.whole) == before


def found_nothing(deploy: UnderWay) -> bool:
    """Whoever was started to undo it has ended, and had nothing to do."""
    return {each["state_name"] for each in deploy.undos()} <= {"NothingToUndo"}


@pytest.mark.parametrize(("strike", "whose"), [(killed, BADLY), (timed_out, BADLY), (silent, SILENT)])
def test_without_a_keeper_an_automation_alone_has_it_undone(
    whole: Whole, before: Live, strike: Callable[[UnderWay], None], whose: str
) -> None:
    deploy = being_watched(whole, "v2")
    with no_keeper(whole):
        strike(deploy)
        deploy.settled()
        assert whose in deploy.undone_by()
        came_back_once(deploy, before)
        deploy.wake()
        until(lambda: not processes.alive(deploy.flow), seconds=60)  # it hears that it was overtaken, and goes
        came_back_once(deploy, before)


def test_a_killed_deploy_that_keeper_and_automation_both_see_is_undone_once(whole: Whole, before: Live) -> None:
    deploy = being_watched(whole, "v2")
    deploy.strike()
    deploy.settled()
    until(lambda: trying(lambda: BADLY in deploy.undone_by()), seconds=60)
    until(lambda: all(each["state_type"] == "COMPLETED" for each in deploy.undos()), seconds=60)
    came_back_once(deploy, before)


def test_a_cancelled_deploy_walks_its_own_way_back_and_its_undo_finds_nothing(whole: Whole, before: Live) -> None:
    deploy = being_watched(whole, "v2")
    whole.server.set_state(deploy.run.id, "CANCELLING", "Cancelling")
    deploy.settled()
    assert deploy.ended().type in ("CANCELLED", "FAILED")
    until(lambda: trying(lambda: found_nothing(deploy)), seconds=60)
    came_back_once(deploy, before)


def test_a_healthy_deploy_is_left_alone_though_its_server_heard_nothing_of_it(whole: Whole, before: Live) -> None:
    """For longer than a silence, because nobody started it again; the watch is longer still."""
    with described(whole, shortest_seconds=150):
        deploy = being_watched(whole, "v2")
        with no_keeper(whole):
            kill(whole.program("server"))
            clock.sleep(SILENCE_SECONDS)
        ended = whole.ended(deploy.run, seconds=300)
        assert ended.state == "Completed", ended.message
    until(lambda: trying(lambda: found_nothing(deploy)), seconds=90)
    assert deploy.ways_walked() == ["closed Completed"]
    found = live(whole)
    assert found is not None and found != before
