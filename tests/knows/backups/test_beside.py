"""What a slot starts beside the backups: each once, and only where there is something to copy or to lock."""

from datetime import UTC, datetime

from mainstay.backups.beside import Beside, beside
from mainstay.backups.due import CLOCKS, Asked, Place
from mainstay.backups.past import Past
from mainstay.descriptor.environment import Backups, BackupSlot

NIGHT = datetime(2026, 11, 28, 2, tzinfo=UTC)
PLACES = (
    Place("shop", "production", Backups(), (Past("full", NIGHT, NIGHT, True),)),
    Place("shop", "staging", Backups(), ()),
)


def started(slot: BackupSlot, now: datetime = NIGHT, *, has_copy: bool = True) -> tuple[Beside, ...]:
    return beside(Asked(slot, NIGHT, now, UTC), PLACES, has_copy=has_copy)


def test_every_hour_what_has_sets_is_copied_if_there_is_a_second_store() -> None:
    assert [str(each) for each in started("hourly")] == ["copy of shop production"]
    assert started("hourly", has_copy=False) == ()


def test_every_night_what_has_sets_is_protected_with_or_without_a_copy() -> None:
    assert [str(each) for each in started("nightly", has_copy=False)] == ["protect of shop production"]


def test_of_one_slot_it_is_one_run_however_late_it_is_asked_for() -> None:
    late = NIGHT.replace(minute=20)
    assert started("hourly")[0].key == started("hourly", late)[0].key
    assert started("hourly")[0].key != started("hourly", NIGHT.replace(hour=3))[0].key


def test_it_is_not_done_every_three_minutes() -> None:
    assert started("often") == ()


def test_not_all_begin_at_once_and_each_within_the_spread_of_its_slot() -> None:
    many = [Place(f"shop-{number}", "production", Backups(), PLACES[0].past) for number in range(20)]
    found = beside(Asked("nightly", NIGHT, NIGHT, UTC), many, has_copy=True)
    begin = {each.begins_at for each in found}
    assert len(begin) > 15 and all(NIGHT < each <= NIGHT + CLOCKS["nightly"].spread for each in begin)
