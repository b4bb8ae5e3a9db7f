"""A step that users will see is begun only if the store has heard of it; the way back from there is open without it."""

from pathlib import Path

import pytest

from edge.changes import Change
from edge.hosts import LocalHost
from edge.openings import Wish, take_turn
from edge.settings import Settings, read_settings
from edge.store import open_store
from edge.systems import read_system
from mainstay.errors import StoreLost
from mainstay.gate import set_flag
from mainstay.journal import Direction
from mainstay.turn import Urgency
from tests.doors.test_changes import DESCRIPTOR


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """It has begun something."""
    settings: Settings = read_settings({"MAINSTAY_HOME": str(tmp_path / "home")})
    settings.systems.mkdir(parents=True)
    (settings.systems / "shop.yaml").write_text(DESCRIPTOR)
    site = read_system(settings, "shop")
    hosts = {"one": LocalHost(settings.home / "one", "one")}
    wish = Wish("deploy", None, "a test", Urgency.ROUTINE, 5)
    made = take_turn(open_store(settings), site, "production", hosts, wish)
    made.begin(before={}, after={}, note="")
    act(made, "start")
    return made


def act(change: Change, flag: str) -> None:
    host = change.hosts["one"]
    assert isinstance(host, LocalHost)
    change.act("one", set_flag(str(host.state.parent / "flags"), flag, "so"), step=flag)


def flags(change: Change) -> set[str]:
    return set(change.look("one").flags)


def without_its_store(change: Change) -> None:
    place = Path(change.store.address)
    place.rename(place.with_name("unmounted"))


def test_a_step_that_nobody_insists_on_is_done_without_the_store(change: Change) -> None:
    without_its_store(change)
    act(change, "show")
    assert flags(change) == {"start", "show"}


def test_a_step_that_is_insisted_on_is_not_begun_without_the_store(change: Change) -> None:
    without_its_store(change)
    change.insist()
    for _ in range(2):  # asked again, it is insisted on again
        with pytest.raises(StoreLost):
            act(change, "show")
    assert flags(change) == {"start"}
    assert [step.step for step in change.journal.steps] == ["start on one"]


def test_the_way_back_from_there_is_open_without_the_store(change: Change) -> None:
    without_its_store(change)
    change.insist()
    with pytest.raises(StoreLost):
        act(change, "show")
    assert change.break_off().direction is Direction.BACK
    act(change, "stop")
    assert flags(change) == {"start", "stop"}


def test_what_is_insisted_on_pays_what_the_store_was_owed(change: Change) -> None:
    place = Path(change.store.address)
    without_its_store(change)
    act(change, "warm")
    place.with_name("unmounted").rename(place)
    change.insist()
    act(change, "show")
    assert [step.step for step in change.journal.steps] == ["start on one", "warm on one", "show on one"]
    assert len(list(place.glob("journals/shop/production/*/*.json"))) == 4
