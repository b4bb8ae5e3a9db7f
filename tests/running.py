"""Programs of an installation, started for real and surely ended."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


def listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
