"""How sets leave a store: only after a day, only what nobody wants, whole or not at all, whoever comes between."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from random import Random

import pytest

from mainstay.backups.sets import set_folder
from mainstay.descriptor.environment import Keep
from mainstay.errors import Refused
from tests.doors.backups.prune_rig import WHERE, Killed, Yard, in_memory

TWO_DAYS = Keep(hourly=0, daily=2, weekly=0, monthly=0, yearly=0, all_for_hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def yard() -> Iterator[Yard]:
    with in_memory() as root:
        yield Yard(root, TWO_DAYS, Random(1))


def nights(yard: Yard, many: int = 3, *, increments: bool = False) -> list[str]:
    """A proven full each night, and an increment on it; it is an hour after the last of them."""
    found = []
    for _ in range(many):
        found.append(yard.take("full"))
        if increments:
            yard.take("incremental", found[-1])
        yard.time += DAY
    yard.time -= timedelta(hours=23)
    return found


def condemned(yard: Yard) -> str:
    """The oldest of some sets, and its day is over."""
    old = nights(yard)[0]
    yard.prune()
    yard.time += timedelta(hours=24)
    return old


def objects(yard: Yard, id: str) -> list[str]:
    return [entry.key for entry in yard.store.listing(set_folder(*WHERE, id))]


def once_at(word: int, act: Callable[[], object]) -> Callable[[], None]:
    """Before that word of the pruner to its store."""
    number = count()

    def before() -> None:
        if next(number) == word:
            act()

    return before


def die() -> None:
    raise Killed


def test_what_is_not_wanted_is_condemned_first_and_goes_a_day_later(yard: Yard) -> None:
    old, middle, new = nights(yard)
    assert yard.prune() == () and yard.whole() == [old, middle, new]
    yard.time += timedelta(hours=23)
    assert yard.prune(agree=True) == ()
    yard.time += timedelta(hours=1)
    assert yard.prune(agree=True) == (old,) and yard.whole() == [middle, new]
    assert objects(yard, old) == [] and yard.tombstone(old) is None


def test_what_was_found_of_a_set_stays_when_it_is_gone(yard: Yard) -> None:
    old = condemned(yard)
    yard.prune(agree=True)
    assert [entry.key for entry in yard.store.listing(f"proofs/shop/production/{old}")]


def test_more_than_thirty_percent_go_only_by_a_word_for_just_these(yard: Yard) -> None:
    old = condemned(yard)
    assert yard.prune() == () and "--agree" in yard.refusals[0]
    assert yard.pruning().look("no such word", "anna").sweep.refusals
    assert yard.prune(agree=True) == (old,)


def test_a_held_set_stays_and_all_that_it_needs(yard: Yard) -> None:
    base = yard.take("full")
    yard.time += timedelta(hours=1)
    increment = yard.take("incremental", base)
    yard.time += timedelta(hours=1)
    nights(yard, 2, increments=True)
    assert yard.hold(increment)
    yard.prune()
    yard.time += timedelta(hours=12)
    yard.prune(agree=True)
    assert {base, increment} <= set(yard.whole()) and not yard.faults()
    yard.release(increment)
    yard.prune()
    yard.time += timedelta(hours=24)
    assert yard.prune(agree=True) == (increment, base), "the child before its parent"


def test_a_hold_on_a_condemned_set_pardons_it_and_after_its_release_it_waits_anew(yard: Yard) -> None:
    old = condemned(yard)
    assert yard.hold(old)
    yard.release(old)
    assert yard.prune(agree=True) == () and yard.prune(agree=True) == ()
    yard.take("files")
    yard.time += timedelta(hours=24)
    assert yard.prune(agree=True) == (old,)


def test_a_hold_on_a_set_that_is_not_there_is_refused_and_leaves_nothing(yard: Yard) -> None:
    old = condemned(yard)
    yard.prune(agree=True)
    assert not yard.hold(old) and not list(yard.store.listing("holds"))


def test_while_a_set_is_read_nothing_goes(yard: Yard) -> None:
    old = condemned(yard)
    with yard.reading(yard.whole()[-1]):
        assert yard.prune(agree=True) == () and "being read by restore" in yard.refusals[0]
    assert yard.prune(agree=True) == (old,)


def test_what_a_reader_left_that_died_keeps_nothing(yard: Yard) -> None:
    old = condemned(yard)
    yard.leave_reading(old)
    assert yard.prune(agree=True) == (old,)


def test_after_a_failed_backup_nothing_goes_until_one_ends_well(yard: Yard) -> None:
    old = condemned(yard)
    failed = yard.begin("full")
    assert failed is not None
    yard.fail(failed)
    assert yard.prune(agree=True) == () and failed in yard.refusals[0]
    yard.time += timedelta(minutes=1)
    yard.take("files")
    assert yard.prune(agree=True) == (old,)


def test_one_that_goes_on_has_not_failed(yard: Yard) -> None:
    old = condemned(yard)
    yard.begin("full")
    assert yard.prune(agree=True) == (old,)


def test_one_that_has_not_ended_for_half_a_day_has_failed(yard: Yard) -> None:
    condemned(yard)
    yard.begin("full")
    yard.time += timedelta(hours=13)
    assert yard.prune(agree=True) == () and "the last backup failed" in yard.refusals[0]


def test_what_was_never_finished_goes_after_a_week_and_a_day_and_pins_its_parent_until_then(yard: Yard) -> None:
    base = yard.take("full")
    lost = yard.begin("incremental", base)
    assert lost is not None
    for _ in range(7):
        yard.time += DAY
        yard.take("full")
        yard.prune(agree=True)
        assert base in yard.whole() and objects(yard, lost)
    for _ in range(4):
        yard.time += DAY
        yard.take("full")
        yard.prune(agree=True)
    assert not objects(yard, lost) and base not in yard.whole()


def test_a_backup_that_slept_until_it_was_given_up_is_told_so(yard: Yard) -> None:
    asleep = yard.begin("full")
    assert asleep is not None
    for _ in range(8):
        yard.time += DAY
        yard.take("full")
        yard.prune(agree=True)
    assert not yard.finish(asleep)


def test_one_that_slept_until_nothing_of_it_was_left_becomes_no_set_without_pieces(yard: Yard) -> None:
    """Its tombstone is gone too by then."""
    asleep = yard.begin("full")
    assert asleep is not None
    for _ in range(12):
        yard.time += DAY
        yard.take("full")
        yard.prune(agree=True)
    assert not objects(yard, asleep) and yard.tombstone(asleep) is None
    assert not yard.finish(asleep) and asleep not in yard.whole()


def test_a_set_whose_manifest_is_not_ours_keeps_all_others(yard: Yard) -> None:
    condemned(yard)
    yard.store.publish(yard.key("20200101-000000.000-full-aaaa", "set.json"), b"nonsense")
    assert yard.prune(agree=True) == () and "cannot be read" in yard.refusals[0]


def test_no_backup_chooses_a_condemned_set_and_one_that_had_chosen_it_has_it_pardoned(yard: Yard) -> None:
    old = condemned(yard)
    assert yard.newest() != old
    child = yard.begin("incremental", old)
    assert child is not None and yard.tombstone_lets(old)
    assert yard.prune(agree=True) == () and not yard.faults()


def test_one_that_had_chosen_a_set_that_is_gone_by_now_is_refused(yard: Yard) -> None:
    old = condemned(yard)
    assert yard.prune(agree=True) == (old,)
    assert yard.begin("incremental", old) is None


def test_a_child_goes_before_what_it_stands_on_or_both_stay(yard: Yard) -> None:
    base = yard.take("full")
    child = yard.take("incremental", base)
    yard.time += DAY
    nights(yard, 2, increments=True)
    yard.prune()
    yard.time += timedelta(hours=24)
    pruning = yard.pruning()
    assert [each.id for each in pruning.look().sweep.going] in ([], [child, base])
    with pytest.raises(Refused, match=r"stays|No set was deleted"):
        pruning.delete(base)
    assert not yard.faults()


def test_a_stale_pruner_harms_nothing(yard: Yard) -> None:
    """It made its list and slept; meanwhile the set was held, released, and built upon."""
    old = condemned(yard)
    sleeper = yard.pruning()
    assert sleeper.look().plan.dropped
    assert yard.hold(old)
    yard.release(old)
    child = yard.begin("incremental", old)
    assert child is not None and yard.finish(child)
    with pytest.raises(Refused, match="stays"):
        sleeper.delete(old)
    assert not yard.faults()


def test_killed_at_any_word_and_again_it_is_completed_and_harms_nothing(yard: Yard) -> None:
    """A kill falls on each word in turn, twice; the pruning after that is let live."""
    base = yard.take("full")
    increment = yard.take("incremental", base)
    yard.time += DAY
    left = nights(yard, 2, increments=True)
    yard.prune()
    yard.time += timedelta(hours=24)
    for word in count():
        again = yard.copied(yard.root.with_name(str(word)))
        killed = [struck(again, word) for _ in range(2)]
        again.prune(agree=True)
        assert set(left) <= set(again.whole()) and not again.faults()
        assert objects(again, base) == objects(again, increment) == []
        assert not list(again.store.listing("tombstones"))
        if not any(killed):
            assert word > 30, "it was killed nowhere"
            return


def struck(yard: Yard, word: int) -> bool:
    try:
        yard.prune(once_at(word, die), agree=True)
    except Killed:
        return True
    finally:
        assert not yard.faults()
    return False
