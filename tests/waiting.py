"""A test that waits in vain fails, and says so."""

from collections.abc import Callable

from edge import clock, processes
from edge.processes import Identity

PAUSE_SECONDS = 0.05


def until(holds: Callable[[], bool], *, seconds: float = 30, otherwise: Identity | None = None) -> float:
    """How long it took. What does not come true in time fails here, after ending whoever should have gone."""
    begun = clock.monotonic()
    while not holds():
        if clock.monotonic() - begun > seconds:
            if otherwise:
                processes.end(otherwise, grace_seconds=2)
            raise AssertionError(f"it did not come true within {seconds:g} s")
        clock.sleep(PAUSE_SECONDS)
    return clock.monotonic() - begun
