"""The log is locked as long as the sets that cannot be restored without it, and no part of it for another's sake."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mainstay.backups.log.locked import plan_log_locks
from mainstay.backups.sets import BackupSet, Base, Piece, Point
from tests.knows.backups.small_sets import made

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PIECE = Piece("a", 1, "", 1)
BASE = Base(PIECE, PIECE, "7300", 1, "0/2000028", "0/2000100", "18.1", "18.1")
FULL, LATER = made("20261101-020000.000-full-aaaa"), made("20261101-030000.000-database-bbbb", "database")


def name(number: int, timeline: int = 1) -> str:
    return f"{timeline:08X}00000000{number:08X}"


def with_base(base: Base = BASE) -> BackupSet:
    return replace(FULL, base=base)


def point(at: str) -> BackupSet:
    return replace(LATER, point=Point("p", "7300", 1, at, FULL.id))


def test_a_base_has_the_log_locked_that_it_needs_to_start() -> None:
    log = plan_log_locks([with_base()], {FULL.id: NOW})["7300"]
    assert log.until(f"{name(2)}.signed") == NOW
    assert log.until(f"{name(1)}.signed") is None and log.until(f"{name(3)}.signed") is None


def test_a_point_has_all_the_log_locked_from_its_base_on() -> None:
    late = NOW + timedelta(days=30)
    log = plan_log_locks([with_base(), point("0/5000010")], {FULL.id: NOW, LATER.id: late})["7300"]
    assert [log.until(f"{name(n)}-abc123.zst.age") for n in range(1, 7)] == [None, late, late, late, late, None]


def test_a_set_that_is_not_locked_locks_no_log() -> None:
    assert plan_log_locks([with_base(), point("0/5000010")], {FULL.id: NOW})["7300"].until(name(4)) is None
    assert plan_log_locks([with_base()], {}) == {}


def test_a_point_whose_base_is_gone_and_another_timeline_lock_nothing() -> None:
    assert plan_log_locks([point("0/5000010")], {LATER.id: NOW}) == {}
    assert plan_log_locks([with_base()], {FULL.id: NOW})["7300"].until(name(2, timeline=2)) is None


def test_parts_of_segments_and_histories_are_locked_for_nobody() -> None:
    log = plan_log_locks([with_base()], {FULL.id: NOW})["7300"]
    assert log.until(f"partial/{name(2)}/00000100.signed") is None and log.until("00000002.history.signed") is None


def test_a_set_whose_point_stands_on_another_base_has_the_log_of_both_locked() -> None:
    own = replace(BASE, start="0/6000028", stop="0/6000100")
    both = replace(LATER, base=own, point=Point("p", "7300", 1, "0/5000010", FULL.id))
    log = plan_log_locks([with_base(), both], {LATER.id: NOW})["7300"]
    assert [n for n in range(1, 8) if log.until(name(n))] == [2, 3, 4, 5, 6]
