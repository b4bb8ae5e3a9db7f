"""Much is asked at once, the answers come in order, and no more is asked ahead than was said."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from edge.in_order import in_order
from tests.waiting import until


def test_answers_come_in_the_order_of_the_questions() -> None:
    first = threading.Event()

    def answer(number: int) -> int:
        if number == 0:
            first.wait(10)
        if number == 3:
            first.set()
        return number * number

    assert list(in_order(answer, range(20), at_once=4)) == [(n, n * n) for n in range(20)]


def test_no_more_is_asked_ahead_than_was_said() -> None:
    asked: list[int] = []

    def questions() -> Iterator[int]:
        for number in range(1000):
            asked.append(number)
            yield number

    with closing(in_order(str, questions(), at_once=5)) as answers:
        for taken in range(1, 50):
            next(answers)
            assert len(asked) <= taken + 5


def test_whoever_asks_hears_what_went_wrong_and_nothing_is_asked_afterwards() -> None:
    asked: list[int] = []

    def answer(number: int) -> int:
        asked.append(number)
        return 1 // (number - 7)

    with pytest.raises(ZeroDivisionError):
        for _ in in_order(answer, range(10_000), at_once=3):
            pass
    assert len(asked) < 15


def test_whoever_stops_early_leaves_nobody_at_work() -> None:
    with closing(in_order(str, range(1000), at_once=8)) as answers:
        next(answers)
    until(lambda: not [each for each in threading.enumerate() if each.name.startswith("asking")])
