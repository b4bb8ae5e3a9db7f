"""python -m edge.postgres.postgres_start DATA ARGV...: become PostgreSQL, with a clean environment.

PostgreSQL starts over its own ``postmaster.pid`` when the process named there is dead. After a reboot
the same number may be another process of ours, and PostgreSQL would then refuse for ever.
"""

import os
import shutil
import sys
import time
from pathlib import Path

import psutil

from edge import marks
from edge.settings import said

LOCK = "postmaster.pid"
ALONE_SECONDS, PAUSE_SECONDS = 10.0, 0.05


def main(argv: list[str]) -> None:
    let_end(Path(argv[0]))
    forget_stranger(Path(argv[0]))
    program = shutil.which(argv[1]) or argv[1]
    os.execve(program, argv[1:], {**said(marks.PROGRAM), "LC_ALL": "C", "TZ": "UTC"})


def let_end(data: Path) -> None:
    """Who works there without a server, making a database, is soon done; or was killed, and is dying still."""
    end = time.monotonic() + ALONE_SECONDS
    while (number := _holder(data)).startswith("-") and psutil.pid_exists(-int(number)) and time.monotonic() < end:
        time.sleep(PAUSE_SECONDS)


def forget_stranger(data: Path) -> None:
    """Remove the lock only if its process runs and is surely not a PostgreSQL on these data."""
    lock = data / LOCK
    first = _holder(data)
    if first.isdigit() and psutil.pid_exists(int(first)) and not _serving(data):
        lock.unlink()


def _holder(data: Path) -> str:
    """The number of the process that the lock names; with a minus before it, one without a server. Empty: none."""
    try:
        return (data / LOCK).read_text().partition("\n")[0].strip()
    except FileNotFoundError:
        return ""


def _serving(data: Path) -> bool:
    """Any process at work in the data folder, where PostgreSQL and all its helpers live; in doubt, yes."""
    for process in psutil.process_iter():
        try:
            if process.name().startswith("postgres") and Path(process.cwd()) == data.resolve():
                return True
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            if process.name().startswith("postgres") and process.uids().real == data.stat().st_uid:
                return True
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
