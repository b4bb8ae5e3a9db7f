"""Whatever happens in whatever order, each set that stays can be brought back with all that it stands on."""

from collections import Counter
from random import Random

import pytest

from tests.doors.backups.prune_history import History, random_keep
from tests.doors.backups.prune_rig import Yard, in_memory

HISTORIES = 64


@pytest.fixture(scope="module")
def told() -> tuple[list[str], Counter[str]]:
    faults, count = list[str](), Counter[str]()
    for seed in range(HISTORIES):
        with in_memory() as root:
            found = History(Yard(root, random_keep(Random(seed)), Random(seed)), seed).run(60)
            faults += (f"history {seed}: {each}" for each in found.faults)
            count += found.yard.count
    return faults, count


def test_no_set_is_ever_torn_and_the_last_proven_one_stays(told: tuple[list[str], Counter[str]]) -> None:
    assert told[0] == []


@pytest.mark.parametrize("what", ["gone", "gone by a sleeper", "killed", "refused", "a sleeper was stopped", "failed"])
def test_it_all_happened(told: tuple[list[str], Counter[str]], what: str) -> None:
    """Histories in which nothing goes would be in order, too."""
    assert told[1][what] > 1, dict(told[1])
