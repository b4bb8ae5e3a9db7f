"""The calendar of retention: hours, days, weeks, months and years as the installation counts them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mainstay.descriptor.environment import Keep
from tests.knows.backups.retention_rig import ago, at, increment, keep, kept, planned, reasons, taken

BERLIN = ZoneInfo("Europe/Berlin")


def test_the_newest_proven_one_of_each_period_stays_and_says_which() -> None:
    sets = [taken("late", 1), taken("early", 5), taken("yesterday", 25), taken("last-week", 24 * 7)]
    said = reasons(planned(sets, keep(daily=2, weekly=2)))
    assert said["late"] == ("newest proven full", "daily of 2026-11-27", "weekly of 2026-W48")
    assert said["yesterday"] == ("daily of 2026-11-26",)
    assert said["last-week"] == ("weekly of 2026-W47",)
    assert said["early"] == ("newer ones stand for its day and week",)


def test_what_is_older_than_all_that_is_kept_says_so() -> None:
    sets = [taken("today", 1), taken("yesterday", 25), taken("older", 49)]
    assert reasons(planned(sets, keep(daily=1, weekly=1)))["older"] == (
        "past what is kept (1 day); newer ones stand for its week",
    )
    assert reasons(planned(sets, keep()))["older"] == ("no rule wants it, and a newer one is proven",)


def test_a_month_and_a_year_have_their_newest() -> None:
    sets = [taken("now", 1), taken("october", 24 * 30), taken("last-year", 24 * 365), taken("before", 24 * 366)]
    said = reasons(planned(sets, keep(monthly=2, yearly=2)))
    assert said["october"] == ("monthly of 2026-10",)
    assert said["last-year"] == ("yearly of 2025",)
    assert said["before"] == ("past what is kept (2 months); newer ones stand for its year",)


def test_days_count_in_which_there_is_a_proven_set_so_a_pause_lets_nothing_go() -> None:
    sets = [taken("now", 1), taken("before-the-pause", 24 * 40), taken("day-before", 24 * 41)]
    assert kept(planned(sets, keep(daily=3))) == {"now", "before-the-pause", "day-before"}


def test_hours_are_counted_back_from_the_newest_so_a_nightly_set_does_not_fill_24_nights() -> None:
    sets = [taken(f"night-{n}", 24 * n + 1) for n in range(30)]
    assert kept(planned(sets, keep(hourly=24))) == {"night-0"}
    hourly = [taken(f"hour-{n}", n + 0.5, "database", level=1) for n in range(30)]
    assert kept(planned(hourly, keep(hourly=24))) == {f"hour-{n}" for n in range(24)}


def test_a_day_begins_at_midnight_of_the_installation() -> None:
    late, early = (
        at("late", datetime(2026, 6, 10, 21, 59, tzinfo=UTC)),
        at("early", datetime(2026, 6, 10, 22, tzinfo=UTC)),
    )
    said = reasons(planned([late, early], keep(daily=2), zone=BERLIN))
    assert said["late"] == ("daily of 2026-06-10",)
    assert said["early"] == ("newest proven full", "daily of 2026-06-11")
    assert kept(planned([late, early], keep(daily=2))) == {"early"}


def test_the_hour_that_comes_twice_in_autumn_is_two() -> None:
    hours = [at(f"h{n}", datetime(2026, 10, 25, n, 5, tzinfo=UTC), "database", level=1) for n in range(3)]
    said = reasons(planned(hours, keep(hourly=3), zone=BERLIN))
    assert [said[f"h{n}"][-1] for n in range(3)] == [
        "hourly of 2026-10-25 02h +0200",
        "hourly of 2026-10-25 02h +0100",
        "hourly of 2026-10-25 03h +0100",
    ]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_of_23_or_25_hours_is_one_day(day: date, hours: int) -> None:
    begin = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    sets = [at(f"s{n:02}", begin + timedelta(hours=n)) for n in range(-24, hours + 1)]
    plan = planned(sets, keep(daily=3), now=begin + timedelta(days=9), zone=BERLIN)
    assert kept(plan) == {"s-1", f"s{hours - 1:02}", f"s{hours:02}"}


def test_the_hour_that_is_left_out_in_spring_leaves_no_hole() -> None:
    hours = [at(f"h{n}", datetime(2026, 3, 29, n, 5, tzinfo=UTC), "database", level=1) for n in range(6)]
    assert kept(planned(hours, keep(hourly=6), zone=BERLIN)) == {f"h{n}" for n in range(6)}


def test_the_week_around_new_year_is_one_week_and_two_months_and_years() -> None:
    before, after = (
        at("before", datetime(2026, 12, 31, 20, tzinfo=UTC)),
        at("after", datetime(2027, 1, 3, 20, tzinfo=UTC)),
    )
    monday = at("monday", datetime(2027, 1, 4, 2, tzinfo=UTC))
    sets, then = [before, after, monday], datetime(2027, 1, 9, tzinfo=UTC)
    assert reasons(planned(sets, keep(weekly=2), then))["after"] == ("weekly of 2026-W53",)
    assert reasons(planned(sets, keep(weekly=2), then))["before"] == ("newer ones stand for its week",)
    assert reasons(planned(sets, keep(monthly=2), then))["before"] == ("monthly of 2026-12",)
    assert reasons(planned(sets, keep(yearly=2), then))["before"] == ("yearly of 2026",)


def test_a_leap_day_is_a_day() -> None:
    sets = [at(f"d{n}", datetime(2028, 2, 28, 2, tzinfo=UTC) + timedelta(days=n)) for n in range(3)]
    assert reasons(planned(sets, keep(daily=3), datetime(2028, 3, 9, tzinfo=UTC)))["d1"] == ("daily of 2028-02-29",)


def test_after_sixty_nights_the_default_rules_keep_what_they_promise() -> None:
    sets = [taken(f"night-{n:02}", 24 * n + 22) for n in range(60)]
    plan = planned(sets, Keep())
    days = {f"{each.set.moment:%Y-%m-%d}" for each in plan.kept}
    assert {f"{ago(24 * n + 22):%Y-%m-%d}" for n in range(7)} <= days
    weeks = {each.set.moment.isocalendar()[1] for each in plan.kept}
    assert {44, 45, 46, 47, 48} <= weeks
    assert {each.set.moment.month for each in plan.kept} == {9, 10, 11}
    assert len(plan.kept) == 7 + 3 + 2  # seven days, the Sundays before them, the ends of two months


def test_increments_are_kept_by_the_hour_and_day_only() -> None:
    sets = [taken("base", 24 * 40), increment("old", 24 * 39, "base"), increment("new", 1, "base")]
    assert "old" not in kept(planned(sets, keep(hourly=24, daily=1, weekly=9, monthly=9, yearly=9)))
    assert "daily of 2026-10-20" in reasons(planned(sets, keep(daily=2)))["old"]
