"""Turns under the real limits: a stopped holder, a killed one, and all of the random schedules."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import Popen

import pytest

from edge import turns
from edge.held_turn import HeldTurn
from edge.hosts import LocalHost
from edge.store.directory import DirectoryStore, open_directory
from mainstay import gate
from mainstay.errors import Refused
from mainstay.gate import Call
from mainstay.turn import RENEWAL_SECONDS, STOP_SECONDS, TERM_SECONDS, Claim, Urgency
from tests.doors.turn_holder import Orders, steps
from tests.doors.turn_rig import start_holder, told
from tests.knows.turn_model import schedules

CHANGING_STEPS = range(1, len(steps("", "")))
SLACK_SECONDS = 5  # of two shared cores


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return open_directory(tmp_path / "store")


@pytest.fixture
def holders() -> Iterator[list["Popen[bytes]"]]:
    started: list[Popen[bytes]] = []
    yield started
    for child in started:
        child.kill()
        child.wait()


def orders(tmp_path: Path, environment: str, stop_before: int = -1) -> Orders:
    change = f"c-{environment}"
    return Orders(
        str(tmp_path / "store"),
        str(tmp_path / "home"),
        environment,
        change,
        str(tmp_path / change),
        stop_before=stop_before,
    )


def claim(store: DirectoryStore, environment: str, urgency: Urgency, patience_seconds: float) -> HeldTurn:
    me = turns.this_process(f"next-{environment}", "undo", run=None, who="keeper", urgency=urgency)
    return turns.claim(store, "shop", environment, Claim(me, patience_seconds))


def stopped(child: "Popen[bytes]") -> bool:
    return Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def world_of(home: Path, environment: str) -> dict[str, str]:
    """Every byte that a change could have changed on the host; the gate's own notes of refusals are not that."""
    gates = home / "shop" / environment
    files = [
        home / f"{environment}-world",
        gates / "live",
        gates / "epoch",
        *sorted(home.glob(f"{environment}-flags/*")),
    ]
    log = [line for line in (gates / "log").read_text().splitlines() if line.split()[3] != "refused"]
    return {str(file): file.read_text() for file in files if file.exists()} | {"log": "\n".join(log)}


def test_a_holder_stopped_between_check_and_act_changes_nothing_after_another_took_over(
    store: DirectoryStore, holders: list["Popen[bytes]"], tmp_path: Path
) -> None:
    """At every changing step, each in an environment of its own."""
    frozen = {step: orders(tmp_path, f"step-{step}", step) for step in CHANGING_STEPS}
    for order in frozen.values():
        holders.append(start_holder(order))
    for order in frozen.values():
        told(order, "stopping")
    for child in holders:
        while not stopped(child):
            time.sleep(0.05)
    begun = time.monotonic()
    host = LocalHost(tmp_path / "home")
    before = {}
    taken = _claim_all(store, [order.environment for order in frozen.values()])
    assert time.monotonic() - begun < TERM_SECONDS + SLACK_SECONDS
    for held in taken:
        environment = held.holder.change.removeprefix("next-")
        assert held.inherited == (f"c-{environment}",)
        host.gate(Call("shop", environment, held.epoch, held.holder.change, gate.CLAIM))
        before[environment] = world_of(host.state, environment)
    for child, order in zip(holders, frozen.values(), strict=True):
        os.kill(child.pid, signal.SIGCONT)
        told(order, "superseded")
        assert child.wait(30) == 0
    assert {order.environment: world_of(host.state, order.environment) for order in frozen.values()} == before
    for held in taken:
        environment = held.holder.change.removeprefix("next-")
        assert host.gate(Call("shop", environment, held.epoch, "any", gate.SEE)).epoch == held.epoch
        assert "refused" in (host.state / "shop" / environment / "log").read_text().splitlines()[-1]
        held.abandon()


def _claim_all(store: DirectoryStore, environments: list[str]) -> list[HeldTurn]:
    """All at once: each waits for its own term."""
    with ThreadPoolExecutor(len(environments)) as pool:
        waiting = [pool.submit(claim, store, name, Urgency.ROUTINE, 90) for name in environments]
        return [one.result() for one in waiting]


def test_a_holder_that_lives_and_renews_is_never_called_gone(
    store: DirectoryStore, holders: list["Popen[bytes]"], tmp_path: Path
) -> None:
    living = orders(tmp_path, "living")
    holders.append(start_holder(living))
    told(living, "epoch 1")
    with pytest.raises(Refused, match="has the turn since"):
        claim(store, "living", Urgency.ROUTINE, TERM_SECONDS + 2 * RENEWAL_SECONDS)
    assert holders[0].poll() is None


def test_a_killed_holder_is_replaced_at_once(
    store: DirectoryStore, holders: list["Popen[bytes]"], tmp_path: Path
) -> None:
    dying = orders(tmp_path, "dying")
    holders.append(start_holder(dying))
    told(dying, "epoch 1")
    os.kill(holders[0].pid, signal.SIGKILL)
    begun = time.monotonic()
    claim(store, "dying", Urgency.ROUTINE, 60).abandon()
    assert time.monotonic() - begun < 1 + SLACK_SECONDS


def test_a_holder_that_does_not_stop_when_asked_loses_its_turn_in_time(
    store: DirectoryStore, holders: list["Popen[bytes]"], tmp_path: Path
) -> None:
    deaf = orders(tmp_path, "deaf", 2)
    holders.append(start_holder(deaf))
    told(deaf, "stopping")
    begun = time.monotonic()
    claim(store, "deaf", Urgency.RESCUE, 60).abandon()
    assert STOP_SECONDS <= time.monotonic() - begun < STOP_SECONDS + SLACK_SECONDS


def test_in_ten_thousand_random_schedules_never_two_act() -> None:
    takes, refusals, faults = schedules(10_000, seed=1_000_000)
    assert not faults
    assert takes > 20_000 and refusals > 300  # otherwise these schedules would have tried nothing
