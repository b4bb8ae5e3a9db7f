"""What a second store lacks: nothing is forgotten, nothing bad is taken for good, and it is said how late it is."""

from datetime import UTC, datetime, timedelta

from mainstay.backups.copies.lacking import (
    CopyPlan,
    behind,
    behind_since,
    log_to_bring,
    plan_copy,
    to_look_at,
    told,
)
from mainstay.backups.sets import BackupSet, Piece

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
FOLDER = "sets/shop/production"


def made(id: str, parent: str | None = None) -> BackupSet:
    descriptor = Piece(f"{FOLDER}/{id}/descriptor.age", 10, "aa", 20)
    return BackupSet(
        id, "shop", "production", "full", NOON, NOON, NOON, "anna", None, None, descriptor=descriptor, parent=parent
    )


def stored(*ids: str) -> dict[str, int]:
    names = {"descriptor.age": 10, "set.json": 5, "set.json.sig": 3, "begun.json": 2}
    return {f"{FOLDER}/{id}/{name}": size for id in ids for name, size in names.items()}


def planned(*sets: BackupSet, copy: dict[str, int] | None = None, held: tuple[str, ...] = ()) -> CopyPlan:
    return plan_copy([(each, 1) for each in sets], copy or {}, held)


def test_a_set_is_looked_at_until_all_of_it_is_in_the_copy() -> None:
    first = stored("a", "b")
    copy = {key: size for key, size in stored("a", "b").items() if "begun" not in key}
    assert to_look_at(first, copy, "shop", "production") == ()
    for missing in [key for key in copy if "/b/" in key]:
        without = {key: size for key, size in copy.items() if key != missing}
        assert to_look_at(first, without, "shop", "production") == ("b",)


def test_a_set_that_is_being_taken_is_not_looked_at() -> None:
    taking = {key: size for key, size in stored("a").items() if not key.endswith("set.json")}
    assert to_look_at(taking, {}, "shop", "production") == ()


def test_another_environment_is_no_business_of_it() -> None:
    assert to_look_at(stored("a"), {}, "shop", "staging") == ()


def test_what_a_set_stands_on_comes_before_it() -> None:
    plan = planned(made("a"), made("b", parent="a"))
    assert [each.set.id for each in plan.sets] == ["a", "b"]


def test_a_set_whose_parent_is_not_in_the_copy_stays_behind_and_it_is_said() -> None:
    plan = planned(made("b", parent="a"))
    assert plan.sets == () and "cannot be restored without a" in plan.left["b"]
    assert [each.set.id for each in planned(made("b", parent="a"), held=("a",)).sets] == ["b"]


def test_a_set_that_was_found_bad_is_never_copied_nor_is_what_stands_on_it() -> None:
    plan = plan_copy([(made("a"), None), (made("b", parent="a"), 1)], {}, ())
    assert plan.sets == () and plan.left["a"] == "it was found to be bad" and "b" in plan.left


def test_only_the_pieces_that_are_missing_are_brought() -> None:
    there = {f"{FOLDER}/a/descriptor.age": 10}
    (lacking,) = planned(made("a"), copy=there).sets
    assert (lacking.pieces, lacking.bytes) == ((), 0)


def test_a_piece_that_vanished_from_a_whole_copy_is_brought_again() -> None:
    (lacking,) = planned(made("a"), held=("a",)).sets
    assert [each.key for each in lacking.pieces] == [f"{FOLDER}/a/descriptor.age"]


def test_what_a_broken_try_left_in_the_first_store_does_not_belong_to_the_set() -> None:
    assert planned(made("a"), copy={f"{FOLDER}/a/descriptor.age": 10}, held=("a",)).sets == ()


def test_a_copy_that_is_shorter_or_longer_is_named_and_not_written_over() -> None:
    plan = planned(made("a"), copy={f"{FOLDER}/a/descriptor.age": 9}, held=("a",))
    assert plan.sets == () and "descriptor.age" in plan.damaged["a"]


def test_what_somebody_deleted_in_the_copy_comes_back_only_if_it_is_asked_for() -> None:
    plan = plan_copy([(made("a"), 1)], {}, (), once_there={"a"})
    assert plan.sets == () and "--again" in plan.left["a"]
    assert len(plan_copy([(made("a"), 1)], {}, ()).sets) == 1


def test_a_condemned_set_is_not_brought_nor_is_what_stands_on_it() -> None:
    plan = plan_copy([(made("a"), 1), (made("b", parent="a"), 1)], {}, (), condemned={"a"})
    assert plan.sets == () and "condemned" in plan.left["a"] and "b" in plan.left


def test_it_is_as_late_as_the_oldest_set_that_is_not_in_it() -> None:
    at = {"a": NOON - timedelta(hours=30), "b": NOON - timedelta(hours=25), "c": NOON}
    late = behind(at, {"a"}, (), NOON)
    assert (late.sets, late.since) == (2, NOON - timedelta(hours=25)) and late.is_late(NOON)
    assert told(late, NOON) == "2 sets are not in it, the oldest since 25 h"
    assert not behind(at, {"a", "b"}, (), NOON).is_late(NOON)
    assert told(behind(at, at, (), NOON), NOON) == "every set is in it"


def test_a_copy_that_lacks_the_log_is_behind_and_what_was_just_written_is_on_its_way() -> None:
    at, log = {"a": NOON - timedelta(hours=20)}, (NOON - timedelta(hours=25), NOON - timedelta(hours=1))
    late = behind(at, at, log, NOON)
    assert (late.sets, late.log) == (0, 1) and late.is_late(NOON)
    assert told(late, NOON) == "1 piece of the log is not in it since 25 h"
    assert told(behind(at, (), log, NOON), NOON) == "1 set and 1 piece of the log are not in it, the oldest since 25 h"
    assert behind(at, at, log[1:], NOON).since is None


def test_of_a_copy_that_does_not_answer_what_was_seen_last_counts() -> None:
    at = {"a": NOON - timedelta(hours=30), "b": NOON}
    assert behind_since(at, NOON - timedelta(hours=1)).sets == 1
    assert behind_since(at, None).since == NOON - timedelta(hours=30)


def test_of_the_log_records_come_over_and_parts_of_what_is_whole_do_not() -> None:
    wal = "wal/shop/production/7"
    whole = [f"{wal}/0000000100000000000000A1-x.zst.age", f"{wal}/0000000100000000000000A1.signed"]
    old = f"{wal}/partial/0000000100000000000000A1/00400000.signed"
    new = f"{wal}/partial/0000000100000000000000A2/00400000.signed"
    assert log_to_bring([*whole, old, new], (), ".signed", "partial") == (whole[1], new)
    assert log_to_bring([*whole, old, new], {whole[1]}, ".signed", "partial") == (new,)
