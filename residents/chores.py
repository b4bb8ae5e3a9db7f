"""Work that is done again and again beside the loop, so that the loop never waits for it."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from edge import clock
from mainstay.keeper import Trouble

LONGEST_GAP_SECONDS = 60.0

log = logging.getLogger("keeper")


class Chore:
    """One at a time, in a thread of its own. A failure is told once, shown until it passes, and tried again
    ever more slowly.
    """

    def __init__(self, name: str, work: Callable[[], None], *, every_seconds: float) -> None:
        self.name = name
        self.trouble: Trouble | None = None
        self._work = work
        self._every_seconds = every_seconds
        self._failures = 0
        self._due_at = 0.0
        self._thread: threading.Thread | None = None

    def turn(self) -> None:
        """Begin it if it is due and not under way."""
        if self._thread is not None and self._thread.is_alive():
            return
        if self._thread is not None:
            self._due_at = clock.monotonic() + self._gap_seconds()
            self._thread = None
        if clock.monotonic() >= self._due_at:
            self._thread = threading.Thread(target=self.once, name=self.name, daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Wait for what is under way."""
        if self._thread is not None:
            self._thread.join()

    def once(self) -> None:
        """Here and now."""
        try:
            self._work()
        except Exception as reason:  # not lost: it stands in the report until the work succeeds
            self._failed(reason, clock.now())
        else:
            self._succeeded()

    def _failed(self, reason: Exception, now: datetime) -> None:
        self._failures += 1
        why = f"{reason}" or type(reason).__name__
        if self.trouble is None or self.trouble.why != why:
            log.error("%s failed and is tried again: %s", self.name, why, exc_info=reason)
        self.trouble = Trouble(self.name, self.trouble.since if self.trouble else now, why)

    def _succeeded(self) -> None:
        if self.trouble is not None:
            log.info("%s works again, after %d failure(s)", self.name, self._failures)
        self._failures, self.trouble = 0, None

    def _gap_seconds(self) -> float:
        doubled: float = self._every_seconds * 2 ** min(self._failures, 10)
        return max(self._every_seconds, min(doubled, LONGEST_GAP_SECONDS))
