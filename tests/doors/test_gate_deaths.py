"""The gate on a real host: what it survives, whom it ends, and whom it never kills."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import processes
from edge.hosts import LocalHost
from mainstay import gate
from mainstay.errors import CommandFailed, HostBusy
from tests.doors.gate_rig import (
    SHELLS,
    bare,
    begin,
    call,
    end,
    hold_lock,
    long_act,
    runs,
    see,
    state,
    wait_until,
    waits_for_lock,
)
from tests.waiting import until


@pytest.fixture(params=SHELLS, ids=lambda shell: Path(shell[0]).name)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> LocalHost:
    return LocalHost(tmp_path / "home", shell=request.param)


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    children: list[subprocess.Popen[bytes]] = []
    yield children
    end(children)


def test_an_act_past_its_deadline_is_ended_with_what_it_started(host: LocalHost, tmp_path: Path) -> None:
    host.gate(call(1, gate.CLAIM))
    told = tmp_path / "pid"
    with pytest.raises(CommandFailed, match="did not end within 1 s"):
        host.gate(call(1, gate.act(["sh", "-c", f"sleep 60 & echo $! > {told}; wait"]), 1))
    assert not runs(int(told.read_text()))
    assert host.gate(call(2, gate.CLAIM)).epoch == 2


def test_whoever_does_not_get_the_lock_in_time_is_told_who_acts(
    host: LocalHost, tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    host.gate(call(1, gate.CLAIM))
    started.append(begin(host, call(1, long_act(tmp_path / "pid"), 30)))
    wait_until(tmp_path / "pid")
    with pytest.raises(HostBusy, match="another acts here: c-1 of epoch 1, for"):
        host.gate(call(2, gate.CLAIM, 1))
    assert see(host).epoch == 1


def test_a_killed_gate_takes_its_act_with_it_and_the_next_one_enters_at_once(
    host: LocalHost, tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    host.gate(call(1, gate.CLAIM))
    started.append(begin(host, call(1, long_act(tmp_path / "pid"), 30)))
    wait_until(tmp_path / "pid")
    started[0].kill()
    answer = host.gate(call(2, gate.CLAIM, 5))
    assert answer.epoch == 2
    assert not runs(int((tmp_path / "pid").read_text()))
    assert "1 c-1 unseen" in (state(host) / "log").read_text()


def test_an_act_that_outlives_its_killed_gate_keeps_everybody_out_until_its_deadline(
    host: LocalHost, tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    host.gate(call(1, gate.CLAIM))
    started.append(begin(host, call(1, long_act(tmp_path / "pid"), 8), bare(tmp_path)))
    wait_until(tmp_path / "pid")
    survivor = int((tmp_path / "pid").read_text())
    started[0].kill()
    with pytest.raises(HostBusy):
        host.gate(call(2, gate.CLAIM, 1))
    assert runs(survivor) and see(host).epoch == 1
    assert host.gate(call(2, gate.CLAIM, 20)).epoch == 2
    assert not runs(survivor)


def test_a_gate_that_hangs_past_its_deadline_is_ended_with_its_act_before_the_next_claims(
    host: LocalHost, tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    host.gate(call(1, gate.CLAIM))
    started.append(begin(host, call(1, long_act(tmp_path / "pid"), 3)))
    wait_until(tmp_path / "pid")
    os.killpg(started[0].pid, signal.SIGSTOP)  # its timeout too: nothing ends by itself any more
    assert host.gate(call(2, gate.CLAIM, 20)).epoch == 2
    assert started[0].wait(10) == -signal.SIGKILL
    assert not runs(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("pause_seconds", [0, 1], ids=["as it gets the lock", "while it waits"])
def test_a_gate_stopped_as_a_higher_epoch_claims_does_nothing_when_it_goes_on(
    host: LocalHost, tmp_path: Path, started: list[subprocess.Popen[bytes]], pause_seconds: int
) -> None:
    """The epoch is checked under the lock, immediately before the act; and who holds the lock stopped is ended."""
    host.gate(call(1, gate.CLAIM))
    holder = hold_lock(host)
    started.append(holder)
    late = begin(host, call(1, gate.act(["touch", f"{tmp_path}/late"]), 20))
    started.append(late)
    until(lambda: waits_for_lock(late))
    os.killpg(late.pid, signal.SIGSTOP)
    time.sleep(pause_seconds)
    os.killpg(holder.pid, signal.SIGKILL)
    holder.wait()
    host.gate(call(2, gate.CLAIM))
    os.killpg(late.pid, signal.SIGCONT)
    assert late.wait(20) in (gate.Exit.REFUSED, -signal.SIGKILL)
    assert not (tmp_path / "late").exists()


def test_a_stranger_with_the_number_of_a_dead_gate_is_never_killed(
    host: LocalHost, started: list[subprocess.Popen[bytes]]
) -> None:
    host.gate(call(1, gate.CLAIM))
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    started.append(stranger)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    acting = f"{boot} {stranger.pid} 17 {stranger.pid} 0 1 c-1"
    (state(host) / "acting").write_text(f"{acting}\n")
    holder = hold_lock(host)
    started.append(holder)
    try:  # the lock is held past the recorded deadline, and the recorded number belongs to a stranger
        with pytest.raises(HostBusy):
            host.gate(call(2, gate.CLAIM, 2))
    finally:
        os.killpg(holder.pid, signal.SIGKILL)
        holder.wait()
    assert host.gate(call(2, gate.CLAIM, 5)).epoch == 2
    assert stranger.poll() is None


def test_what_was_recorded_before_the_last_boot_ends_nobody(
    host: LocalHost, started: list[subprocess.Popen[bytes]]
) -> None:
    host.gate(call(1, gate.CLAIM))
    neighbour = subprocess.Popen(["sleep", "60"], start_new_session=True)
    started.append(neighbour)
    identity = processes.identify(neighbour.pid)
    assert identity is not None
    ticks = identity.started.rpartition("+")[2]
    (state(host) / "acting").write_text(f"earlier-boot {neighbour.pid} {ticks} {neighbour.pid} 0 1 c-1\n")
    assert host.gate(call(2, gate.CLAIM, 5)).epoch == 2
    assert neighbour.poll() is None


def test_a_torn_line_in_the_log_does_not_swallow_the_next_one(host: LocalHost) -> None:
    host.gate(call(1, gate.CLAIM))
    with (state(host) / "log").open("a") as log:
        log.write("2026-11-20T10:48:23Z 1 c-1 beg")
    assert host.gate(call(1, gate.mark("PASS"))).marks == ("PASS",)


def test_an_unreadable_epoch_lets_nobody_act(host: LocalHost, tmp_path: Path) -> None:
    host.gate(call(1, gate.CLAIM))
    (state(host) / "epoch").write_text("")
    with pytest.raises(CommandFailed, match="a person must look"):
        host.gate(call(2, gate.act(["touch", f"{tmp_path}/x"])))
    assert not (tmp_path / "x").exists()


def test_a_gate_killed_at_any_moment_leaves_a_state_that_the_next_one_reads(host: LocalHost, tmp_path: Path) -> None:
    chance = random.Random(20)
    flags = tmp_path / "flags"
    for epoch in range(1, 26):
        verb = chance.choice([gate.CLAIM, gate.set_flag(str(flags), "green.on", f"text {epoch}")])
        host.gate(call(epoch, gate.CLAIM, 5))
        victim = begin(host, call(epoch, verb, 5))
        time.sleep(chance.uniform(0, 0.06))
        victim.kill()
        victim.wait()
        seen = see(host, epoch)
        assert seen.epoch == epoch and seen.holder == f"c-{epoch}"
        assert all(text.startswith("text ") for text in seen.flags.values())
    assert all(len(line.split()) >= 4 for line in (state(host) / "log").read_text().splitlines())


def test_a_gate_stopped_between_the_lock_and_its_record_keeps_nobody_out(
    host: LocalHost, started: list[subprocess.Popen[bytes]]
) -> None:
    host.gate(call(1, gate.CLAIM))
    stopped = ["sh", "-c", f"exec 9>>{state(host)}/lock; flock 9; kill -STOP $$; sleep 60"]
    started.append(subprocess.Popen(stopped, start_new_session=True))
    until(lambda: Path(f"/proc/{started[0].pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
    assert host.gate(call(2, gate.CLAIM, 5)).epoch == 2
