"""Pruners that are killed for real, two at a time: no set that stays is harmed, and the next completes what goes."""

import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge import clock
from tests.doors.backups.prune_rig import Yard, in_memory
from tests.doors.backups.prune_runner import KEEP
from tests.doors.store_rig import ROOT

LONGEST_SECONDS = 0.4  # a whole pruning takes longer


@pytest.fixture(scope="module")
def template() -> Iterator[Yard]:
    """Twelve sets in three chains were condemned a day ago; two newer chains stay."""
    with in_memory() as root:
        yard = Yard(root, KEEP, random.Random(1))
        for _ in range(5):
            parent = yard.take("full")
            for _ in range(3):
                yard.time += timedelta(minutes=3)
                parent = yard.take("incremental", parent)
            yard.time += timedelta(days=1)
        yard.time -= timedelta(hours=23)
        yard.prune()
        yard.time += timedelta(hours=24)
        yield yard


def runner(yard: Yard) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-m", "tests.doors.backups.prune_runner", str(yard.root), yard.time.isoformat()]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def begun(child: "subprocess.Popen[str]") -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == "it begins\n"


def killed(child: "subprocess.Popen[str]") -> bool:
    """Whether it was still at it."""
    at_it = child.poll() is None
    child.kill()
    child.wait()
    assert child.stdout is not None
    child.stdout.close()
    return at_it


@pytest.mark.parametrize("seed", range(12))
def test_two_pruners_killed_anywhere_leave_whole_sets(template: Yard, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    yard = template.copied(template.root.with_name(f"seed-{seed}"))
    kept = yard.whole()[-8:]
    at_it = 0
    for _ in range(2):
        pruners = [runner(yard), runner(yard)]
        for each in pruners:
            begun(each)
        for each in pruners:
            clock.sleep(chance.uniform(0, LONGEST_SECONDS))
            at_it += killed(each)
        assert not yard.faults() and set(kept) <= set(yard.whole())
    assert at_it, "nobody was killed in the middle"
    yard.prune(agree=True)
    yard.prune(agree=True)
    assert not yard.faults() and set(kept) <= set(yard.whole())
    gone = [entry.key for entry in yard.store.listing("sets") if entry.key.split("/")[3] not in yard.whole()]
    assert not gone, "what began to go is gone"
