"""A recovery key that nobody has used for 80 days is told of every week, and after 90 days its sets are amber."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.backups.news import recovery_key_unused
from mainstay.backups.proofs.recovery import Standing, judge_recovery

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
KEY = "age1ruakntg2p4cy3a2v70mptd0xt767v3933p42rcmpx7ryqstknc3q6754kn"


def after(passed: timedelta, *, checked: bool = True) -> Standing:
    """So long after it was used, or after the first set was sealed to it."""
    return judge_recovery(KEY, NOON if checked else None, NOON - (DAY if checked else 0 * DAY), NOON + passed)


@pytest.mark.parametrize("checked", [True, False])
def test_it_turns_amber_after_90_days_whether_it_was_ever_used_or_not(checked: bool) -> None:
    assert not after(90 * DAY, checked=checked).amber and after(90 * DAY + SECOND, checked=checked).amber


def test_people_hear_of_it_from_80_days_on_once_a_week() -> None:
    weeks = [after(days * DAY + SECOND).week for days in (0, 79, 80, 86, 87, 94, 101)]
    assert weeks == [None, None, 0, 0, 1, 2, 3] and after(80 * DAY).week is None


def test_one_that_nobody_has_tried_yet_is_asked_for_after_three_days() -> None:
    """Its only copy may have been a terminal that was closed."""
    weeks = [after(days * DAY + SECOND, checked=False).week for days in (0, 2, 3, 9, 10, 80)]
    assert weeks == [None, None, 0, 0, 1, 11] and not after(80 * DAY, checked=False).amber


def test_having_used_it_counts_from_then_on() -> None:
    assert judge_recovery(KEY, NOON + 85 * DAY, NOON, NOON + 91 * DAY).amber is False


def test_it_says_whether_it_was_ever_used() -> None:
    assert "was last used 90 d ago" in after(90 * DAY).sentence
    assert "was never used since sets are sealed to it, 90 d ago" in after(90 * DAY, checked=False).sentence


def test_the_news_says_until_when_and_how() -> None:
    notice = recovery_key_unused("shop", "production", after(81 * DAY))
    for words in (notice.english, notice.russian):
        assert KEY in words.happened and "2027-02-18" in words.means and "mainstay recovery-key --check" in words.do
