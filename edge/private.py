"""The door to this installation's own small files: whole or absent, and nobody else's to read."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edge import clock
from edge.durable import settle, settle_folder
from mainstay.errors import Refused


def folder(path: Path) -> Path:
    """Ours alone. What lies above it keeps the mode it has."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    return path


def folder_if_missing(path: Path) -> Path:
    """Ours alone if we make it; one that is there already keeps its mode."""
    return path if path.exists() else folder(path)


def write(path: Path, text: str, *, durable: bool = True, mode: int = 0o600) -> None:
    """Durable when it returns, unless it may be lost with the power; always the old text or the new one, never half."""
    write_bytes(path, text.encode(), durable=durable, mode=mode)


def write_bytes(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o600) -> None:
    """The same, of what is no text."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_aside(path))
    try:
        with os.fdopen(handle, "wb") as out:
            os.fchmod(handle, mode)
            out.write(data)
            out.flush()
            if durable:
                settle(out.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if durable:
        settle_folder(path.parent)


def sweep(path: Path) -> None:
    """Remove what killed writers of this file left beside it. Call it where nobody else writes it."""
    for left in path.parent.glob(f"{_aside(path)}*"):
        left.unlink(missing_ok=True)


def usable(path: Path) -> None:
    """Files can be kept there, or it is refused before anything is begun."""
    try:
        write(folder_if_missing(path) / ".trial", "x" * 65536)
        (path / ".trial").unlink()
    except OSError as reason:
        raise Refused(
            f"MAINSTAY_HOME: nothing can be kept in {path} ({reason.strerror}), so nothing was begun. "
            "Mend that, or name another place in MAINSTAY_HOME."
        ) from reason


def once(path: Path, choose: Callable[[], str]) -> str:
    """What stands there; chosen now if nothing does. Call it ``alone``."""
    if not path.exists():
        write(path, choose())
    return path.read_text()


@contextmanager
def alone(path: Path, *, deadline_seconds: float) -> Iterator[None]:
    """Only one process at a time is inside; the kernel lets go for a dead one."""
    end = clock.monotonic() + deadline_seconds
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        while not _taken(lock.fileno()):
            if clock.monotonic() > end:
                raise Refused(
                    f"Another process has held {path} for {deadline_seconds:g} s, so nothing was done. "
                    f"See who it is with: fuser -v {path}. When it has ended, do this again."
                )
            clock.sleep(0.05)
        yield


@contextmanager
def free(path: Path) -> Iterator[bool]:
    """Whether nobody else is inside, for as long as we are; nobody waits."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        yield _taken(lock.fileno())


def _aside(path: Path) -> str:
    return f".{path.name}."


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
