"""The old color ends by itself when its rollback window is over, and is never in anybody's way."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from edge import clock, processes, sites
from edge.journals import read_journal
from edge.openings import look_around
from edge.processes import Identity
from edge.systems import read_system
from edge.turns import read_turn
from mainstay.colors import WARM, other
from mainstay.deploy import Live
from mainstay.descriptor.service import Color
from mainstay.journal import Kind
from mainstay.places import Places
from tests.releasing import ENVIRONMENT, SYSTEM, called, deployed, described, live, records, start
from tests.waiting import until
from tests.whole import Whole, trying

WINDOW_MINUTES = 0.1
LOOKS_AT_LATEST_SECONDS = 60  # keeper looks every thirty seconds, and has a run started


@pytest.fixture
def warm(whole: Whole) -> Iterator[Live]:
    """What users see; beside it the old color is warm, and will be for an hour."""
    if live(whole) is None:
        deployed(whole, "v1")
    seen = live(whole)
    assert seen is not None
    if not runs(whole, other(seen.color)) or not kept_warm(whole):
        deployed(whole, "v3" if called(whole, seen) == "v2" else "v2")
        seen = live(whole)
    assert seen is not None
    yield seen
    until(lambda: whole.open_changes() == [] and whole.holders() == [], seconds=60)


def replaced(whole: Whole, seen: Live) -> str:
    """The version that was live before."""
    was = next(each.replaced for each in records(whole) if each.release.id == seen.release and each.replaced)
    return next(each.version for each in records(whole) if each.release.id == was)


def runs(whole: Whole, color: Color) -> bool:
    """Its web service answers on its own port, whoever sees it."""
    (web,) = Places(read_system(whole.settings, SYSTEM), ENVIRONMENT, str(whole.home)).webs
    return sites.look(f"{web.address(color)}/alive").status == 200


def kept_warm(whole: Whole) -> bool:
    answers = look_around(whole.settings, read_system(whole.settings, SYSTEM), ENVIRONMENT)
    return any(WARM in answer.flags for answer in answers.values())


def over(whole: Whole) -> None:
    """The window is over: as if it had been shorter."""
    flag = whole.home / "flags" / SYSTEM / ENVIRONMENT / WARM
    assert flag.exists()
    flag.write_text((clock.now() - timedelta(seconds=1)).isoformat())


def retiring(whole: Whole) -> tuple[str, Identity]:
    """The change that is stopping the old color right now, and who does it."""
    found: list[tuple[str, Identity]] = []

    def look() -> bool:
        holder = read_turn(whole.store, SYSTEM, ENVIRONMENT).holder
        if holder is None or holder.story != "retire":
            return False
        journal = read_journal(whole.store, SYSTEM, ENVIRONMENT, holder.change)
        found[:] = [(holder.change, Identity(holder.pid, holder.started))]
        return any(each.kind is Kind.STEP and each.step.startswith("stop web") for each in journal.entries)

    until(look, seconds=LOOKS_AT_LATEST_SECONDS + 60)
    return found[0]


def long_request(whole: Whole, color: Color) -> threading.Thread:
    """Somebody still asks the old color something that takes ten seconds, so it takes as long to end."""
    (web,) = Places(read_system(whole.settings, SYSTEM), ENVIRONMENT, str(whole.home)).webs
    asking = threading.Thread(
        target=sites.look, args=(f"{web.address(color)}/slow?seconds=10",), kwargs={"seconds": 20}
    )
    asking.start()
    return asking


def test_before_its_time_it_stays(whole: Whole, warm: Live) -> None:
    asked = whole.ended(start(whole, "retire"))
    assert (asked.state, asked.message[:10]) == ("NothingToDo", f"{other(warm.color)} stays warm"[:10])
    assert runs(whole, other(warm.color)) and live(whole) == warm


def test_it_ends_by_itself_when_its_window_is_over_and_users_notice_nothing(whole: Whole, warm: Live) -> None:
    with described(whole, rollback_window_minutes=WINDOW_MINUTES):
        deployed(whole, "v4")
    seen = live(whole)
    assert seen is not None and seen.color == other(warm.color)
    answers: list[int] = []

    def ended() -> bool:
        answers.append(whole.page(ENVIRONMENT).status)
        return not runs(whole, warm.color) and not kept_warm(whole)

    until(ended, seconds=LOOKS_AT_LATEST_SECONDS + WINDOW_MINUTES * 60 + 60)
    assert set(answers) == {200} and live(whole) == seen and runs(whole, seen.color)
    again = whole.ended(start(whole, "retire"))
    assert again.state == "NothingToDo" and "nothing is kept warm" in again.message


def test_killed_in_the_middle_users_keep_what_they_have_and_it_ends_all_the_same(whole: Whole, warm: Live) -> None:
    asking = long_request(whole, other(warm.color))
    over(whole)
    change, flow = retiring(whole)
    os.kill(flow.pid, signal.SIGKILL)
    until(lambda: trying(lambda: change not in whole.open_changes() and whole.holders() == []), seconds=120)
    assert live(whole) == warm and runs(whole, warm.color)
    asking.join()
    whole.ended(start(whole, "retire"))  # by itself it is begun anew after ten minutes
    until(lambda: not runs(whole, other(warm.color)) and not kept_warm(whole), seconds=60)
    assert live(whole) == warm


def test_a_rollback_that_comes_meanwhile_wins(whole: Whole, warm: Live) -> None:
    old = other(warm.color)
    asking = long_request(whole, old)
    over(whole)
    change, flow = retiring(whole)
    version = replaced(whole, warm)
    back = whole.ended(start(whole, "rollback", to=version), seconds=120)
    assert (back.state, back.name) == ("Completed", f"roll practice staging back to {version}"), back.message
    asking.join()
    found = live(whole)
    assert found is not None and found.color == old and runs(whole, old)
    until(lambda: not processes.alive(flow), seconds=60)
    assert change not in whole.open_changes() and runs(whole, old)
