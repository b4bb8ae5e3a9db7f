"""Things that go on at the same time, told one after the other: each says what it does now whenever it waits."""

from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from typing import TypeVar

from deployments.demo.display import Display
from edge import clock
from mainstay.errors import NotFinished, ServerLost, ServerRefused, StoreLost

LOOK_SECONDS = 0.1
T = TypeVar("T")
Waiting = Generator[str, None, T]  # yields what goes on now


def until(look: Callable[[], T | None], seconds: float, otherwise: str, now: Callable[[], str]) -> Waiting[T]:
    """What was waited for. Whoever does not answer meanwhile is asked again, but not for ever."""
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        with suppress(ServerLost, ServerRefused, StoreLost):
            if (found := look()) is not None:
                return found
        yield now()
    raise NotFinished(f"After {seconds:.0f} s {otherwise}.")


def play(lanes: Mapping[str, Waiting[None]], display: Display) -> None:
    """Each by its turn, until all are over."""
    left = dict(lanes)
    while left:
        for name, lane in list(left.items()):
            try:
                display.now(name, next(lane))
            except StopIteration:
                display.now(name, "")
                del left[name]
        clock.sleep(LOOK_SECONDS)
