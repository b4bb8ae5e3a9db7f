"""What a change needs goes away, and comes back when we leave."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from edge.practice_databases import PROGRAM
from tests.whole import Whole, kill


@contextmanager
def without(whole: Whole, program: str) -> Iterator[None]:
    """Killed, and nobody there to start it again until we leave."""
    keeper = whole.keeper()
    os.kill(keeper.pid, signal.SIGSTOP)
    try:
        kill(whole.program(program))
        yield
    finally:
        os.kill(keeper.pid, signal.SIGCONT)


@contextmanager
def without_its_store(whole: Whole) -> Iterator[None]:
    """As a disk that is unmounted: its folder is not there until we leave."""
    store, aside = Path(whole.settings.store), whole.home / "unmounted"
    store.rename(aside)
    try:
        yield
    finally:
        aside.rename(store)


@contextmanager
def with_a_frozen_database(whole: Whole) -> Iterator[None]:
    """The application's PostgreSQL accepts connections, as the kernel does that, and answers nothing."""
    postmaster = psutil.Process(whole.program(PROGRAM).pid)
    stopped = [postmaster, *postmaster.children(recursive=True)]
    for process in stopped:
        process.suspend()
    try:
        yield
    finally:
        for process in stopped:
            if process.is_running():
                process.resume()
