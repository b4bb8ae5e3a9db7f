"""When an automation that could not act is news."""

from datetime import UTC, datetime, timedelta

from mainstay.automations import TOLD_FOR, Acted, Held, could_not_act

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HELD = {"1": Held("undo what failed", NOON - timedelta(days=3)), "2": Held("tidy up", NOON - timedelta(days=3))}


def ago(minutes: float, automation: str = "1", why_not: str = "no such deployment") -> Acted:
    return Acted(automation, NOON - timedelta(minutes=minutes), why_not)


def test_one_that_could_not_act_is_named_with_its_reason() -> None:
    (said,) = could_not_act(HELD, [ago(5)], NOON)
    assert "«undo what failed» was to act at 2026-11-20 11:55:00 UTC and could not: no such deployment." in said


def test_one_that_acted_since_is_no_news() -> None:
    assert could_not_act(HELD, [ago(1, why_not=""), ago(5)], NOON) == ()
    assert could_not_act(HELD, [ago(5, why_not=""), ago(1)], NOON) != ()


def test_that_another_one_acts_says_nothing_of_this_one() -> None:
    assert len(could_not_act(HELD, [ago(5, "1"), ago(1, "2", why_not="")], NOON)) == 1
    assert len(could_not_act(HELD, [ago(5, "1"), ago(1, "2")], NOON)) == 2


def test_one_that_was_mended_or_taken_away_since_is_no_news() -> None:
    assert could_not_act({"1": Held("undo what failed", NOON - timedelta(minutes=4))}, [ago(5)], NOON) == ()
    assert could_not_act({}, [ago(5)], NOON) == ()


def test_after_an_hour_it_is_no_news() -> None:
    late = NOON - timedelta(minutes=5) + TOLD_FOR
    assert could_not_act(HELD, [ago(5)], late - timedelta(seconds=1)) != ()
    assert could_not_act(HELD, [ago(5)], late) == ()
