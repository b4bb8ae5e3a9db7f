"""A running change killed at every step, on a whole installation that nobody helps."""

import random
import time
from collections.abc import Callable, Iterator

import pytest

from tests.drills.change_rig import Target, begun, ended_state, settled, when
from tests.whole import Whole, until

SEED = 2026
MOMENTS: dict[str, Callable[[Target], bool]] = {
    "it has its turn": lambda target: True,
    "its wish is written": lambda target: target.entry(0),
    "its step is written": lambda target: target.entry(1),
    "the gate does its step": lambda target: target.entry(1) and target.in_its_gate(),
    "its proof is written": lambda target: target.entry(2),
    "it is closed": lambda target: target.entry(3),
}
RANDOM_SECONDS = [round(random.Random(SEED + number).uniform(0, 4), 2) for number in range(4)]


@pytest.fixture(autouse=True)
def open_site(whole: Whole) -> Iterator[None]:
    """Each drill begins and ends with the application shown, and with everything up."""
    until(whole.answers, seconds=120)
    yield
    until(whole.answers, seconds=120)
    if whole.page().status == 503:
        said = whole.command("maintenance", "practice", "production", "down")
        assert said.exit == 0, said.text


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_change_killed_when(moment: str, whole: Whole) -> None:
    target = begun(whole)
    when(lambda: MOMENTS[moment](target))
    target.strike()
    print(moment, settled(target))
    print(ended_state(target))


@pytest.mark.parametrize("seconds", RANDOM_SECONDS)
def test_a_change_killed_at_a_random_moment(seconds: float, whole: Whole) -> None:
    target = begun(whole)
    time.sleep(seconds)
    if target.alive:
        target.strike()
    print(seconds, settled(target), ended_state(target))
