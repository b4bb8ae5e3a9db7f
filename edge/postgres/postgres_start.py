"""python -m edge.postgres.postgres_start DATA ARGV...: become PostgreSQL, with a clean environment.

PostgreSQL starts over its own ``postmaster.pid`` when the process named there is dead. After a reboot
the same number may be another process of ours, and PostgreSQL would then refuse for ever.
"""

import os
import shutil
import sys
from pathlib import Path

import psutil

from edge import marks
from edge.settings import said


def main(argv: list[str]) -> None:
    forget_stranger(Path(argv[0]))
    program = shutil.which(argv[1]) or argv[1]
    os.execve(program, argv[1:], {**said(marks.PROGRAM), "LC_ALL": "C", "TZ": "UTC"})


def forget_stranger(data: Path) -> None:
    """Remove the lock only if its process runs and is surely not a PostgreSQL on these data."""
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    first = lock.read_text().partition("\n")[0]
    if first.isdigit() and psutil.pid_exists(int(first)) and not _serving(data):
        lock.unlink()


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
