"""From which bases and up to where in the log a database's cluster is made anew."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mainstay.backups.bases.replays import LATEST, BrokenReplay, Replay, plan_moment, plan_replay, read_moment
from mainstay.backups.bases.settings import of_a_copy, recovery_settings
from mainstay.backups.restores import judge_places, plan_restore, plan_restore_at
from mainstay.backups.sets import BackupSet, Dump, Point
from mainstay.errors import BadInput
from tests.knows.backups.test_bases import NOON, PIECE, made

DUMP = Dump(PIECE, "18.6", "18.6", "shop", 3, "0/4000000")


def pointed(id: str, on: str, *, at: str = "0/3000000", hours: float = 0, timeline: int = 1) -> BackupSet:
    when = NOON - timedelta(hours=hours)
    point = Point(f"mainstay {id}", "7300", timeline, at, on)
    return BackupSet(id, "shop", "production", "database", when, when, when, "anna", None, None, PIECE, point=point)


FULL = made("full", hours=20)
INCREMENT = made("increment", on="full", depth=1, hours=10)
POINTS = [pointed(f"point-{hours}", "increment", at=f"0/{30 - hours:X}000000", hours=hours) for hours in range(8)]
KNOWN = [(each, 1) for each in [*POINTS, INCREMENT, FULL]]


def ago(hours: float) -> datetime:
    return NOON - timedelta(hours=hours)


def bases(replay: Replay) -> list[str]:
    return [each.id for each in replay.bases]


def test_a_point_is_replayed_on_its_base_and_on_what_that_is_an_increment_of() -> None:
    replay = plan_replay({each.id: each for each, _ in KNOWN}, POINTS[0])
    assert replay is not None
    assert bases(replay) == ["full", "increment"]
    assert (replay.point, replay.starts_at, replay.until) == ("mainstay point-0", 0x2000028, 0x1E000000)


def test_a_base_without_a_point_is_replayed_until_it_is_consistent() -> None:
    replay = plan_replay({"full": FULL}, FULL)
    assert replay is not None and (replay.point, replay.until) == ("", 0x2000120)
    assert "recovery_target = 'immediate'" in recovery_settings(replay)


def test_a_set_of_files_is_no_cluster() -> None:
    assert plan_replay({}, replace(FULL, base=None)) is None


@pytest.mark.parametrize(
    ("known", "wanted"),
    [((POINTS[0],), "increment"), ((POINTS[0], INCREMENT), "full")],
    ids=["the base is missing", "what it stands on is missing"],
)
def test_a_point_whose_base_is_not_there_is_refused_by_name(known: Sequence[BackupSet], wanted: str) -> None:
    with pytest.raises(BrokenReplay, match=f"{wanted}, which it needs, is not there"):
        plan_replay({each.id: each for each in known}, POINTS[0])


def test_a_point_of_another_timeline_than_its_base_is_refused() -> None:
    strange = pointed("p", "full", timeline=2)
    with pytest.raises(BrokenReplay, match="another timeline"):
        plan_replay({"full": FULL, "p": strange}, strange)


def test_a_moment_is_replayed_on_the_newest_base_before_it() -> None:
    assert bases(plan_moment(KNOWN, ago(5))) == ["full", "increment"]
    assert bases(plan_moment(KNOWN, ago(15))) == ["full"]
    assert bases(plan_moment(KNOWN, None)) == ["full", "increment"]


def test_no_more_of_the_log_is_brought_than_up_to_a_point_that_is_surely_later() -> None:
    assert plan_moment(KNOWN, ago(5.5)).until == 0x19000000  # point-5
    assert plan_moment(KNOWN, ago(5.01)).until == 0x1A000000  # point-5 is seconds later, by clocks that may differ
    assert plan_moment(KNOWN, ago(0)).until is None and plan_moment(KNOWN, None).until is None


def test_a_bad_base_is_passed_over() -> None:
    known = [(each, None if each is INCREMENT else level) for each, level in KNOWN]
    assert bases(plan_moment(known, ago(5))) == ["full"]
    bad = [(each, None if each is FULL else level) for each, level in KNOWN]
    with pytest.raises(BadInput, match="none before that moment can be used"):
        plan_moment(bad, ago(5))


def test_a_moment_before_every_base_says_since_when_there_is_one() -> None:
    with pytest.raises(BadInput, match=r"the oldest base is of 2026-11-19 16:00 UTC"):
        plan_moment(KNOWN, ago(30))
    with pytest.raises(BadInput, match="there is no base yet"):
        plan_moment([], ago(30))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-20 11:00", ago(1)),
        ("2026-11-20T11:00:00Z", ago(1)),
        ("2026-11-20 14:00+03:00", ago(1)),
        (" 2026-11-20 11:00:00.5 ", ago(1) + timedelta(seconds=0.5)),
        (LATEST, None),
    ],
)
def test_a_moment_is_in_utc_unless_it_says_otherwise(typed: str, meant: datetime | None) -> None:
    assert read_moment(typed, NOON) == meant


@pytest.mark.parametrize(
    "typed", ["0001-01-01 00:00+14:00", "yesterday", "14:00", "2026-11-20 12:00:01", "2026-13-01 00:00"]
)
def test_what_is_no_moment_or_not_yet_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="Nothing was done"):
        read_moment(typed, NOON)


def test_a_moment_is_told_to_postgresql_with_its_fractions_and_in_utc() -> None:
    at = datetime(2026, 11, 20, 14, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=3))).astimezone(UTC)
    assert "recovery_target_time = '2026-11-20 11:00:00.250000+00'\n" in recovery_settings(Replay((FULL,), at=at))


def test_a_copy_neither_writes_into_its_originals_archive_nor_waits_for_anybody() -> None:
    before = "".join(
        f"{line}\n"
        for line in [
            "# Do not edit this file manually!",
            "archive_command = 'cp %p /archive/%f'",
            "primary_conninfo = 'host=other'",
            "Recovery_Target_Time = '2020-01-01'",
            "work_mem = '64MB'",
            "synchronous_standby_names = '*'",
        ]
    )
    after = of_a_copy(before, Replay((FULL,), point="it's \\ mine"))
    assert "cp %p" not in after and "other" not in after and "2020" not in after and "'*'" not in after
    assert "work_mem = '64MB'\n" in after and "archive_mode = 'off'\n" in after
    assert "recovery_target_name = 'it''s \\\\ mine'\n" in after
    assert of_a_copy(after, Replay((FULL,), point="it's \\ mine")).splitlines().count("archive_mode = 'off'") == 1


def test_a_set_that_is_a_point_is_restored_as_a_cluster_and_lacks_no_database() -> None:
    found = plan_restore(KNOWN, "point-0")
    assert found.replay is not None and found.without == "" and found.folders == ()


def test_a_dump_is_restored_also_where_its_base_is_of_no_use() -> None:
    lonely = replace(INCREMENT, database=DUMP)
    found = plan_restore([(lonely, 1)], "increment")
    assert found.dump == DUMP and found.replay is None and "full, which it needs, is not there" in found.without
    with pytest.raises(BrokenReplay):
        plan_restore([(INCREMENT, 1)], "increment")


def test_a_moment_is_the_database_and_nothing_else() -> None:
    found = plan_restore_at(KNOWN, ago(5))
    assert (found.folders, found.dump, found.id) == ((), None, "increment") and "files are not in it" in found.without


@pytest.mark.parametrize(
    ("database", "part", "others"), [("file:///a", "", ()), ("", "public.a", ()), ("", "", ("uploads",))]
)
def test_a_moment_goes_with_no_other_choice(database: str, part: str, others: Sequence[str]) -> None:
    judge_places("/srv/back", "", "", "", ("", ""), "2026-11-20 11:00")
    with pytest.raises(BadInput, match="it chooses its sets itself"):
        judge_places("/srv/back", database, part, "", others, "2026-11-20 11:00")


def test_what_is_opened_for_a_point_are_its_bases_too() -> None:
    """They may be sealed to another key than the set itself."""
    found = plan_restore(KNOWN, POINTS[0].id)
    assert found.opens == (POINTS[0], FULL, INCREMENT)
