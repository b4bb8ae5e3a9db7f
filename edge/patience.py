"""Work that may hang, waited for no longer than said.

Name resolution has no timeout of its own, nor has a dead disk.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from edge import clock

R = TypeVar("R")


class Waiting(Exception):
    """It has neither answered nor failed yet; it goes on without us and dies with this process."""


class _Work(Generic[R]):
    def __init__(self, work: Callable[[], R]) -> None:
        self._work = work
        self.outcome: R | Exception = Waiting("no answer in time")
        self.done = threading.Event()

    def run(self) -> None:
        try:
            self.outcome = self._work()
        except Exception as reason:
            self.outcome = reason
        finally:
            self.done.set()

    def begin(self) -> None:
        try:
            threading.Thread(target=self.run, daemon=True).start()
        except RuntimeError as reason:  # no more threads, or the interpreter is on its way out
            self.outcome = reason
            self.done.set()


def run_within(seconds: float, works: Sequence[Callable[[], R]]) -> list[R | Exception]:
    """What each gave or raised, or ``Waiting``, after at most so many seconds for all of them together."""
    until = clock.monotonic() + seconds
    begun = [_Work(work) for work in works]
    for each in begun:
        each.begin()
    for each in begun:
        each.done.wait(max(0.0, until - clock.monotonic()))
    return [each.outcome for each in begun]
