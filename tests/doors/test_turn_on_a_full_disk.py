"""What this machine's own disk refuses before anything was touched ends refused: where, what it means, what to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import practice_site
from edge.settings import Settings, read_settings
from edge.store import open_store
from edge.turns import read_turn
from mainstay.errors import Refused
from mainstay.turn import Turn
from tasks.builds import resolve_version
from tasks.turns import before_any_turn, turn
from tests.doors.store_rig import environment
from tests.small_disk import fill, needs_root, only_to_be_read, small_disk

PLACE = (practice_site.NAME, "staging")
FULL = "the disk is full; free some room there, then do this again."
READ_ONLY = "its file system can only be read; after an error the kernel does that: look at dmesg, then do this again."


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Nobody's server, and a descriptor whose systems are never started."""
    words = {"MAINSTAY_HOME": str(tmp_path / "home"), "PREFECT_API_URL": ""}
    with environment(words):
        made = read_settings()
        practice_site.lay_out_descriptor(made)
        yield made


def refusal(told: "pytest.ExceptionInfo[Refused]", place: Path) -> str:
    """Its last part, when it has said that nothing was changed, and where."""
    said = str(told.value)
    assert said.startswith("Nothing was changed on practice staging: ") and str(place) in said and "Errno" not in said
    return said.rpartition(": ")[2] if FULL in said else said[said.index("its file") :]


@needs_root
def test_without_room_for_the_gate_the_turn_is_refused_and_nobody_holds_it(settings: Settings) -> None:
    gate = settings.home / "gate"
    with small_disk(gate, megabytes=1):
        fill(gate)
        with pytest.raises(Refused) as told, turn(*PLACE, "deploy"):
            pytest.fail("it had its turn")
        assert refusal(told, gate) == FULL
    assert read_turn(open_store(settings), *PLACE) == Turn()


@needs_root
def test_a_home_that_can_only_be_read_refuses_before_any_turn(settings: Settings) -> None:
    mirrors = settings.home / "repositories"
    with small_disk(mirrors, megabytes=1):
        only_to_be_read(mirrors)
        with pytest.raises(Refused) as told, before_any_turn(*PLACE):
            resolve_version.fn(practice_site.NAME, "v1")
        assert refusal(told, mirrors) == READ_ONLY


@needs_root
def test_what_fills_up_in_a_turn_is_refused_as_long_as_nothing_was_touched(settings: Settings) -> None:
    scratch = settings.home / "scratch"
    with small_disk(scratch, megabytes=1):
        fill(scratch)
        with pytest.raises(Refused) as told, turn(*PLACE, "deploy"):
            (scratch / "file").write_bytes(b"x")
        assert refusal(told, settings.home) == FULL
