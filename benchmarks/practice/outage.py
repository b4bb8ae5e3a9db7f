"""The database of the practice site is away for a while, and whoever would start it again is held back."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.practice.installation import Practice
from edge import clock, keeper, practice_databases, processes, programs
from edge.identities import Identity

ENDS_SECONDS = 20.0


def database_away(site: Practice, seconds: float) -> None:
    """It is told to end, as by a person, and that long nothing answers in its place."""
    home = site.settings.home
    database = programs.living_identity(home, practice_databases.PROGRAM)
    assert database is not None
    with _keeper_held(site):
        os.kill(database.pid, signal.SIGINT)
        _until_gone(database)
        clock.sleep(seconds)


@contextmanager
def _keeper_held(site: Practice) -> Iterator[None]:
    report = keeper.read_report(site.settings.home)
    assert report is not None
    os.kill(report.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(report.pid, signal.SIGCONT)


def _until_gone(identity: Identity) -> None:
    end = clock.monotonic() + ENDS_SECONDS
    while processes.alive(identity):
        if clock.monotonic() > end:
            raise TimeoutError(f"the database has not ended within {ENDS_SECONDS:g} s")
        clock.sleep(0.05)
