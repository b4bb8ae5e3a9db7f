"""Files on their way into a directory store, and what tells a dead writer's from a living one's.

A draft is locked as long as its writer lives: the kernel lets go of the lock when the writer dies, however
it dies. Whoever can lock a draft that is not his may therefore remove it.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from edge import clock, durable

SENT_BYTES = 16 << 20  # of what is long, so much at once goes to the disk while the rest still comes


class Draft:
    def __init__(self, folder: Path) -> None:
        self._fd, self.path = _claim(folder)
        self._written = self._sent = 0

    def write(self, chunk: bytes) -> None:
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        self._written += len(chunk)
        if self._written - self._sent >= SENT_BYTES:
            durable.hurry(self._fd, self._sent, self._written - self._sent)
            self._sent = self._written

    def settle(self) -> None:
        durable.settle(self._fd)

    def discard(self) -> None:
        """Whatever became of it under another name stays."""
        with suppress(OSError):  # a disk that fails now: the next sweep removes it
            self.path.unlink(missing_ok=True)
        os.close(self._fd)


def sweep(folder: Path) -> None:
    """Remove the drafts of dead writers, and no others."""
    for path in folder.iterdir():
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # its writer has just finished
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except BlockingIOError:
            continue  # its writer lives
        finally:
            os.close(fd)


def _claim(folder: Path) -> tuple[int, Path]:
    while True:
        path = folder / clock.new_nonce()
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX)
        if os.fstat(fd).st_nlink:
            return fd, path
        os.close(fd)  # a sweeper saw it in the instant before it was locked; it is nobody's now, so another one
