"""The gate is on its host, whole and of this version, whatever happened there before."""

from pathlib import Path

import pytest

from edge.hosts import GATE, LocalHost
from mainstay import gate
from mainstay.errors import BadInput, CommandFailed
from mainstay.gate import Call
from tests.small_disk import fill, needs_root, small_disk


def scripts(host: LocalHost) -> list[Path]:
    return sorted(host.state.glob("*.sh"))


def test_installing_twice_leaves_one_executable_gate(tmp_path: Path) -> None:
    host = LocalHost(tmp_path / "home")
    host.shipped(GATE)
    written = scripts(host)[0].stat().st_mtime_ns
    host.shipped(GATE)
    assert [script.stat().st_mtime_ns for script in scripts(host)] == [written]
    assert scripts(host)[0].stat().st_mode & 0o777 == 0o755


def test_a_damaged_gate_is_replaced(tmp_path: Path) -> None:
    host = LocalHost(tmp_path / "home")
    host.shipped(GATE)
    whole = scripts(host)[0].read_bytes()
    scripts(host)[0].write_bytes(whole[:100])
    assert host.gate(Call("shop", "production", 1, "c-1", gate.CLAIM)).epoch == 1
    assert scripts(host)[0].read_bytes() == whole


def test_environments_of_one_host_know_nothing_of_each_other(tmp_path: Path) -> None:
    host = LocalHost(tmp_path / "home")
    host.gate(Call("shop", "production", 5, "c-1", gate.CLAIM))
    assert host.gate(Call("shop", "staging", 1, "c-2", gate.CLAIM)).epoch == 1
    assert host.gate(Call("shop", "production", 5, "c-1", gate.SEE)).epoch == 5


def test_a_name_that_leads_out_of_the_state_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        LocalHost(tmp_path / "home").gate(Call("..", "production", 1, "c-1", gate.CLAIM))


@needs_root
def test_a_gate_for_which_there_is_no_room_is_named_with_its_place_and_what_to_do(tmp_path: Path) -> None:
    host = LocalHost(tmp_path / "home")
    with small_disk(host.state, megabytes=1):
        fill(host.state)
        with pytest.raises(CommandFailed, match=rf"gate\.sh .*{host.state}.*: the disk is full; free some room there"):
            host.gate(Call("shop", "production", 1, "c-1", gate.SEE))
        assert scripts(host) == []
