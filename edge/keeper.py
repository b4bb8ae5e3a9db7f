"""The door through which others see the keeper and ask something of it, and through which there is only one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge import private, processes
from edge.clock import new_nonce
from edge.processes import Identity
from mainstay.errors import Refused
from mainstay.keeper import Report, StopRequest
from mainstay.records import UnreadableRecord, decode, encode


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """As long as we are inside, no other keeper of this home is.

    A child that was forked and has not begun its own program yet still holds this lock with us. So
    even when we are killed in mid-start, the next keeper comes only after the mark of that child stands.
    """
    private.folder_if_missing(home)
    handle = os.open(home / "keeper.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, home)
        private.sweep(_report_file(home))
        yield
    finally:
        os.close(handle)


def write_report(home: Path, report: Report) -> None:
    private.write(_report_file(home), encode(report, nonce=new_nonce()).decode(), durable=False)


def read_report(home: Path) -> Report | None:
    """The keeper's last words; they are only as fresh as their `at`."""
    try:
        return decode(Report, _report_file(home).read_bytes())
    except (FileNotFoundError, UnreadableRecord):
        return None


def keeps(home: Path) -> bool:
    """A keeper looks after this home now."""
    report = read_report(home)
    return report is not None and processes.alive(Identity(report.pid, report.started))


def ask_to_stop(home: Path, request: StopRequest) -> None:
    """The keeper ends all programs, the last started first, and then itself."""
    private.write(_stop_file(home), encode(request, nonce=new_nonce()).decode())


def stop_request(home: Path) -> StopRequest | None:
    try:
        return decode(StopRequest, _stop_file(home).read_bytes())
    except (FileNotFoundError, UnreadableRecord):
        return None


def forget_stop(home: Path) -> None:
    _stop_file(home).unlink(missing_ok=True)


def _take(handle: int, home: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(
            f"another keeper looks after {home} already, so this one ends. If it hangs (`mainstay status` shows"
            " its process and when it last spoke), end that process: its programs go on, and init starts it again."
        ) from None


def _report_file(home: Path) -> Path:
    return home / "keeper.json"


def _stop_file(home: Path) -> Path:
    return home / "keeper.stop"
