"""Much waiting at once, for what is asked of a server piece by piece; the answers come in the order of the questions.

Only inside a door, and only for what can be asked twice: a signal lands in whoever waits for the answers, and what is
on its way then ends by its own deadline.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


def in_order(ask: Callable[[Q], A], questions: Iterable[Q], *, at_once: int) -> Generator[tuple[Q, A], None, None]:
    """So many are asked ahead, and no more: memory does not grow with them. Whoever stops early closes it."""
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="asking")
    waiting: deque[tuple[Q, Future[A]]] = deque()
    left = iter(questions)
    try:
        while True:
            more = [question for _, question in zip(range(at_once - len(waiting)), left, strict=False)]
            waiting.extend((question, pool.submit(ask, question)) for question in more)
            if not waiting:
                return
            question, answer = waiting.popleft()
            yield question, answer.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
