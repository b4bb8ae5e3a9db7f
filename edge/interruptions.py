"""Signals that would tear what must not be torn are heard right after it.

A handler that raises (Prefect's, on a cancellation) may raise at any point, also between the birth of a
child and the moment its number is known. Such a child would act on, unseen, after the way back.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

RAISING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def heard_after() -> Iterator[None]:
    """Inside, no handler of these signals runs; what came meanwhile is raised anew at the end."""
    if threading.current_thread() is not threading.main_thread():  # handlers run in the main thread only
        yield
        return
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    handlers = {number: handler for number in RAISING if callable(handler := signal.getsignal(number))}
    for number in handlers:  # not blocked: a child inherits what is blocked, and would be deaf for life
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for missed in dict.fromkeys(came):
            signal.raise_signal(missed)
