"""Of every environment that is backed up by a clock, once a night, after its backups."""

from datetime import UTC, datetime, timedelta

from mainstay.backups.due import Asked, Place
from mainstay.backups.retention.nightly import AFTER, prunings_due
from mainstay.descriptor.environment import Backups, BackupSlot

NIGHT = datetime(2026, 11, 20, 2, tzinfo=UTC)
SHOP = Place("shop", "production", Backups(files="hourly"), ())
CAFE = Place("cafe", "production", Backups(full="nightly"), ())
UNKEPT = Place("shop", "staging", Backups(), ())


def asked(slot: BackupSlot, now: datetime) -> Asked:
    return Asked(slot, now, now, UTC)


def test_what_is_kept_by_a_clock_is_pruned_at_night_and_at_no_other_slot() -> None:
    found = prunings_due(asked("nightly", NIGHT), [SHOP, UNKEPT, CAFE])
    assert [str(each) for each in found] == ["pruning of shop production", "pruning of cafe production"]
    assert not prunings_due(asked("often", NIGHT), [SHOP]) and not prunings_due(asked("hourly", NIGHT), [SHOP])


def test_it_begins_after_the_backups_of_its_night_and_they_do_not_all_begin_at_once() -> None:
    first, second = prunings_due(asked("nightly", NIGHT), [SHOP, CAFE])
    assert first.begins_at == NIGHT + AFTER < second.begins_at


def test_asked_for_late_it_begins_at_once_and_under_the_same_key() -> None:
    (on_time,) = prunings_due(asked("nightly", NIGHT), [SHOP])
    (late,) = prunings_due(asked("nightly", NIGHT + timedelta(hours=9)), [SHOP])
    assert late.key == on_time.key == "nightly/2026-11-20T02:00:00Z/shop/production/prune"
    assert late.begins_at == NIGHT + timedelta(hours=9)
