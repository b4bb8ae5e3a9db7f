"""What retention keeps can be restored, whatever happened: random histories, judged without its own rules."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from mainstay.backups.listed import Listed
from mainstay.backups.retention.pruning import Tombstone, condemn, sweep
from mainstay.descriptor.environment import Keep
from tests.knows.backups.retention_model import histories
from tests.knows.backups.retention_rig import at, planned, seen
from tests.knows.backups.retention_world import Forgets

EACH = 50


@pytest.mark.parametrize("seed", range(0, 500, EACH))
def test_whatever_happens_what_is_kept_can_be_restored_and_no_promise_is_broken(seed: int) -> None:
    happened, faults = histories(EACH, seed=seed)
    assert not faults, faults[:5]
    assert min(happened[f"deleted {kind}"] for kind in ("full", "database", "files", "incremental")) >= 20
    assert happened["refused"] >= 100 and happened["sweeps"] >= 50 and happened["killed while deleting"] >= 10


@pytest.mark.parametrize(
    ("forgets", "caught"),
    [
        ("to wait", ("after a failed backup", "by a clock behind the newest set", "was condemned just now")),
        ("to doubt", ("the last proven full", "has nothing newer that is proven", "nothing proven is left of")),
        ("chains", ("is nothing without",)),
    ],
)
def test_rules_that_forget_something_are_caught(forgets: Forgets, caught: tuple[str, ...]) -> None:
    _, faults = histories(EACH, seed=0, forgets=forgets)
    assert [fault for fault in caught if not any(fault in each for each in faults)] == []


def pruned_nightly(nights: int, rules: Keep, zone: tzinfo) -> list[Listed]:
    """A full every night at two, restored an hour later; pruned at four."""
    sets: list[Listed] = []
    tombstones: tuple[Tombstone, ...] = ()
    begin = datetime(2025, 11, 20, tzinfo=UTC)
    for night in (begin + timedelta(days=n) for n in range(nights)):
        sets.append(at(f"{night:%Y-%m-%d}", night + timedelta(hours=2)))
        now = night + timedelta(hours=4)
        plan = planned(sets, rules, now, zone)
        found = sweep(tombstones, plan, seen(now))
        assert not found.refusals
        tombstones = condemn(plan, tombstones, seen(now))
        sets = [each for each in sets if each not in found.going]
    return sets


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Auckland", "America/St_Johns"])
def test_after_sixty_nights_there_is_one_for_each_of_the_last_days_weeks_and_months(zone: str) -> None:
    local = ZoneInfo(zone)
    left = [each.moment.astimezone(local) for each in pruned_nightly(60, Keep(), local)]
    last = max(left)
    assert {f"{last - timedelta(days=n):%Y-%m-%d}" for n in range(7)} <= {f"{each:%Y-%m-%d}" for each in left}
    assert {f"{last - timedelta(weeks=n):%G-W%V}" for n in range(5)} <= {f"{each:%G-W%V}" for each in left}
    assert len({f"{each:%Y-%m}" for each in left}) == 3
    assert len(left) <= 7 + 5 + 3 + 1, "and one that waits for its day"


def test_after_two_and_a_half_years_the_last_of_each_month_and_year_is_there() -> None:
    left = [each.id for each in pruned_nightly(900, Keep(), UTC)]
    assert {"2026-12-31", "2027-12-31"} <= set(left) and "2025-12-31" not in left
    assert {"2027-06-30", "2028-02-29", "2028-03-31", "2028-04-30"} <= set(left) and "2027-05-31" not in left
    assert len(left) <= 24
