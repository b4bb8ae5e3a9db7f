"""The door to children that live beside a story: they see it through, and end with it however it ends."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from edge.identities import Identity, identify
from edge.interruptions import heard_after
from edge.processes import bare_but_marked, tied
from edge.secrets.redaction import refuse_in_argv

HURRIED_SECONDS = 1.5  # on the way back nobody waits for it any longer


@contextmanager
def companion(argv: Sequence[str], *, log: Path, grace_seconds: float) -> Iterator[Identity]:
    """Asked to end when we leave, and ended with its whole group after its grace; at once dead when we are killed.

    It knows nothing of ours but the mark of the change it runs for. Enter and leave it in the main thread: on Linux
    the kernel ends it with the thread that started it.
    """
    refuse_in_argv(argv)
    children: list[subprocess.Popen[bytes]] = []
    grace = HURRIED_SECONDS
    try:
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as out, heard_after():
            children.append(tied(argv, None, bare_but_marked(), subprocess.DEVNULL, out))
        yield identify(children[0].pid) or Identity(children[0].pid, "gone")
        grace = grace_seconds
    finally:
        for child in children:
            _end(child, grace)


def _end(child: "subprocess.Popen[bytes]", grace_seconds: float) -> None:
    try:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.wait(grace_seconds)
    finally:
        with heard_after():  # whoever is interrupted while he waits leaves nobody behind
            if child.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()
