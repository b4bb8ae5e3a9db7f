"""The gate on a real host: what it does, what it refuses, what it answers."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.hosts import LocalHost
from mainstay import gate
from mainstay.errors import CommandFailed, Superseded
from mainstay.gate import Call
from tests.doors.gate_rig import SHELLS, begin, call, long_act, runs, said, see, state, wait_until


@pytest.fixture(params=SHELLS, ids=lambda shell: Path(shell[0]).name)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> LocalHost:
    return LocalHost(tmp_path / "home", shell=request.param)


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    children: list[subprocess.Popen[bytes]] = []
    yield children
    for child in children:
        child.kill()
        child.wait()


def test_an_act_is_done_and_answered(host: LocalHost, tmp_path: Path) -> None:
    host.gate(call(1, gate.CLAIM))
    answer = host.gate(
        call(1, gate.act(["sh", "-c", 'echo "$1" | tee -a "$2"', "-", "two  words; $HOME", f"{tmp_path}/x"]))
    )
    assert (tmp_path / "x").read_text() == "two  words; $HOME\n"
    assert answer.output == "two  words; $HOME"
    assert (answer.epoch, answer.holder, answer.acts) == (1, "c-1", 1)
    assert said(host)[-1].startswith("last ") and said(host)[-1].endswith("1 c-1 done act")


def test_what_an_act_makes_is_as_open_as_the_caller_wants_it(host: LocalHost, tmp_path: Path) -> None:
    made = tmp_path / "x"
    host.gate(call(1, gate.CLAIM))
    host.gate(call(1, gate.act(["sh", "-c", f"umask > {made}"])))
    theirs = os.umask(0)
    os.umask(theirs)
    assert int(made.read_text(), 8) == theirs != 0o077


def test_a_lower_epoch_is_refused_after_a_higher_one_claimed(host: LocalHost, tmp_path: Path) -> None:
    host.gate(call(1, gate.CLAIM))
    host.gate(call(2, gate.CLAIM))
    for verb in (gate.act(["touch", f"{tmp_path}/x"]), gate.CLAIM, gate.mark("PASS"), gate.live("green")):
        with pytest.raises(Superseded, match="c-2 has claimed epoch 2"):
            host.gate(call(1, verb))
    assert not (tmp_path / "x").exists()
    assert see(host).epoch == 2 and see(host).marks == ()


def test_an_epoch_nobody_claimed_here_cannot_act(host: LocalHost, tmp_path: Path) -> None:
    host.gate(call(1, gate.CLAIM))
    with pytest.raises(Superseded):
        host.gate(call(2, gate.act(["touch", f"{tmp_path}/x"])))
    assert not (tmp_path / "x").exists()


def test_the_same_epoch_of_another_store_is_refused(host: LocalHost) -> None:
    host.gate(call(3, gate.CLAIM))
    host.gate(call(3, gate.CLAIM))
    with pytest.raises(Superseded):
        host.gate(Call("shop", "production", 3, "c-of-another-store", gate.CLAIM))


def test_a_settler_acts_for_the_change_it_settles(host: LocalHost) -> None:
    host.gate(call(2, gate.CLAIM))
    host.gate(Call("shop", "production", 2, "c-1", gate.live("blue")))
    assert (see(host, 1).acts, see(host, 2).acts) == (1, 0)


def test_flags_marks_and_the_live_color_are_seen(host: LocalHost, tmp_path: Path) -> None:
    flags = tmp_path / "a/flags"
    host.gate(call(1, gate.CLAIM))
    host.gate(call(1, gate.set_flag(str(flags), "green.on", "to green, by anna")))
    host.gate(call(1, gate.set_flag(str(flags), "blue.on", "")))
    host.gate(call(1, gate.clear_flag(str(flags), "blue.on")))
    host.gate(call(1, gate.clear_flag(str(flags), "blue.on")))
    host.gate(call(1, gate.live("green")))
    host.gate(call(1, gate.mark("PASS")))
    seen = see(host)
    assert seen.flags == {"green.on": "to green, by anna"} and seen.live == "green" and seen.marks == ("PASS",)
    assert [path.name for path in flags.iterdir()] == ["green.on"]
    assert flags.stat().st_mode & 0o777 == 0o755 and (flags / "green.on").stat().st_mode & 0o777 == 0o644
    assert state(host).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "verb",
    [
        ("frob",),
        ("act",),
        ("act", "--"),
        ("act", "ls"),
        ("mark", "two words"),
        ("flag", "/tmp", "set", "../x", ""),
        ("flag", "/tmp", "clear", ".hidden"),
    ],
)
def test_what_is_not_understood_changes_nothing(host: LocalHost, verb: tuple[str, ...]) -> None:
    with pytest.raises(CommandFailed, match="not understood"):
        host.gate(call(1, verb))
    assert not state(host).exists()


def test_seeing_changes_nothing_and_waits_for_nobody(
    host: LocalHost, tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    assert see(host).epoch == 0 and not state(host).exists()
    host.gate(call(1, gate.CLAIM))
    started.append(begin(host, call(1, long_act(tmp_path / "pid"), 30)))
    wait_until(tmp_path / "pid")
    assert any(line.startswith("acting 1 c-1 until ") for line in said(host))


def test_a_failed_act_is_told_with_its_words(host: LocalHost) -> None:
    host.gate(call(1, gate.CLAIM))
    with pytest.raises(CommandFailed, match=r"exit 7.*no space"):
        host.gate(call(1, gate.act(["sh", "-c", "echo no space; exit 7"])))
    assert said(host)[-1].startswith("last ") and said(host)[-1].endswith("exit:7 act")


def test_a_daemon_that_an_act_starts_stays_and_keeps_nobody_out(host: LocalHost, tmp_path: Path) -> None:
    host.gate(call(1, gate.CLAIM))
    told = tmp_path / "pid"
    host.gate(call(1, gate.act(["sh", "-c", f"setsid sleep 60 >/dev/null 2>&1 & echo $! > {told}"])))
    daemon = int(told.read_text())
    try:
        assert host.gate(call(2, gate.CLAIM, 2)).epoch == 2
        assert runs(daemon)
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_two_gates_never_act_at_once(host: LocalHost, tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    host.gate(call(1, gate.CLAIM))
    log = tmp_path / "log"
    for _ in range(6):
        started.append(
            begin(host, call(1, gate.act(["sh", "-c", f"echo in >> {log}; sleep 0.1; echo out >> {log}"]), 20))
        )
    assert [child.wait(60) for child in started] == [0] * 6
    assert log.read_text().split() == ["in", "out"] * 6
