"""A release comes back once, a person is called, and no machine sends it out again."""

from typing import Any

import pytest

from edge.prefect_server import Run
from mainstay.deploy import Live
from tests.releasing import deployed, live, records, start
from tests.waiting import until
from tests.whole import Whole

BAD = ("bad-boot", "bad-never-ready", "bad-errors-100")  # whichever nobody has tried here yet


@pytest.fixture
def before(whole: Whole) -> Live:
    if live(whole) is None:
        deployed(whole, "v1")
    found = live(whole)
    assert found is not None
    return found


def ended(whole: Whole, *runs: Run) -> list[Run]:
    return [whole.ended(each, seconds=240) for each in runs]


def calls(whole: Whole) -> list[str]:
    """What people were called for, as Prefect's feed has it too."""
    found: dict[str, Any] = whole.ask_prefect(
        "/events/filter", {"filter": {"event": {"name": ["mainstay.notice.alarm"]}}}
    )
    return [each["resource"]["prefect.resource.name"] for each in found["events"]]


def test_of_two_deploys_of_one_bad_release_at_once_only_one_tries_it(whole: Whole, before: Live) -> None:
    """The second one waits for the turn, and hears there what became of the first. Then a webhook comes again."""
    known = records(whole)
    bad = next(each for each in BAD if each not in {record.version for record in known})
    runs = ended(whole, *(start(whole, "deploy", version=bad) for _ in range(2)))
    assert sorted(each.state for each in runs) == ["Refused", "RolledBack"], [each.message for each in runs]
    (again,) = ended(whole, start(whole, "deploy", version=bad))
    assert again.state == "Refused" and "was switched back" in again.message and "--again" in again.message
    assert len(records(whole)) == len(known) + 1
    assert live(whole) == before
    until(lambda: any(f"{bad} was taken back from practice staging" in each for each in calls(whole)), seconds=30)
    (tried,) = (each for each in runs if each.state == "RolledBack")
    assert ended(whole, start_undo(whole, tried.id))[0].state == "NothingToUndo"
    assert live(whole) == before and whole.open_changes() == []


def start_undo(whole: Whole, run: str) -> Run:
    return whole.start("undo", {"run": run})
