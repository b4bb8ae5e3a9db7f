"""How a set goes in two steps, what stops it, and what a person is shown before."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from mainstay.backups.listed import Hold, Listed
from mainstay.backups.retention.dry_run import told
from mainstay.backups.retention.keeping import plan_retention
from mainstay.backups.retention.pruning import Sweep, Tombstone, condemn, sweep
from mainstay.backups.retention.refusals import Agreement, Circumstances, word_for
from mainstay.backups.sets import Begun
from mainstay.records import decode, encode
from tests.knows.backups.retention_rig import MIDNIGHT, ago, increment, keep, planned, seen, taken

TODAY_ONLY = keep(daily=1)
TOMORROW = MIDNIGHT + timedelta(hours=24)
A_DAY_LATER = seen(TOMORROW)


def history(*more: Listed) -> list[Listed]:
    """One that may go, and enough others that it is not much."""
    held = (Hold("kept for comparison", "anna"),)
    return [taken("new", 1), taken("old", 200), *(taken(f"h{n}", 300 + n, holds=held) for n in range(5)), *more]


def condemned(sets: list[Listed]) -> tuple[Tombstone, ...]:
    return condemn(planned(sets, TODAY_ONLY), (), seen())


def swept(
    sets: list[Listed],
    tombstones: tuple[Tombstone, ...],
    at: Circumstances = A_DAY_LATER,
    agreed: Agreement | None = None,
) -> Sweep:
    return sweep(tombstones, planned(sets, TODAY_ONLY, now=at.now), at, agreed)


def going(found: Sweep) -> list[str]:
    assert not found.refusals, found.refusals
    return [each.id for each in found.going]


def refusal(found: Sweep) -> str:
    assert not found.going, "what is refused goes nowhere"
    (sentence,) = found.refusals
    return sentence


def test_what_a_plan_drops_is_condemned_with_its_reasons() -> None:
    assert condemned(history()) == (Tombstone("old", MIDNIGHT, ("past what is kept (1 day)",)),)


def test_a_condemned_set_goes_a_day_later_and_not_before() -> None:
    tombstones = condemned(history())
    assert going(swept(history(), tombstones)) == ["old"]
    assert going(swept(history(), tombstones, seen(TOMORROW - timedelta(seconds=1)))) == []


def test_condemned_again_it_does_not_wait_again() -> None:
    first = condemned(history())
    later = MIDNIGHT + timedelta(hours=9)
    assert condemn(planned(history(), TODAY_ONLY, now=later), first, seen(later)) == first


def test_nothing_goes_that_was_never_condemned() -> None:
    assert going(swept(history(), ())) == []


def test_a_set_that_a_fresh_plan_keeps_does_not_go() -> None:
    """Within the day somebody held it."""
    tombstones = condemned(history())
    held = [replace(each, holds=(Hold("lawsuit", "anna"),)) if each.id == "old" else each for each in history()]
    assert going(swept(held, tombstones)) == []


def test_a_pardoned_set_waits_anew() -> None:
    first = condemned(history())
    held = [replace(each, holds=(Hold("lawsuit", "anna"),)) for each in history()]
    assert condemn(planned(held, TODAY_ONLY), first, seen()) == ()
    later = MIDNIGHT + timedelta(hours=30)
    (again,) = condemn(planned(history(), TODAY_ONLY, now=later), (), seen(later))
    assert again.since == later


def test_when_the_newest_proof_is_refuted_within_the_day_the_older_set_stays() -> None:
    tombstones = condemned(history())
    refuted = [replace(each, level=None) if not each.holds and each.id != "old" else each for each in history()]
    assert going(swept(refuted, tombstones)) == []


def test_a_deleted_set_leaves_no_tombstone() -> None:
    gone = [each for each in history() if each.id != "old"]
    assert condemn(planned(gone, TODAY_ONLY), condemned(history()), seen()) == ()


def test_what_was_begun_on_a_condemned_set_keeps_it() -> None:
    tombstones = condemned(history())
    begun = Begun("i", "incremental", TOMORROW, "anna", "here", parent="old")
    plan = plan_retention(history(), TODAY_ONLY, TOMORROW, UTC, begun=[begun])
    assert sweep(tombstones, plan, seen(TOMORROW)).going == ()


def chain() -> list[Listed]:
    """Dropped as a whole: a newer full and its increment stand for it."""
    return history(increment("new-i", 0.5, "new"), increment("i1", 199, "old"), increment("i2", 198, "i1"))


def test_children_go_before_their_parents_so_whoever_stops_half_way_leaves_whole_chains() -> None:
    assert going(swept(chain(), condemned(chain()))) == ["i2", "i1", "old"]


def test_so_they_do_when_a_clock_that_was_put_back_made_a_child_look_older() -> None:
    sets = history(increment("new-i", 0.5, "new"), increment("i1", 250, "old"), increment("i2", 220, "i1"))
    assert going(swept(sets, condemned(sets))) == ["i2", "i1", "old"]


def test_a_parent_waits_for_a_child_that_still_waits() -> None:
    """The child may be pardoned within its day, and would be nothing without it."""
    tombstones = tuple(replace(each, since=TOMORROW) if each.set == "i2" else each for each in condemned(chain()))
    assert going(swept(chain(), tombstones)) == []
    tombstones = tuple(replace(each, since=TOMORROW) if each.set == "i1" else each for each in condemned(chain()))
    assert going(swept(chain(), tombstones)) == ["i2"]


def test_a_tombstone_is_written_and_read_as_any_record() -> None:
    (tombstone,) = condemned(history())
    assert decode(Tombstone, encode(tombstone, nonce="n")) == tombstone


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {"last_backup_failed": "full of 2026-11-28 02:00 UTC: the disk is full."},
            "No set was deleted: the last backup failed (full of 2026-11-28 02:00 UTC: the disk is full), so what is"
            " there may be all there will be. Mend that; after the next good backup it goes on by itself.",
        ),
        (
            {"at_work": ("restore r-7", "drill d-1")},
            "No set was deleted: sets are being read by restore r-7 and 1 more. It goes on by itself when that is"
            " over.",
        ),
    ],
)
def test_in_a_wrong_hour_nothing_goes_though_sets_are_condemned(wrong: dict[str, object], says: str) -> None:
    at = seen(TOMORROW, **wrong)
    assert refusal(swept(history(), condemned(history()), at)) == says
    assert condemn(planned(history(), TODAY_ONLY, now=TOMORROW), (), at), "that deletes nothing"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {"store_now": TOMORROW - timedelta(minutes=6)},
            "No set was deleted: it is 2026-11-29 00:00 UTC here, and 2026-11-28 23:54 UTC by the store's clock. One of"
            " the two is wrong, so nobody knows how old a set is. Set this machine's clock, or have the store's set.",
        ),
        (
            {"store_now": TOMORROW + timedelta(minutes=6)},
            "No set was deleted: it is 2026-11-29 00:00 UTC here, and 2026-11-29 00:06 UTC by the store's clock. One of"
            " the two is wrong, so nobody knows how old a set is. Set this machine's clock, or have the store's set.",
        ),
        (
            {"last_pruning": TOMORROW + timedelta(hours=1)},
            "No set was deleted: it is 2026-11-29 00:00 UTC here, and the last pruning was recorded at 2026-11-29 01:00"
            " UTC. The clock was put back, or ran ahead then. Set it right; if it is right, remove that record with its"
            " tombstones.",
        ),
        (
            {"unreadable": ("s-1", "s-2", "s-3")},
            "No set was deleted: s-1 and 2 more cannot be read, so nobody knows what is needed to restore it. Bring its"
            " manifest back from the second copy, or move the set away by hand.",
        ),
    ],
)
def test_what_cannot_be_believed_deletes_and_condemns_nothing(wrong: dict[str, object], says: str) -> None:
    at = seen(TOMORROW, **wrong)
    assert refusal(swept(history(), condemned(history()), at)) == says
    assert condemn(planned(history(), TODAY_ONLY, now=TOMORROW), (), at) == ()


@pytest.mark.parametrize(("moment", "ended"), [(-48, 1), (1, -48), (-48, -48)])
def test_a_set_from_the_future_stops_everything(moment: float, ended: float) -> None:
    sets = history(taken("ahead", moment, ended_at=ago(ended)))
    assert refusal(swept(sets, condemned(history()))) == (
        "No set was deleted: it is 2026-11-29 00:00 UTC here, and set ahead is of 2026-11-30 00:00 UTC. The clock was"
        " put back, or ran ahead when that set was taken. Set it right; if it is right, move that set away by hand."
    )


def test_clocks_of_machines_that_agree_are_seconds_apart_and_that_is_no_jump() -> None:
    near = timedelta(seconds=20)
    at = seen(TOMORROW, store_now=TOMORROW - near, last_pruning=TOMORROW + near)
    assert going(swept(history(taken("now", -24 - 20 / 3600)), condemned(history()), at)) == ["old"]


def test_a_clock_that_ran_ahead_where_the_store_has_none_of_its_own_stops_everything() -> None:
    ahead = MIDNIGHT + timedelta(days=10)
    assert refusal(swept(history(), condemned(history()), seen(ahead))) == (
        "No set was deleted: the newest, new, is of 2026-11-27 23:00 UTC, and it is 2026-12-08 00:00 UTC here. Backups"
        " stand still, or the clock ran ahead. Take a backup, or set the clock."
    )


@pytest.mark.parametrize("age", [timedelta(minutes=11), timedelta(minutes=-1)])
def test_a_plan_that_is_not_fresh_deletes_and_condemns_nothing(age: timedelta) -> None:
    plan = planned(history(), TODAY_ONLY, now=TOMORROW - age)
    found = sweep(condemned(history()), plan, seen(TOMORROW))
    assert "Meanwhile somebody may have built on a set, or asked to hold it. List the store anew." in refusal(found)
    assert condemn(plan, (), seen(TOMORROW)) == ()


def test_a_pardon_is_given_in_any_hour() -> None:
    held = [replace(each, holds=(Hold("lawsuit", "anna"),)) for each in history()]
    wrong = seen(TOMORROW, unreadable=("s-1",))
    assert condemn(planned(held, TODAY_ONLY, now=TOMORROW), condemned(history()), wrong) == ()


def much() -> list[Listed]:
    return [taken("new", 1, bytes=6_900), taken("old", 200, bytes=3_100)]


def test_more_than_thirty_percent_of_the_bytes_go_only_by_a_persons_word() -> None:
    assert refusal(swept(much(), condemned(much()))) == (
        "No set was deleted: 1 set of 3.1 kB would go at once, 31% of all bytes, and more than 30% go only by a"
        " person's word. Somebody may have changed how long sets are kept. Look at the list; agree to just that with"
        f" --agree {word_for(['old'])}, or mend backups.keep."
    )
    agreed = Agreement(frozenset({"old"}), "anna")
    assert going(swept(much(), condemned(much()), agreed=agreed)) == ["old"]


def test_exactly_thirty_percent_go() -> None:
    sets = [taken("new", 1, bytes=7_000), taken("old", 200, bytes=3_000)]
    assert going(swept(sets, condemned(sets))) == ["old"]


def test_a_persons_word_is_good_for_the_sets_it_names_and_no_others() -> None:
    sets = [*much(), taken("older", 300)]
    found = swept(sets, condemned(sets), agreed=Agreement(frozenset({"old"}), "anna"))
    assert "2 sets of 4.1 kB would go at once, 37% of all bytes" in refusal(found)


def test_a_persons_word_stands_above_nothing_but_the_bytes() -> None:
    agreed = Agreement(frozenset({"old"}), "anna")
    at = seen(TOMORROW, at_work=("restore r-7",))
    assert "restore r-7" in refusal(swept(much(), condemned(much()), at, agreed))


def test_every_refusal_is_told_at_once() -> None:
    at = seen(TOMORROW, at_work=("restore r-7",), unreadable=("s-1",), last_backup_failed="full: no space")
    found = swept(much(), condemned(much()), at)
    assert not found.going and len(found.refusals) == 4


def test_where_nothing_would_go_nothing_is_refused() -> None:
    at = seen(TOMORROW, at_work=("restore r-7",), unreadable=("s-1",))
    assert swept([taken("new", 1)], (), at) == Sweep((), ())


def test_an_empty_store_is_no_trouble() -> None:
    assert swept([], ()) == Sweep((), ()) and condemned([]) == ()


def test_a_person_is_told_every_set_that_may_go_and_why() -> None:
    sets = [taken("new", 1, bytes=3_000_000), taken("old", 30, bytes=2_500_000), taken("bad", 50, level=None)]
    assert told(planned(sets, keep(daily=1))) == (
        "As of 2026-11-28 00:00 UTC: 1 set (3.0 MB) to keep, 2 sets (2.5 MB) to let go. What may go is condemned now,"
        " and deleted a day later if it still may.",
        "May go: old (2026-11-26 18:00 UTC, 2.5 MB): past what is kept (1 day)",
        "May go: bad (2026-11-25 22:00 UTC, 1.0 kB): found bad, and a newer one is proven",
        "Stays: new (2026-11-27 23:00 UTC, 3.0 MB): newest proven full; daily of 2026-11-27",
    )


def test_sets_of_which_the_same_is_true_are_told_in_one_line() -> None:
    chain = [increment(f"i{n:03}", 40 - n / 20, f"i{n - 1:03}" if n else "base") for n in range(400)]
    lines = told(planned([taken("base", 41), *chain], keep(all_for_hours=48)))
    between = "2026-11-26 08:00 to 2026-11-27 03:54 UTC"
    assert f"Stays: 399 incremental sets (399 kB) of {between}: younger than 48 h; parent of …" in lines
    assert len(lines) == 4
