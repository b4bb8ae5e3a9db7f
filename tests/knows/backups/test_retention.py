"""Which sets stay, which may go, and why. The calendar is in test_tiers.py, random histories in test_histories.py."""

from datetime import UTC, timedelta

import pytest

from mainstay.backups.listed import Hold, Listed, children_first, listed
from mainstay.backups.retention.dry_run import told
from mainstay.backups.retention.keeping import plan_retention
from mainstay.backups.sets import BackupSet, Begun, Kind, Piece, Proof
from tests.knows.backups.retention_rig import MIDNIGHT, ago, increment, keep, kept, planned, reasons, taken


def test_silence_of_weeks_lets_nothing_go_by_age_alone() -> None:
    sets = [taken(f"night-{n}", 24 * n + 1) for n in range(9)]
    rules = keep(hourly=24, daily=7, weekly=2)
    long_after = MIDNIGHT + timedelta(days=400)
    assert kept(planned(sets, rules)) == kept(planned(sets, rules, now=long_after))


def test_a_set_younger_than_the_minimum_stays_proven_or_not() -> None:
    sets = [taken("new", 1), taken("young", 47), taken("bad", 47.5, level=None), taken("old", 49)]
    said = reasons(planned(sets, keep(all_for_hours=48)))
    assert said["young"] == said["bad"] == ("younger than 48 h",)
    assert said["old"] == ("no rule wants it, and a newer one is proven",)


def test_age_is_counted_from_when_a_set_was_whole() -> None:
    slow, new = taken("slow", 60, ended_at=ago(47)), taken("new", 50, ended_at=ago(46))
    assert reasons(planned([new, slow], keep(all_for_hours=48)))["slow"] == ("younger than 48 h",)


@pytest.mark.parametrize("level", [0, 1, 2, None])
def test_a_newer_set_that_is_not_proven_lets_no_older_one_go(level: int | None) -> None:
    sets = [taken("unproven", 2, level=level), taken("proven", 26)]
    said = reasons(planned(sets, keep(daily=1)))
    assert said["proven"] == ("newest proven full", "daily of 2026-11-26")
    assert said["unproven"] == ("nothing newer is proven",)


def test_a_whole_week_without_a_proof_leaves_everything_since_the_last_one() -> None:
    sets = [taken("proven", 24 * 8), *(taken(f"night-{n}", 24 * n + 1, level=2) for n in range(7))]
    assert len(kept(planned(sets, keep(daily=1)))) == 8


def test_where_nothing_is_proven_nothing_goes() -> None:
    sets = [taken(f"night-{n}", 24 * n + 1, level=1) for n in range(90)]
    plan = planned(sets, keep(daily=1))
    assert not plan.dropped and set(reasons(plan).values()) == {("no full set is proven",)}
    said = "No full set was restored for proof, so none of them may go: mainstay prove SYSTEM ENVIRONMENT."
    assert told(plan)[1] == said


def test_where_no_increment_is_complete_a_new_one_is_asked_for() -> None:
    unfinished = taken("increment", 1, kind="incremental", level=None)
    assert told(planned([taken("full", 2), unfinished], keep(daily=1)))[1] == (
        "No incremental set is known to be complete with all that it stands on, so none of them may go: prove the full"
        " set below the newest (mainstay prove SYSTEM ENVIRONMENT --set ID), or take a new one."
    )


def test_an_unproven_set_goes_when_a_newer_one_is_proven() -> None:
    sets = [taken("proven", 2), taken("pending", 26, level=1), taken("bad", 27, level=None)]
    said = reasons(planned(sets, keep(daily=7)))
    assert said["pending"] == ("never proven, and a newer one is",)
    assert said["bad"] == ("found bad, and a newer one is proven",)


def test_a_day_whose_newest_set_is_bad_is_stood_for_by_the_one_before() -> None:
    sets = [taken("today", 1), taken("bad", 25, level=None), taken("good", 30)]
    assert "daily of 2026-11-26" in reasons(planned(sets, keep(daily=2)))["good"]


def test_the_newest_proven_full_stays_with_no_rule_at_all() -> None:
    sets = [taken("proven", 9000), taken("older", 9001), taken("pending", 1, level=2)]
    assert kept(planned(sets, keep())) == {"proven", "pending"}


def test_every_kind_is_judged_for_itself() -> None:
    kinds: list[Kind] = ["database", "files"]
    sets = [taken("full", 50), *(taken(f"{kind}-{n}", n, kind, level=1) for kind in kinds for n in (2, 3))]
    assert kept(planned(sets, keep(daily=1))) == {"full", "database-2", "files-2"}


def test_a_held_set_stays_and_says_for_whom() -> None:
    sets = [taken("new", 1), taken("old", 9000, holds=(Hold("lawsuit", "anna"), Hold("audit", "boris")))]
    assert reasons(planned(sets, keep()))["old"] == ("held: lawsuit, by anna", "held: audit, by boris")


def test_a_bad_set_that_is_held_stays_too() -> None:
    sets = [taken("new", 1), taken("bad", 9000, level=None, holds=(Hold("evidence", "anna"),))]
    assert "bad" in kept(planned(sets, keep()))


def test_a_set_that_others_need_is_never_dropped() -> None:
    """The base and each increment between, however old and though nothing else wants them."""
    chain = [increment(f"i{n}", 100 - n, f"i{n - 1}" if n else "base") for n in range(6)]
    sets = [taken("new", 1), taken("base", 101), *chain]
    said = reasons(planned(sets, keep()))
    assert said["i5"] == ("newest proven incremental",)
    assert said["i4"] == ("parent of i5",)
    assert said["base"] == ("parent of i0",)


def test_what_only_a_dropped_increment_needs_goes_with_it() -> None:
    sets = [taken("new", 2), increment("newer", 1, "new"), taken("base", 101), increment("old", 100, "base")]
    assert kept(planned(sets, keep())) == {"new", "newer"}


def test_what_a_held_increment_needs_stays_too() -> None:
    held = increment("old", 100, "base", holds=(Hold("lawsuit", "anna"),))
    sets = [taken("new", 2), increment("newer", 1, "new"), taken("base", 101), held]
    assert reasons(planned(sets, keep()))["base"] == ("parent of old",)


def test_a_base_of_several_names_the_newest_and_counts_the_others() -> None:
    sets = [taken("base", 101), *(increment(f"i{n}", 40 - n, "base") for n in range(3)), taken("new", 1)]
    assert reasons(planned(sets, keep(all_for_hours=48)))["base"] == ("parent of i2 and 2 more",)


def test_an_increment_is_proven_only_with_all_it_is_built_on() -> None:
    sets = [
        *(taken("good", 60), increment("on-good", 59, "good")),
        *(taken("pending", 36, level=2), increment("on-pending", 35, "pending")),
        *(taken("bad", 12, level=None), increment("on-bad", 11, "bad")),
    ]
    said = reasons(planned(sets, keep()))
    assert said["on-good"] == ("newest proven incremental",)
    assert said["on-pending"] == said["on-bad"] == ("nothing newer is proven",)
    assert said["pending"] == ("nothing newer is proven", "parent of on-pending")


def test_what_a_set_that_is_being_taken_builds_on_stays() -> None:
    sets = [taken("new", 1), taken("old", 9000)]
    begun = Begun("now", "incremental", MIDNIGHT, "anna", "here", parent="old")
    plan = plan_retention(sets, keep(), MIDNIGHT, UTC, begun=[begun])
    assert reasons(plan)["old"] == ("parent of now, which was begun and has not ended",)


def test_so_does_all_below_what_a_set_that_is_being_taken_builds_on() -> None:
    sets = [taken("new", 2), increment("newer", 1, "new"), taken("base", 101), increment("old", 100, "base")]
    begun = Begun("now", "incremental", MIDNIGHT, "anna", "here", parent="old")
    assert {"base", "old"} <= kept(plan_retention(sets, keep(), MIDNIGHT, UTC, begun=[begun]))


def test_a_set_whose_parent_is_missing_waits_for_a_person_and_proves_nothing() -> None:
    """Maybe the parent's manifest cannot be read just now."""
    sets = [
        taken("base", 50),
        increment("whole", 49, "base"),
        increment("torn", 40, "lost"),
        increment("on", 39, "torn"),
    ]
    said = reasons(planned(sets, keep()))
    assert "newest proven incremental" in said["whole"]
    assert all("something it is built on is missing" in " ".join(said[id]) for id in ("torn", "on"))


def test_a_circle_of_parents_proves_nothing_and_ends() -> None:
    sets = [taken("base", 50), increment("a", 9, "b"), increment("b", 8, "a")]
    assert not {each.set.id for each in planned(sets, keep()).decisions if each.proven} & {"a", "b"}
    assert children_first(sets[1:]) == ()


def test_a_month_of_increments_every_three_minutes_is_judged() -> None:
    """One chain without a full between: deeper than Python calls itself."""
    chain = [increment(f"i{n:05}", 600 - n / 20, f"i{n - 1:05}" if n else "base") for n in range(12_000)]
    plan = planned([taken("base", 601), *chain], keep(hourly=24))
    assert not plan.dropped and all(each.proven for each in plan.decisions)
    assert len(told(plan)) < 100, "a person reads it"
    assert children_first(plan.sets)[0].id == "i11999" and children_first(plan.sets)[-1].id == "base"


def test_the_last_proven_to_be_stored_stays_though_a_wrong_clock_made_it_look_old() -> None:
    sets = [taken("yesterday", 25), taken("put-back", 24 * 30, ended_at=ago(2))]
    said = reasons(planned(sets, keep()))
    assert said == {"yesterday": ("newest proven full",), "put-back": ("last proven full to be stored",)}


def test_one_that_is_not_proven_stays_too_though_a_wrong_clock_made_it_look_old() -> None:
    sets = [taken("yesterday", 25), taken("put-back", 24 * 30, level=1, ended_at=ago(2))]
    assert reasons(planned(sets, keep()))["put-back"] == ("nothing newer is proven",)


def test_a_higher_or_lower_bar_can_be_asked_for() -> None:
    sets = [taken("read-back", 1, level=2), taken("restored", 25)]
    bar: dict[Kind, int] = {"full": 2, "database": 1, "files": 1, "incremental": 1}
    assert kept(plan_retention(sets, keep(), MIDNIGHT, UTC, proven_at=bar)) == {"read-back"}


def test_what_was_found_bad_is_proven_by_no_bar_however_low() -> None:
    bar: dict[Kind, int] = {"full": 0, "database": 0, "files": 0, "incremental": 0}
    sets = [taken("bad", 2, level=None), taken("written", 25, level=0), taken("old", 49)]
    said = reasons(plan_retention(sets, keep(), MIDNIGHT, UTC, proven_at=bar))
    assert said["written"] == ("newest proven full",) and said["bad"] == ("nothing newer is proven",)


def test_what_the_store_says_of_a_set_is_what_is_judged() -> None:
    piece = Piece("sets/shop/production/s/descriptor", 700, "a" * 64, 900)
    found = BackupSet(
        *("s", "shop", "production", "incremental", ago(3), ago(2), ago(1), "anna", None, None, piece, "p")
    )
    proofs = (Proof("s", 1, True, "whole", ago(0.9)), Proof("s", 2, True, "read back", ago(0.8)))
    hold = Hold("lawsuit", "anna")
    assert listed(found, proofs, (hold,)) == Listed("s", "incremental", ago(2), ago(1), 700, "p", 2, (hold,))
    assert listed(found, (*proofs, Proof("s", 2, False, "torn", ago(0.7))), stored_at=ago(5)).ended_at == ago(5)
    assert listed(found, (*proofs, Proof("s", 2, False, "torn", ago(0.7)))).level is None
