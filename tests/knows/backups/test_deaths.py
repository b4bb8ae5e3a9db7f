"""A backup whose process is gone is told by one of all who notice, and made up for once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mainstay.backups.deaths import SILENCE, TELLING, Ended, claimed, is_gone
from mainstay.backups.due import Asked, Due, Place, due, missed
from mainstay.backups.news import backup_died
from mainstay.backups.past import Past
from mainstay.backups.sets import Begun
from mainstay.descriptor.environment import Backups, BackupSlot

NIGHT = datetime(2026, 11, 20, 2, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BEGUN = Begun("20261120-020100.000-full-aaaa", "full", NIGHT, "anna", "web-1")
DIED = Past("full", NIGHT + MINUTE, None, False, BEGUN.id, died=True)
OLD = Past("full", NIGHT - DAY, NIGHT - DAY + HOUR, True)


def at(slot: BackupSlot, now: datetime, *past: Past) -> tuple[Due, ...]:
    return due(Asked(slot, now, now, UTC), [Place("shop", "production", Backups(full="nightly"), past)])


def test_a_process_that_cannot_be_seen_is_given_up_after_a_day_and_one_that_lives_never() -> None:
    for alive, after, expected in [(False, SECOND, True), (True, 9 * DAY, False), (None, SILENCE, False)]:
        assert is_gone(BEGUN, alive, NIGHT + after) is expected
    assert is_gone(BEGUN, None, NIGHT + SILENCE + SECOND)


def test_one_that_died_is_made_up_for_by_the_next_round_under_a_key_of_its_own() -> None:
    (first,) = at("nightly", NIGHT, OLD)
    (again,) = at("often", NIGHT + 3 * MINUTE, OLD, DIED)
    assert (again.kind, again.slot, again.time, again.key) == ("full", "nightly", NIGHT, f"{first.key}/again")


def test_it_is_made_up_for_once() -> None:
    second = replace(DIED, begun_at=NIGHT + 5 * MINUTE)
    assert at("often", NIGHT + 6 * MINUTE, OLD, DIED, second) == ()
    assert at("nightly", NIGHT + 8 * HOUR, OLD, DIED, second) == ()
    assert at("often", NIGHT + 6 * MINUTE, OLD, DIED, replace(second, died=False)) == ()


def test_the_next_slot_is_taken_as_ever() -> None:
    (found,) = at("nightly", NIGHT + DAY, OLD, DIED)
    assert not found.again and found.time == NIGHT + DAY


def test_one_that_died_was_not_missed() -> None:
    asked = Asked("often", NIGHT + HOUR, NIGHT + HOUR, UTC)
    assert missed(asked, [Place("shop", "production", Backups(full="nightly"), (OLD, DIED))]) == ()


def test_of_all_who_notice_one_tells_and_another_one_if_that_one_dies_too() -> None:
    mine = claimed(BEGUN, None, "mine", NIGHT)
    assert mine == Ended(BEGUN.id, "died", NIGHT, "mine")
    assert claimed(BEGUN, mine, "another", NIGHT + MINUTE) is None
    assert claimed(BEGUN, mine, "mine", NIGHT + MINUTE) is not None, "its own claim, tried again"
    late = claimed(BEGUN, mine, "another", NIGHT + TELLING + SECOND)
    assert late is not None and late.by == "another"
    assert claimed(BEGUN, replace(mine, told=True), "another", NIGHT + DAY) is None


def test_the_news_says_which_when_and_what_to_do() -> None:
    notice = backup_died("shop", "production", BEGUN)
    for words in (notice.english, notice.russian):
        assert BEGUN.id in words.happened and "2026-11-20 02:00 UTC" in words.happened
        assert "mainstay backup shop production --kind full" in words.do
