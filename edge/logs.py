"""The door to the log files of programs: private, and never larger than they may be."""

import os
import shutil
from datetime import datetime
from pathlib import Path

LIMIT_BYTES = 10_000_000
KEPT = 3  # older ones beside the one that is written: server.log.1 is the newest of them


def of_run(folder: Path, run: str) -> Path:
    """Only the machine on which it began has it."""
    return folder / "runs" / f"{run}.log"


def trim(log: Path, *, limit_bytes: int = LIMIT_BYTES) -> None:
    """Beyond the limit its content moves aside and it begins anew, also while a program writes to it.

    Programs append, so they go on at the new end. What is written between copy and cut is lost.
    """
    if not log.exists() or log.stat().st_size <= limit_bytes:
        return
    for number in range(KEPT, 1, -1):
        if (older := _kept(log, number - 1)).exists():
            older.replace(_kept(log, number))
    with log.open("rb") as source, os.fdopen(_private(_kept(log, 1)), "wb") as target:
        shutil.copyfileobj(source, target)
    os.truncate(log, 0)


def forget_old(folder: Path, *, older_than_seconds: float, now: datetime) -> None:
    """Logs nobody wrote to for so long are gone; those of runs would otherwise pile up for ever."""
    for log in folder.glob("*.log") if folder.exists() else ():
        if now.timestamp() - log.stat().st_mtime > older_than_seconds:
            log.unlink(missing_ok=True)


def _kept(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
