"""A set that is far smaller than the one before it is suspect; one that is small anyway tells nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mainstay.backups.listed import listed
from mainstay.backups.news import set_is_suspect
from mainstay.backups.retention.keeping import plan_retention
from mainstay.backups.sets import (
    KINDS,
    BackupSet,
    Dump,
    Folder,
    Kind,
    Piece,
    Proof,
    RedisCopy,
    is_suspect,
    kind_of,
    new_id,
)
from mainstay.backups.sizes import Earlier, Size, judge_size
from mainstay.descriptor.environment import Keep

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def piece(bytes: int) -> Piece:
    return Piece("sets/x", bytes, "0" * 64, bytes)


def made(
    id: str,
    *,
    dump: int = 40_000_000,
    tables: int = 60,
    files: int = 5_000,
    bytes: int = 900_000_000,
    kind: Kind = "full",
    parent: str | None = None,
) -> BackupSet:
    return BackupSet(
        id, "shop", "production", kind, NOON, NOON, NOON, "anna", None, None, piece(100), parent,
        database=Dump(piece(dump), "18.1", "18.1", "shop", tables, "0/0"),
        folders=(Folder("uploads", "/srv/uploads", (piece(bytes),), None, None, files),),
    )  # fmt: skip


BEFORE = made("before")
REDIS = RedisCopy(piece(5_000_000), "8.0", 4_000)


def judged(now: BackupSet, *trusted: BackupSet, suspects: tuple[BackupSet, ...] = ()) -> Size:
    """Beside those before it, newest first; the suspects came last."""
    return judge_size(now, [*(Earlier(each, False) for each in suspects), *(Earlier(each, True) for each in trusted)])


def bucket(id: str, *, objects: int, bytes: int) -> BackupSet:
    return replace(
        made(id), buckets=(Folder("uploads", "s3://shop", (piece(bytes),), None, None, objects, objects=(piece(9),)),)
    )


def redis(id: str, *, keys: int | None, bytes: int) -> BackupSet:
    return replace(made(id), redis=replace(REDIS, piece=piece(bytes), keys=keys))


@pytest.mark.parametrize(
    ("now", "what", "shown"),
    [
        (made("now", dump=19_000_000), "the dump", "19 MB, was 40 MB"),
        (made("now", tables=29), "tables", "29, was 60"),
        (made("now", files=2_499), "files in uploads", "2499, was 5000"),
        (made("now", bytes=300_000_000), "bytes of uploads", "300 MB, was 900 MB"),
        (made("now", dump=0, tables=0, files=0, bytes=0), "the dump", "0 bytes, was 40 MB"),
    ],
)
def test_each_thing_is_measured_for_itself(now: BackupSet, what: str, shown: str) -> None:
    size = judged(now, BEFORE)
    assert size.drops[0].what == what and f"{what}: {shown}" in size.sentence and "before" in size.sentence


def test_half_of_it_is_no_drop_and_growing_never_is() -> None:
    half = made("now", dump=20_000_000, tables=30, files=2_500, bytes=450_000_000)
    assert not judged(half, BEFORE).drops and not judged(BEFORE, half).drops


def test_what_is_small_anyway_tells_nothing() -> None:
    small = made("before", dump=999_999, tables=7, files=99, bytes=9_999_999)
    assert not judged(made("now", dump=1, tables=0, files=0, bytes=0), small).drops


def test_the_first_of_its_kind_and_another_descriptor_are_no_drop() -> None:
    assert not judged(made("now", files=0)).drops
    without = replace(made("now"), database=None, folders=())
    assert not judged(without, BEFORE).drops
    moved = replace(BEFORE, folders=(replace(BEFORE.folders[0], name="images", files=1),))
    assert not judged(moved, BEFORE).drops


@pytest.mark.parametrize("file", [piece(9), None], ids=["objects beside it", "nothing"])
def test_an_emptied_bucket_is_a_drop_also_beside_a_folder_of_the_same_name(file: Piece | None) -> None:
    before, now = bucket("before", objects=500, bytes=90_000_000), bucket("now", objects=0, bytes=0)
    now = replace(now, buckets=(replace(now.buckets[0], objects=(file,) if file else ()),))
    sentence = judged(now, before).sentence
    assert "objects in bucket uploads: 0, was 500" in sentence and "bytes of bucket uploads: 0 bytes" in sentence
    assert not judged(bucket("now", objects=260, bytes=50_000_000), before).drops


def test_an_emptied_redis_is_a_drop_and_one_whose_sessions_expired_is_none() -> None:
    before = redis("before", keys=4_000, bytes=5_000_000)
    sentence = judged(redis("now", keys=0, bytes=90), before).sentence
    assert "Redis: 90 bytes, was 5.0 MB" in sentence and "keys in Redis: 0, was 4000" in sentence
    assert not judged(redis("now", keys=500, bytes=600_000), before).drops
    assert [each.what for each in judged(redis("now", keys=None, bytes=90), before).drops] == ["Redis"]
    small = redis("before", keys=99, bytes=999_999)
    assert not judged(redis("now", keys=0, bytes=90), small).drops


def test_a_dump_is_compared_with_the_last_dump_though_points_came_between() -> None:
    dump, point = (replace(made(id, kind="database"), folders=()) for id in ("dump", "point"))
    point = replace(point, database=None)
    size = judged(replace(made("now", dump=9, kind="database"), folders=()), point, dump)
    assert size.sentence == "far smaller than dump (the dump: 9 bytes, was 40 MB)" and size.news


def test_each_thing_is_compared_with_the_newest_trusted_set_that_has_it() -> None:
    folders, both = replace(made("folders"), database=None), made("both", files=9_000)
    emptied = replace(made("emptied", files=1), database=None)
    sentence = judged(made("now", dump=9, files=2), folders, both, suspects=(emptied,)).sentence
    assert "than folders (files in uploads: 2, was 5000)" in sentence
    assert "than both (the dump: 9 bytes, was 40 MB)" in sentence


def test_no_more_sets_are_read_than_needed() -> None:
    sets = iter([Earlier(BEFORE, True), Earlier(made("older"), True)])
    judge_size(made("now"), sets)
    assert next(sets).made.id == "older"


def test_an_increment_is_judged_by_all_files_that_are_there_and_not_by_what_it_holds() -> None:
    more = made("now", kind="incremental", parent="before", bytes=10)
    assert not judged(more, BEFORE).drops
    assert judged(made("now", kind="incremental", parent="before", files=3), BEFORE).drops


def test_the_first_small_one_is_news_the_next_as_small_is_not_and_one_smaller_still_is() -> None:
    first, second, third = made("a", files=1_000), made("b", files=990), made("c", files=100)
    assert judged(first, BEFORE).news
    again = judged(second, BEFORE, suspects=(first,))
    assert again.drops and not again.news
    assert judged(third, BEFORE, suspects=(second, first)).news


def test_a_persons_word_ends_the_suspicion_and_a_later_look_may_begin_another() -> None:
    suspect = Proof("a", 0, True, "far smaller", NOON, suspect=True)
    intended = Proof("a", 0, True, "as intended", NOON + DAY, suspect=False)
    restored = Proof("a", 3, True, "restored", NOON + 2 * DAY)
    assert not is_suspect(()) and is_suspect((suspect,))
    assert is_suspect((suspect, restored)), "what was emptied is restored as empty"
    assert not is_suspect((intended, suspect)) and not is_suspect((suspect, intended, restored))


def test_a_suspect_set_lets_no_older_one_go_however_far_it_was_proven() -> None:
    old, new = (replace(BEFORE, id=id, moment=at, ended_at=at) for id, at in [("old", NOON), ("new", NOON + DAY)])
    proven = Proof("old", 3, True, "restored", NOON)
    none = Keep(hourly=0, daily=1, weekly=0, monthly=0, yearly=0, all_for_hours=1)

    def dropped(*proofs: Proof) -> list[str]:
        sets = [listed(old, (proven,)), listed(new, proofs)]
        return [each.set.id for each in plan_retention(sets, none, NOON + 9 * DAY, UTC).dropped]

    good = Proof("new", 3, True, "restored", NOON + DAY)
    suspect = Proof("new", 0, True, "far smaller", NOON + DAY, suspect=True)
    intended = Proof("new", 0, True, "as intended", NOON + 2 * DAY, suspect=False)
    assert dropped(good) == ["old"]
    assert dropped(good, suspect) == []
    assert dropped(good, suspect, intended) == ["old"]


def test_what_is_built_on_a_suspect_set_lets_none_go_either() -> None:
    base = replace(BEFORE, id="base")
    more = replace(made("more", kind="incremental", parent="base"), moment=NOON + DAY, ended_at=NOON + DAY)
    suspect = Proof("base", 0, True, "far smaller", NOON, suspect=True)
    good = (Proof("base", 3, True, "restored", NOON), Proof("more", 1, True, "complete", NOON))
    plan = plan_retention([listed(base, (good[0], suspect)), listed(more, good[1:])], Keep(), NOON + 9 * DAY, UTC)
    assert not any(each.proven for each in plan.decisions) and not plan.dropped


def test_a_name_says_its_kind() -> None:
    for kind in KINDS:
        assert kind_of(new_id(kind, NOON, "abcdef")) == kind
    assert kind_of("notes") is None


def test_the_news_says_what_dropped_and_the_way_forward_in_one_command() -> None:
    notice = set_is_suspect("shop", "production", "a", judged(made("a", files=9), BEFORE).sentence)
    assert "files in uploads: 9, was 5000" in notice.english.happened
    for words in (notice.english, notice.russian):
        assert "mainstay backups shop production --as-intended a" in words.do
