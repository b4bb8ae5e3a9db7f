"""Whether sets may be deleted is told by what was tried, and only of the place where it was tried."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.backups.copies.protection import OF_A_DIRECTORY, Attempt, judge, shown

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
PLACE = "s3://sets at http://s3"


def attempt(*, removed: bool = False, replaced: bool = False, hidden: bool = False, locked: bool = False) -> Attempt:
    return Attempt(removed, replaced, hidden, NOON if locked else None)


@pytest.mark.parametrize(
    ("tried", "safe", "words"),
    [
        (OF_A_DIRECTORY, False, "may be deleted from this machine"),
        (attempt(removed=True, locked=True), False, "may be deleted"),
        (attempt(replaced=True), False, "may be overwritten"),
        (attempt(), True, "cannot be deleted from this machine (put only, without a lock)"),
        (attempt(locked=True), True, "keeps a set, and its log as long as the set"),
        (attempt(hidden=True, locked=True), True, "it can be hidden, and an older version then holds it"),
    ],
)
def test_what_could_be_destroyed_is_not_safe_whatever_the_lock_says(tried: Attempt, safe: bool, words: str) -> None:
    found = judge(tried, PLACE, NOON)
    assert found.safe is safe and words in found.sentence


def test_it_is_shown_with_when_it_was_tried() -> None:
    safe, line = shown(judge(attempt(), PLACE, NOON), PLACE, NOON + timedelta(hours=5))
    assert safe and line.startswith("What lies in") and line.endswith("tried 5 h ago.")


def test_what_was_found_of_another_place_says_nothing_of_this_one() -> None:
    safe, line = shown(judge(attempt(), "elsewhere", NOON), PLACE, NOON)
    assert not safe and "Nobody has tried yet" in line
