"""A home of Prefect for one process alone: gone when that process has ended, however it ended.

It is locked as long as its owner lives. The kernel lets go of a dead one's lock, and whoever comes next removes it.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "mainstay-without-server-"


def borrow() -> Path:
    """Call it before Prefect is imported: what is registered first goes last, after all that still writes there."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = _open(place)
        if lock is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)  # never closed: it is held until we end
        if place.exists():
            break  # else somebody swept it in the instant before it was locked
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    _sweep(place.parent)
    return place


def _sweep(folder: Path) -> None:
    for place in folder.glob(f"{PREFIX}*"):
        if (lock := _open(place)) is None:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(place, ignore_errors=True)
        except BlockingIOError:
            continue  # its owner lives
        finally:
            os.close(lock)


def _open(place: Path) -> int | None:
    try:
        return os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None  # it has just gone, or is another user's
