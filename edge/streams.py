"""The door to processes whose bytes are read as they come, and to those that are fed.

What passed is whole only if whoever produced it says so at the end: ``ended`` asks for its exit, and until then
nobody may believe a byte.
"""

import fcntl
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from edge import clock
from edge.interruptions import heard_after
from edge.processes import marked, tied
from edge.secrets.redaction import redact, refuse_in_argv

PIPE_BYTES = 1 << 20
LITTLE_BYTES = 1 << 16  # less than even a narrow pipe holds
PAUSE_SECONDS = 0.001
TONGUE = {"LC_ALL": "C"}  # for those whose words are read
_SET_PIPE_SIZE = getattr(fcntl, "F_SETPIPE_SZ", None)


@dataclass(frozen=True)
class Stream:
    """A running process, tied to us. ``pipe`` is its output, or its input."""

    pipe: IO[bytes]
    _child: "subprocess.Popen[bytes]"
    _words: IO[bytes]

    def read(self, most: int) -> bytes:
        """What came. Who writes a few kilobytes at a time would wake us for each: while little comes, it gathers."""
        data: bytes = self.pipe.read(most)
        if 0 < len(data) < min(LITTLE_BYTES, most):
            clock.sleep(PAUSE_SECONDS)
        return data

    def ended(self) -> int:
        """Its exit; call it when its output has ended, or when it was given all."""
        self.pipe.close()
        return self._child.wait()

    def said(self) -> str:
        """What it told beside its output."""
        self._words.seek(0)
        return redact(self._words.read().decode(errors="replace")).strip()


@contextmanager
def producing(
    argv: Sequence[str], *, environment: Mapping[str, str] | None = None, given: bytes = b""
) -> Iterator[Stream]:
    """Its output is ours to read. Whoever leaves before its end ends it."""
    with tempfile.TemporaryFile() as words, tempfile.TemporaryFile() as names:  # it may be longer than a pipe holds
        names.write(given)
        names.seek(0)
        with _running(argv, environment, names, subprocess.PIPE, words) as child:
            assert child.stdout is not None
            yield Stream(_wide(child.stdout), child, words)


@contextmanager
def consuming(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Iterator[Stream]:
    """It is ours to feed. Whoever leaves before its end ends it."""
    with tempfile.TemporaryFile() as words, _running(argv, environment, subprocess.PIPE, words, words) as child:
        assert child.stdin is not None
        yield Stream(_wide(child.stdin), child, words)


@contextmanager
def _running(
    argv: Sequence[str],
    environment: Mapping[str, str] | None,
    given: IO[bytes] | int,
    out: IO[bytes] | int,
    words: IO[bytes],
) -> "Iterator[subprocess.Popen[bytes]]":
    refuse_in_argv(argv)
    child: list[subprocess.Popen[bytes]] = []
    try:
        with heard_after():  # a signal that raises before we know our child would leave it alive, unseen
            child.append(tied(argv, None, marked(environment), given, out, words))
        yield child[0]
    finally:
        for each in child:
            with suppress(ProcessLookupError):
                os.killpg(each.pid, signal.SIGKILL)
            for pipe in (each.stdin, each.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()
            each.wait()


def _wide(pipe: IO[bytes]) -> IO[bytes]:
    """Fewer, larger steps between it and us."""
    if _SET_PIPE_SIZE is not None:
        with suppress(OSError):
            fcntl.fcntl(pipe.fileno(), _SET_PIPE_SIZE, PIPE_BYTES)
    return pipe
