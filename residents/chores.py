"""Work that is done again and again beside the loop, so that the loop never waits for it."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from edge import clock
from mainstay.keeper import Trouble

LONGEST_GAP_SECONDS = 60.0
LIMIT_SECONDS = 120.0  # for whom nothing else is said; the slowest of them gives up by itself long before

log = logging.getLogger("keeper")


class Chore:
    """One at a time, in a thread of its own. A failure is told once, shown until it passes, and tried again
    ever more slowly. One that does not come to its end within its limit is trouble too.
    """

    def __init__(
        self, name: str, work: Callable[[], None], *, every_seconds: float, limit_seconds: float = LIMIT_SECONDS
    ) -> None:
        self.name = name
        self._work = work
        self._every_seconds, self._limit_seconds = every_seconds, limit_seconds
        self._failed_since: Trouble | None = None
        self._begun: tuple[float, datetime] | None = None  # None: not under way
        self._failures = 0
        self._due_at = 0.0
        self._thread: threading.Thread | None = None

    @property
    def trouble(self) -> Trouble | None:
        """What somebody must see: it hangs, or failed the last time."""
        begun = self._begun
        if begun is None or clock.monotonic() - begun[0] < self._limit_seconds:
            return self._failed_since
        why = (
            f"it has been at work since {begun[1]:%Y-%m-%d %H:%M:%S} UTC, longer than the {self._limit_seconds:g} s it"
            " may take, so it hangs and is not done. If that lasts, end the keeper: its programs go on, and init"
            " (or mainstay up) starts it anew."
        )
        return Trouble(self.name, begun[1], why)

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

    def wait(self, seconds: float) -> bool:
        """Whether it is at work no more. It is not begun again before somebody says so."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    def once(self) -> None:
        """Here and now."""
        self._begun = (clock.monotonic(), clock.now())
        try:
            self._work()
        except Exception as reason:  # not lost: it stands in the report until the work succeeds
            self._failed(reason, clock.now())
        else:
            self._succeeded()
        finally:
            self._begun = None

    def _failed(self, reason: Exception, now: datetime) -> None:
        self._failures += 1
        why = f"{reason}" or type(reason).__name__
        if self._failed_since is None or self._failed_since.why != why:
            log.error("%s failed and is tried again: %s", self.name, why, exc_info=reason)
        self._failed_since = Trouble(self.name, self._failed_since.since if self._failed_since else now, why)

    def _succeeded(self) -> None:
        if self._failed_since is not None:
            log.info("%s works again, after %d failure(s)", self.name, self._failures)
        self._failures, self._failed_since = 0, None

    def _gap_seconds(self) -> float:
        doubled: float = self._every_seconds * 2 ** min(self._failures, 10)
        return max(self._every_seconds, min(doubled, LONGEST_GAP_SECONDS))
