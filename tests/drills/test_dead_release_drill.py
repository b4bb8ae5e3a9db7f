"""What users have is dead, or ails: whoever brings the mend is not kept out by it, whatever happens to him."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import practice_site, processes
from mainstay.colors import other
from mainstay.journal import COMPLETED, ROLLED_BACK, UNPROVEN
from tests.drills import deploy_rig as rig
from tests.drills.deploy_ends import ended
from tests.drills.deploy_rig import begun
from tests.drills.running_change import closed, when
from tests.drills.traffic import traffic
from tests.waiting import until
from tests.whole import Whole, trying

ENOUGH_SECONDS = 300
MENDS = ("v6", "v3")  # whichever is not live


@pytest.fixture
def dead(whole: Whole, tmp_path: Path) -> Iterator[None]:
    """The web of the live color lost its code, and nobody gets it up; the other color ended long ago."""
    with rig.users_with_a_release(whole, tmp_path):
        pass
    rig.nothing_is_warm(whole)
    _loses_its_code(whole)
    yield
    _mended(whole)
    until(lambda: trying(whole.answers), seconds=60)


def test_a_deploy_that_fails_over_a_dead_release_leaves_the_environment_open(whole: Whole, dead: None) -> None:
    before = rig.standing(whole)
    failed = whole.ended(rig.asked(whole, "bad-boot"), seconds=ENOUGH_SECONDS)
    assert failed.state == ROLLED_BACK, failed.message
    assert "and not well" in failed.message
    assert whole.open_changes() == [] and rig.standing(whole).shown == before.shown
    mended = whole.ended(rig.asked(whole, _mend(whole)), seconds=ENOUGH_SECONDS)
    assert mended.type == "COMPLETED", mended.message
    assert whole.page(rig.PLACE).status == 200


def test_a_mend_that_is_killed_while_users_have_it_stays(whole: Whole, dead: None, tmp_path: Path) -> None:
    """There is nothing that anybody could go back to."""
    with traffic(rig.place_of(whole), tmp_path / "mended.jsonl") as users:
        target = begun(whole, _mend(whole))
        when(lambda: rig.watched(target))
        target.strike()
        assert closed(target, seconds=ENOUGH_SECONDS) == UNPROVEN
    now = rig.live(whole)
    assert now is not None and now.color == other(target.before.color)
    assert rig.records(whole)[0].outcome == UNPROVEN
    assert users.all[-1].status == 200 and whole.open_changes() == []


def test_a_release_that_dies_when_it_has_passed_leaves_the_environment_open(whole: Whole, tmp_path: Path) -> None:
    """Its deploy is killed in the same moment, so somebody else finishes what cannot get well."""
    with rig.users_with_a_release(whole, tmp_path):
        target = begun(whole)
        when(lambda: rig.host_says_passed(target))
        target.strike()
        _loses_its_code(whole)
        assert closed(target) == COMPLETED
        assert rig.standing(whole).shown == other(target.before.color) and whole.open_changes() == []
        said = target.journal.closed
        assert said is not None and "and not well" in said.note
        until(lambda: trying(lambda: f"not-well/{target.change}" in _alarms(whole)), seconds=60)
        mended = whole.ended(rig.asked(whole, _mend(whole)), seconds=ENOUGH_SECONDS)
        assert mended.type == "COMPLETED", mended.message
        assert whole.page(rig.PLACE).status == 200
        _mended(whole)


def test_an_urgent_deploy_takes_the_place_of_one_that_is_watched(whole: Whole, tmp_path: Path) -> None:
    with rig.users_with_a_release(whole, tmp_path) as users:
        wanted = _mend(whole)
        with rig.long_watch(whole):
            target = begun(whole)
            when(lambda: rig.watched(target))
        words = ("deploy", practice_site.NAME, rig.PLACE, wanted, "--again", "--urgent")
        urgent = whole.command(*words, seconds=ENOUGH_SECONDS)
        assert urgent.exit == 0, urgent.text
        assert ended(target) == "Superseded"
        assert closed(target) == ROLLED_BACK and rig.records(whole)[0].outcome == COMPLETED
        assert users.failed == []


def _alarms(whole: Whole) -> list[str]:
    """What people were told in Prefect's feed."""
    found = whole.ask_prefect("/events/filter", {"filter": {"event": {"name": ["mainstay.notice.alarm"]}}})
    return [event["payload"]["key"] for event in found["events"]]


def _mend(whole: Whole) -> str:
    now = rig.standing(whole)
    return next(version for version in MENDS if not (now.release or "").startswith(rig.commit(whole, version)[:12]))


def _loses_its_code(whole: Whole) -> None:
    now = rig.standing(whole)
    app = rig.releases(whole) / str(now.release) / "app"
    shutil.move(app, app.with_name("lost"))
    for each in rig.running(whole):
        if each.pid and each.name.color == now.shown:
            identity = processes.identify(each.pid)
            assert identity is not None
            processes.kill(identity)
    until(lambda: whole.page(rig.PLACE).status != 200, seconds=30)


def _mended(whole: Whole) -> None:
    """What lost its code is given it back."""
    for lost in rig.releases(whole).glob("*/lost"):
        if not (lost.parent / "app").exists():
            shutil.move(lost, lost.parent / "app")
