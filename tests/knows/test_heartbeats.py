"""A worker that was just started is neither dead nor proven to live."""

import pytest

from mainstay.watch.heartbeats import Sign, sign_of_life


@pytest.mark.parametrize(
    ("last", "now", "sign"),
    [
        (None, 100, Sign.AWAITED),  # at the first look it has hardly begun
        (None, 130, Sign.AWAITED),
        (None, 131, Sign.MISSING),  # it hangs
        (40, 101, Sign.AWAITED),  # what lies there is of an earlier release
        (40, 131, Sign.MISSING),
        (99, 101, Sign.AWAITED),  # so does this, though it is fresh
        (100, 101, Sign.SEEN),
        (125, 140, Sign.SEEN),
        (125, 156, Sign.MISSING),  # it lived, and stopped
    ],
)
def test_the_first_sign_of_life_may_take_as_long_as_any_later_one(last: float | None, now: float, sign: Sign) -> None:
    assert sign_of_life(last, 100, now, 30) is sign
