"""Programs of an installation, started for real and surely ended."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edge import clock, processes
from edge.processes import Identity
from mainstay.programs import Program


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


def until(holds: Callable[[], bool], *, seconds: float, otherwise: Identity | None = None) -> None:
    """Wait for it; what does not come in time is an error, after ending whoever should have gone."""
    end = clock.monotonic() + seconds
    while not holds():
        if clock.monotonic() > end:
            if otherwise:
                processes.end(otherwise, grace_seconds=2)
            raise TimeoutError(f"it did not come true within {seconds:g} s")
        clock.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
