"""Taking a turn while somebody's act goes on at a host: it is waited for, and a stranger is not."""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from edge.changes import Change
from edge.hosts import LocalHost
from edge.openings import Wish, take_turn
from edge.settings import read_settings
from edge.store import open_store
from edge.systems import read_system
from edge.turns import read_turn
from mainstay import gate
from mainstay.errors import HostBusy, Superseded
from mainstay.gate import Call, GateAnswer
from mainstay.turn import Urgency
from tests.doors.gate_rig import begin, call, end, hold_lock, long_act, state, wait_until
from tests.doors.test_changes import DESCRIPTOR

ACT_SECONDS = 5


@dataclass(frozen=True)
class HastyHost(LocalHost):
    """Its gate waits a second for the lock, not half a minute: so an act of seconds is a long one."""

    def gate(self, call: Call) -> GateAnswer:
        return super().gate(replace(call, deadline_seconds=1))


@pytest.fixture
def host(tmp_path: Path) -> HastyHost:
    return HastyHost(tmp_path / "home" / "one", "one")


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    children: list[subprocess.Popen[bytes]] = []
    yield children
    end(children)


def taken(tmp_path: Path, host: LocalHost, urgency: Urgency) -> Change:
    settings = read_settings({"MAINSTAY_HOME": str(tmp_path / "home")})
    settings.systems.mkdir(parents=True, exist_ok=True)
    (settings.systems / "shop.yaml").write_text(DESCRIPTOR)
    wish = Wish("rollback", None, "a test", urgency, 5)
    return take_turn(open_store(settings), read_system(settings, "shop"), "production", {"one": host}, wish)


def test_a_rescue_waits_for_the_act_that_goes_on_and_then_nobody_else_acts(
    tmp_path: Path, host: HastyHost, started: list[subprocess.Popen[bytes]]
) -> None:
    deploy = taken(tmp_path, host, Urgency.ROUTINE)
    deploy.watching()  # so that its turn is taken at once
    migration = replace(call(1, long_act(tmp_path / "pid"), ACT_SECONDS), change=deploy.id)
    started.append(begin(host, migration))
    wait_until(tmp_path / "pid")
    rescue = taken(tmp_path, host, Urgency.RESCUE)
    assert started[0].wait(10) != 0, "it ended by its deadline, and not sooner"
    with pytest.raises(Superseded):
        host.gate(replace(migration, verb=gate.mark("PASS")))
    rescue.hand_over()


def test_whoever_keeps_the_lock_and_is_no_act_is_named_and_the_turn_handed_back(
    tmp_path: Path, host: HastyHost, started: list[subprocess.Popen[bytes]]
) -> None:
    taken(tmp_path, host, Urgency.ROUTINE).hand_over()
    started.append(hold_lock(host))
    try:
        with pytest.raises(HostBusy, match=r"no gate keeps .*/lock: fuser "):
            taken(tmp_path, host, Urgency.ROUTINE)
    finally:
        os.killpg(started[0].pid, signal.SIGKILL)
    settings = read_settings({"MAINSTAY_HOME": str(tmp_path / "home")})
    assert read_turn(open_store(settings), "shop", "production").holder is None


def test_an_act_that_is_long_past_its_deadline_is_not_waited_for(
    tmp_path: Path, host: HastyHost, started: list[subprocess.Popen[bytes]]
) -> None:
    """Its gate was killed, and somebody else has the lock: what is recorded of it says nothing about him."""
    taken(tmp_path, host, Urgency.ROUTINE).hand_over()
    started.append(hold_lock(host))
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    (state(host) / "acting").write_text(f"{boot} 999999 17 999999 0 1 c-1\n")
    try:
        with pytest.raises(HostBusy, match="no gate keeps"):
            taken(tmp_path, host, Urgency.ROUTINE)
    finally:
        os.killpg(started[0].pid, signal.SIGKILL)
