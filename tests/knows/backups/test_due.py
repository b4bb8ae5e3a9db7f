"""Which backups a slot takes: each once, and a missed stretch once."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mainstay.backups.due import AHEAD, CLOCKS, Asked, Due, Missed, Place, by_place, due, missed, slot_at
from mainstay.backups.news import backups_missed
from mainstay.backups.past import Past, pasts
from mainstay.backups.sets import new_id, piece_key
from mainstay.descriptor.environment import Backups, BackupSlot

NIGHT = datetime(2026, 11, 20, 2, tzinfo=UTC)
NOON = NIGHT + timedelta(hours=10)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ALL = Backups(full="nightly", database="hourly", files="hourly", incremental="often")
BERLIN, HOWE, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kolkata")


def begun(kind: str, at: datetime, *, good: bool = True) -> Past:
    return Past(kind, at, at + MINUTE if good else None, good)  # type: ignore[arg-type]


def shop(*past: Past, backups: Backups = ALL, environment: str = "production") -> Place:
    return Place("shop", environment, backups, past)


def asked(slot: BackupSlot, now: datetime, at: datetime | None = None) -> Asked:
    return Asked(slot, at or now, now, UTC)


def kinds(found: tuple[Due, ...]) -> list[str]:
    return [each.kind for each in found]


def test_a_slot_takes_what_the_descriptor_gave_it() -> None:
    assert kinds(due(asked("nightly", NIGHT), [shop()])) == ["full"]
    assert kinds(due(asked("hourly", NIGHT), [shop()])) == ["database", "files"]
    assert kinds(due(asked("often", NIGHT), [shop()])) == ["incremental"]
    assert due(asked("nightly", NIGHT), [shop(backups=Backups())]) == ()


def test_the_key_is_made_of_the_slot_and_not_of_when_it_was_asked_for() -> None:
    (first,), (later,) = (due(asked("nightly", now), [shop()]) for now in (NIGHT + SECOND, NIGHT + 7 * HOUR))
    assert first.key == later.key == "nightly/2026-11-20T02:00:00Z/shop/production/full"


def test_what_has_begun_in_a_slot_is_not_begun_again_however_it_ended() -> None:
    for good in (True, False):
        assert due(asked("nightly", NIGHT + HOUR), [shop(begun("full", NIGHT + MINUTE, good=good))]) == ()


def test_another_kind_is_no_substitute() -> None:
    assert kinds(due(asked("nightly", NIGHT), [shop(begun("database", NIGHT + SECOND))])) == ["full"]
    assert kinds(due(asked("hourly", NIGHT), [shop(begun("full", NIGHT + SECOND))])) == ["database", "files"]
    assert missed(asked("often", NOON), [shop(begun("full", NIGHT + SECOND))]) == ()


def test_a_full_set_is_as_good_as_an_increment() -> None:
    """Without anything to stand on an increment becomes one; that it did is nothing that was missed."""
    made = [begun("full", NIGHT + minutes * MINUTE) for minutes in (0, 3, 6)]
    old = begun("incremental", NIGHT - 3 * MINUTE)
    backups = Backups(full="nightly", incremental="often")
    assert due(asked("often", NIGHT + 7 * MINUTE), [shop(old, *made, backups=backups)]) == ()
    assert missed(asked("often", NIGHT + 9 * MINUTE), [shop(old, *made, backups=backups)]) == ()


def test_in_step_nothing_is_missed() -> None:
    last, before = begun("full", NIGHT - DAY + 20 * MINUTE), begun("full", NIGHT - 2 * DAY + 40 * MINUTE)
    for now in (NIGHT, NIGHT + CLOCKS["nightly"].late):
        assert missed(asked("nightly", now), [shop(before, last)]) == ()
    assert missed(asked("nightly", NIGHT + 9 * HOUR), [shop(before, last, begun("full", NIGHT + 20 * MINUTE))]) == ()


def test_nights_without_a_machine_are_one_stretch_with_one_catch_up() -> None:
    place = shop(begun("full", NIGHT - 5 * DAY), begun("full", NIGHT - 4 * DAY, good=False))
    for now, newest in ((NIGHT + SECOND, NIGHT - DAY), (NIGHT + 7 * HOUR, NIGHT)):
        (found,) = due(asked("nightly", now, NIGHT - 2 * DAY), [place])
        (told,) = missed(asked("nightly", now, NIGHT - 2 * DAY), [place])
        assert (found.time, told) == (NIGHT, stretch(NIGHT - 4 * DAY, newest, NIGHT - 5 * DAY))


def stretch(since: datetime, newest: datetime, whole: datetime | None) -> Missed:
    return Missed("shop", "production", "full", "nightly", since, newest, whole)


def test_a_run_that_waited_all_the_time_does_not_hide_what_was_missed() -> None:
    """It was there before the machine went, and begins when that is back, before any round."""
    old, waited = NIGHT - 3 * DAY, NIGHT + 7 * HOUR
    for now in (waited, waited + 10 * HOUR):
        told = missed(asked("often", now), [shop(begun("full", old), begun("full", waited))])
        assert told == (stretch(old, NIGHT, old),)


def test_where_none_was_ever_begun_none_was_missed_and_its_own_slot_begins_with_it() -> None:
    assert missed(asked("nightly", NOON), [shop()]) == ()
    assert kinds(due(asked("often", NOON), [shop()])) == ["incremental"]
    assert kinds(due(asked("nightly", NOON), [shop()])) == ["full"]


def test_the_run_of_a_night_that_was_lost_is_made_up_for_by_a_more_frequent_slot() -> None:
    late = NIGHT + CLOCKS["nightly"].late
    place = shop(begun("full", NIGHT - DAY + MINUTE), begun("database", late), begun("incremental", late))
    assert due(asked("often", late), [place]) == ()
    (found,) = due(asked("often", late + SECOND), [place])
    assert (found.kind, found.slot, found.time) == ("full", "nightly", NIGHT)
    assert found.key == due(asked("nightly", NIGHT), [place])[0].key


def test_starts_are_spread_within_the_bound_and_always_the_same() -> None:
    names = [f"system-{number}" for number in range(100)]
    for slot, clock in CLOCKS.items():
        places = [Place(name, "production", Backups(full=slot), ()) for name in names]
        offsets = [each.begins_at - NIGHT for each in due(asked(slot, NIGHT), places)]
        assert offsets == [each.begins_at - NIGHT for each in due(asked(slot, NIGHT), places)]
        assert all(SECOND < offset < clock.spread for offset in offsets)
        assert max(offsets) - min(offsets) > clock.spread / 2
        assert clock.spread < clock.late


def test_who_comes_late_begins_nothing_in_the_past() -> None:
    for now in (NIGHT + HOUR, NOON):
        (found,) = due(asked("nightly", now), [shop()])
        assert now <= found.begins_at < now + CLOCKS["nightly"].spread


def test_a_round_that_is_let_go_a_little_early_takes_the_slot_to_come() -> None:
    """Prefect lets one go up to half a second before its time."""
    yesterday = shop(begun("full", NIGHT - DAY + MINUTE))
    for early in (SECOND / 2, AHEAD):
        (found,) = due(asked("nightly", NIGHT - early, NIGHT), [yesterday])
        assert found.time == NIGHT < found.begins_at
        assert missed(asked("nightly", NIGHT - early, NIGHT), [yesterday]) == ()
    assert due(asked("nightly", NIGHT - AHEAD - SECOND, NIGHT), [yesterday]) == ()


@pytest.mark.parametrize("scheduled", [NIGHT - 400 * DAY, NIGHT - DAY, NIGHT + DAY, NIGHT + 4000 * DAY])
def test_a_slot_of_long_ago_or_far_ahead_is_not_taken(scheduled: datetime) -> None:
    (found,) = due(asked("nightly", NIGHT + MINUTE, scheduled), [shop()])
    assert found.time == NIGHT


def test_a_backup_of_the_future_bars_no_slot_but_its_own() -> None:
    """Somebody's clock was wrong: it must not mean that there are no backups for years."""
    place = shop(begun("full", NIGHT - DAY + MINUTE), begun("full", NIGHT + 5000 * DAY))
    assert kinds(due(asked("nightly", NIGHT + SECOND), [place])) == ["full"]
    assert missed(asked("nightly", NIGHT + SECOND), [place]) == ()
    assert due(asked("nightly", NIGHT + 5000 * DAY), [place]) == ()


def test_people_hear_of_a_place_at_once() -> None:
    old = [begun(kind, NIGHT - 9 * DAY) for kind in ("full", "database", "files")]
    staging = shop(*old, environment="staging")
    told = by_place(missed(asked("often", NOON), [shop(*old), staging, Place("cafe", "production", ALL, ())]))
    assert {place: [each.kind for each in stretches] for place, stretches in told.items()} == {
        ("shop", "production"): ["full", "database", "files"],
        ("shop", "staging"): ["full", "database", "files"],
    }
    words = backups_missed("shop", "staging", told["shop", "staging"])
    for text in (words.english.happened, words.russian.happened):
        assert "full (nightly)" in text and "2026-11-20 02:00 UTC" in text and "2026-11-11 02:00 UTC" in text


@pytest.mark.parametrize(
    ("zone", "day", "hour_in_utc"),
    [
        (BERLIN, datetime(2026, 3, 28, 12, tzinfo=UTC), 0),  # 02:00 is not there: an hour before
        (BERLIN, datetime(2026, 10, 24, 12, tzinfo=UTC), 0),  # 02:00 is there twice: the first
        (BERLIN, datetime(2026, 7, 1, 12, tzinfo=UTC), 0),
        (BERLIN, datetime(2026, 12, 1, 12, tzinfo=UTC), 1),
        (HOWE, datetime(2026, 10, 3, 12, tzinfo=UTC), 15),
    ],
)
def test_a_night_has_one_slot_also_when_clocks_are_changed(zone: ZoneInfo, day: datetime, hour_in_utc: int) -> None:
    times = {slot_at("nightly", day + minutes * MINUTE, zone) for minutes in range(24 * 60)}
    (_, tonight) = sorted(times)
    assert tonight.hour == hour_in_utc


@pytest.mark.parametrize("zone", [UTC, BERLIN, HOWE, KOLKATA])
@pytest.mark.parametrize("slot", CLOCKS)
def test_slots_of_a_year_follow_each_other_without_a_gap(slot: BackupSlot, zone: ZoneInfo) -> None:
    longest = {"often": 3 * MINUTE, "hourly": HOUR, "nightly": 25 * HOUR}[slot]
    at = slot_at(slot, NIGHT, zone)
    for _ in range(400):
        before = slot_at(slot, at - SECOND, zone)
        assert slot_at(slot, at, zone) == at and SECOND < at - before <= longest
        at = before


def test_what_was_begun_is_told_by_the_names_in_the_store() -> None:
    whole, broken = new_id("full", NIGHT, "abcdef0123"), new_id("incremental", NOON, "0123456789")
    objects = [(whole, "begun.json"), (whole, "files/uploads-0"), (whole, "set.json"), (broken, "begun.json")]
    written = [(piece_key("shop", "production", id, name), NOON + HOUR) for id, name in objects]
    strange = [("sets/shop/production/notes.txt", NOON), ("sets/shop/production/20261399-250000.000-full-a/x", NOON)]
    assert pasts([*written, *strange]) == (
        Past("full", NIGHT, NOON + HOUR, True, whole),
        Past("incremental", NOON, None, False, broken),
    )
