"""Programs of an installation, started for real and surely ended."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from edge import processes
from edge.processes import Identity
from mainstay.programs import Program
from tests.waiting import until


@contextmanager
def running(program: Program, logs: Path) -> Iterator[Identity]:
    identity = processes.start(
        program.argv, log=logs / f"{program.name}.log", cwd=Path("/"), environment=dict(program.environment)
    )
    try:
        yield identity
    finally:
        if processes.alive(identity):
            os.kill(identity.pid, signal.Signals[f"SIG{program.stop_signal}"])
            until(lambda: not processes.alive(identity), seconds=15, otherwise=identity)
        processes.reap()


def runs_as(identity: Identity, *words: str) -> bool:
    """These words begin its command. Before and in the middle of an exec it has other ones, and then no environment."""
    try:
        return psutil.Process(identity.pid).cmdline()[: len(words)] == list(words)
    except psutil.Error:
        return False


def catches(pid: int, number: signal.Signals) -> bool:
    """Linux tells which signals a process handles; elsewhere a moment must do."""
    status = Path(f"/proc/{pid}/status")
    caught = [line for line in status.read_text().splitlines() if line.startswith("SigCgt")] if status.exists() else []
    return not caught or bool(int(caught[0].split()[1], 16) >> (number - 1) & 1)


def listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
