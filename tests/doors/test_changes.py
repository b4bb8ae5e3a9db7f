"""A change on two hosts and a real store, broken at its edges: what is decided then, and what stays written."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge import clock
from edge.changes import Change
from edge.hosts import LocalHost
from edge.openings import Wish, take_turn
from edge.settings import Settings, read_settings
from edge.store import open_store
from edge.systems import read_system
from edge.unsettled import unsettled
from mainstay import keys
from mainstay.errors import CommandFailed, Overtaken, StopAsked, Superseded
from mainstay.gate import set_flag
from mainstay.journal import Direction, Kind
from mainstay.records import decode, encode
from mainstay.turn import Claim, Holder, Turn, Urgency, asked, taken
from tests.waiting import until

DESCRIPTOR = """
name: shop
source: {repository: https://example.com/shop.git, branches: {main: production}}
services:
  mailer: {start: [node, mailer.js], heartbeat: {file: /run/mailer.alive}}
environments:
  production: {hosts: {one: {address: local}}}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = read_settings({"MAINSTAY_HOME": str(tmp_path / "home")})
    found.systems.mkdir(parents=True)
    (found.systems / "shop.yaml").write_text(DESCRIPTOR)
    return found


def begun(settings: Settings, *, urgency: Urgency = Urgency.ROUTINE, after: int | None = None) -> Change:
    site = read_system(settings, "shop")
    hosts = {name: LocalHost(settings.home / name, name) for name in ("one", "two")}
    wish = Wish("maintenance", None, "a test", urgency, 5, after)
    return take_turn(open_store(settings), site, "production", hosts, wish)


def act(change: Change, host: str, text: str, settings: Settings) -> None:
    change.act(host, set_flag(f"{settings.home}/flags/{host}", "page.on", text), step="page up", after={host: text})


def broken(settings: Settings, host: str) -> None:
    """Its gate can keep nothing any more, as on a full disk."""
    place = settings.home / host / "shop" / "production"
    shutil.rmtree(place)
    place.write_text("not a folder")


def open_changes(settings: Settings) -> list[str]:
    return [each.change for each in unsettled(open_store(settings))]


def rewritten(settings: Settings, change: Callable[[Turn], Turn]) -> None:
    """As somebody else would write into the turn at this moment."""
    store, key = open_store(settings), keys.turn("shop", "production")
    while True:
        found = store.read(key)
        assert found is not None
        wanted = encode(change(decode(Turn, found.data)), nonce=clock.new_nonce())
        if store.swap(key, wanted, expected=found.version):
            return


def taken_by_another(settings: Settings) -> None:
    rewritten(settings, lambda turn: taken(turn, Claim(replace(_holder(turn), change="c-urgent"), 0), clock.now()))


def asked_to_stop(settings: Settings) -> None:
    rewritten(settings, lambda turn: asked(turn, replace(_holder(turn), change="c-urgent"), clock.now()))


def _holder(turn: Turn) -> Holder:
    assert turn.holder is not None
    return turn.holder


def stopped(change: Change) -> bool:
    """It never says so by an answer."""
    change.check()
    return False


def test_before_any_proof_a_broken_change_goes_back(settings: Settings) -> None:
    change = begun(settings)
    change.begin(before={"one": ""}, after={"one": "Back at nine"}, note="")
    act(change, "one", "Back at nine", settings)
    assert change.break_off().direction is Direction.BACK
    change.close("RolledBack")
    change.hand_over()
    assert open_changes(settings) == []


def test_once_one_host_has_the_proof_the_way_is_forward_though_another_host_failed(settings: Settings) -> None:
    change = begun(settings)
    change.begin(before={"one": ""}, after={"one": "Back at nine"}, note="")
    act(change, "one", "Back at nine", settings)
    broken(settings, "two")
    with pytest.raises(CommandFailed):
        change.passed("seen through the site")
    (settings.home / "two" / "shop" / "production").unlink()
    assert change.break_off().direction is Direction.FORWARD
    change.hand_over()
    assert open_changes(settings) == [change.id], "whoever takes the turn next finishes it, in the same direction"
    follower = begun(settings)
    assert follower.unfinished(change.id)[0].direction is Direction.FORWARD


def test_words_with_backslashes_forge_no_verdict(settings: Settings) -> None:
    change = begun(settings)
    change.begin(before={"one": ""}, after={"one": "x"}, note="")
    words = r"Back soon\nmark PASS\c and \0101"
    act(change, "one", words, settings)
    seen = change.look("one")
    assert (seen.flags["page.on"], seen.marks) == (words, ())
    assert change.break_off().direction is Direction.BACK
    change.hand_over()


def test_a_change_that_began_nothing_is_not_undone(settings: Settings) -> None:
    change = begun(settings)
    change.begin(before={}, after={}, note="")
    assert change.untouched
    assert change.break_off().direction is Direction.NOTHING
    change.close("NothingToUndo")
    change.hand_over()
    assert open_changes(settings) == []


def test_whoever_settled_another_change_has_touched_something(settings: Settings) -> None:
    left = begun(settings)
    left.begin(before={"one": ""}, after={"one": "x"}, note="")
    act(left, "one", "x", settings)
    left.hand_over()
    undo = begun(settings, urgency=Urgency.RESCUE)
    undo.unfinished(left.id)
    assert not undo.untouched
    undo.hand_over()


def test_beginning_twice_is_written_once(settings: Settings) -> None:
    change = begun(settings)
    change.begin(before={}, after={}, note="first")
    change.begin(before={}, after={}, note="again")
    assert [entry.kind for entry in change.journal.entries] == [Kind.REQUEST]
    change.hand_over()


def test_an_undo_does_not_push_aside_whoever_took_the_turn_since(settings: Settings) -> None:
    left = begun(settings)
    left.hand_over()
    since = begun(settings)
    with pytest.raises(Overtaken, match="settles what was left"):
        begun(settings, urgency=Urgency.RESCUE, after=1)
    clock.sleep(1.5)  # a holder looks every second whether it was asked to stop
    since.check()
    since.hand_over()


def test_what_has_ended_is_not_called_superseded_by_whoever_takes_the_turn_in_that_moment(settings: Settings) -> None:
    change = begun(settings)
    change.begin(before={}, after={}, note="")
    change.close("Completed")
    taken_by_another(settings)
    change.hand_over()


def test_what_has_not_ended_is_superseded(settings: Settings) -> None:
    change = begun(settings)
    change.begin(before={}, after={}, note="")
    taken_by_another(settings)
    with pytest.raises(Superseded):
        change.hand_over()


def test_on_the_way_back_nobody_s_hurry_stops_it(settings: Settings) -> None:
    change = begun(settings)
    change.begin(before={"one": ""}, after={"one": "x"}, note="")
    act(change, "one", "x", settings)
    asked_to_stop(settings)
    with pytest.raises(StopAsked):
        until(lambda: stopped(change))  # a holder looks every second
    change.break_off()
    act(change, "one", "", settings)
    change.hand_over()
