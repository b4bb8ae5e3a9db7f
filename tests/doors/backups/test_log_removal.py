"""The log goes after the sets that needed it, out of a real store."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest

from mainstay.backups.sets import Base, Piece
from mainstay.descriptor.environment import Keep
from tests.doors.backups.prune_rig import Yard, in_memory

CLUSTER = "7300000000000000001"
FOLDER = f"wal/shop/production/{CLUSTER}"
DAY = timedelta(days=1)


@pytest.fixture
def yard() -> Iterator[Yard]:
    """A proven full with a base each night; each takes a segment of the log, and the night writes three."""
    with in_memory() as root:
        yard = Yard(root, Keep(hourly=0, daily=2, weekly=0, monthly=0, yearly=0, all_for_hours=24), Random(1))
        for night in range(5):
            yard.take("full", base=base(4 * night + 1))
            for segment in range(4 * night + 1, 4 * night + 5):
                ship(yard, f"{1:08X}00000000{segment:08X}")
            yard.time += DAY
        yard.store.publish(f"{FOLDER}/00000001.history.signed", b"history")
        yard.store.publish("wal/shop/production/breaks/20261120T000000Z.json", b"told")
        yield yard


def base(segment: int) -> Base:
    piece = Piece(f"sets/shop/production/base-{segment}", 1, "a" * 64, 1)
    return Base(piece, piece, CLUSTER, 1, f"0/{segment:X}000028", f"0/{segment:X}000100", "18.1", "18.1")


def ship(yard: Yard, name: str) -> None:
    for ending in ("-abcdef.zst.age", ".signed"):
        yard.store.publish(f"{FOLDER}/{name}{ending}", name.encode())


def segments(yard: Yard) -> list[int]:
    names = [entry.key.rpartition("/")[2] for entry in yard.store.listing(FOLDER)]
    return sorted({int(name[16:24], 16) for name in names if len(name.partition(".")[0].partition("-")[0]) == 24})


def test_it_goes_with_the_sets_and_what_stays_is_a_window_and_what_each_set_needs(yard: Yard) -> None:
    first = yard.whole()[0]
    assert yard.hold(first)
    yard.prune()
    assert yard.pruning().forget_log() == 24
    assert segments(yard) == [1, 5, 9, 13, 17, 18, 19, 20], "condemned sets still have theirs"
    yard.time += DAY
    yard.prune(agree=True)
    assert yard.pruning().forget_log() == 4
    assert segments(yard) == [1, 13, 17, 18, 19, 20]
    others = [entry.key for entry in yard.store.listing("wal") if "history" in entry.key or "breaks" in entry.key]
    assert len(others) == 2


def test_while_anything_is_in_doubt_no_log_goes(yard: Yard) -> None:
    before = segments(yard)
    yard.store.publish(yard.key("20200101-000000.000-full-aaaa", "set.json"), b"nonsense")
    assert yard.pruning().forget_log() == 0 and segments(yard) == before


def test_while_a_restore_reads_or_the_last_backup_failed_no_log_goes_either(yard: Yard) -> None:
    """Also when no set would go, so that nobody asks whether the hour is good."""
    before = segments(yard)
    with yard.reading(yard.whole()[-1]):
        assert yard.pruning().forget_log() == 0 and segments(yard) == before
    failed = yard.begin("full")
    assert failed is not None
    yard.fail(failed)
    assert yard.pruning().forget_log() == 0 and segments(yard) == before
    yard.time += timedelta(hours=1)
    yard.take("full", base=base(21))
    assert yard.pruning().forget_log() > 0
