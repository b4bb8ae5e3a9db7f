"""A host with its gate, and gates as processes of their own, to be stopped and killed."""

import shutil
import subprocess
from pathlib import Path

import psutil

from edge import processes
from edge.hosts import GATE, LocalHost
from mainstay import gate
from mainstay.gate import Call, GateAnswer
from tests.waiting import until

BUSYBOX = shutil.which("busybox")
SHELLS = [("/bin/sh",), *([(BUSYBOX, "sh")] if BUSYBOX else [])]  # Alpine's shell too, where there is one

TOOLS = ("awk", "cat", "cut", "date", "flock", "grep", "head", "mkdir", "mv", "rm", "sed", "sh", "sleep", "sync")
MORE_TOOLS = ("tail", "timeout", "touch", "tr")


def call(epoch: int, verb: tuple[str, ...], deadline_seconds: int = 10) -> Call:
    return Call("shop", "production", epoch, f"c-{epoch}", verb, deadline_seconds)


def state(host: LocalHost) -> Path:
    return host.state / "shop/production"


def see(host: LocalHost, epoch: int = 1) -> GateAnswer:
    return host.gate(call(epoch, gate.SEE))


def said(host: LocalHost) -> list[str]:
    """What the gate says to whoever only looks, line by line: also what is for a person alone."""
    argv = gate.argv(host.shell, host.shipped(GATE), str(state(host)), call(1, gate.SEE))
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()


def begin(host: LocalHost, words: Call, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """A gate of which nobody takes care: it is a process of its own, to be stopped and killed."""
    host.shipped(GATE)
    script = next(host.state.glob("gate-*.sh"))
    return subprocess.Popen(
        gate.argv(host.shell, str(script), str(state(host)), words),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment,
    )


def wait_until(found: Path) -> None:
    until(lambda: found.exists() and found.stat().st_size > 0)


def runs(pid: int) -> bool:
    identity = processes.identify(pid)
    return identity is not None and processes.alive(identity)


def long_act(told: Path) -> tuple[str, ...]:
    """Says who it is, then stays."""
    return gate.act(["sh", "-c", f"echo $$ > {told}; exec sleep 60"])


def bare(tmp_path: Path) -> dict[str, str]:
    """A host whose acts do not die with their gate: there is no setpriv."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS + MORE_TOOLS:
        (folder / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    return {"PATH": str(folder)}


def hold_lock(host: LocalHost) -> "subprocess.Popen[bytes]":
    lock = str(state(host) / "lock")
    holder = subprocess.Popen(["flock", lock, "sleep", "60"], start_new_session=True)
    until(lambda: subprocess.run(["flock", "-n", lock, "true"], check=False).returncode == 1)
    return holder


def waits_for_lock(child: "subprocess.Popen[bytes]") -> bool:
    """Its flock(1) sleeps in the kernel. What it ran before that may end while we look."""
    children = psutil.Process(child.pid).children()
    return any(_words(one)[:2] == ["flock", "-w"] for one in children)


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def end(children: "list[subprocess.Popen[bytes]]") -> None:
    for child in children:
        child.kill()
        child.wait()
