"""How old the newest byte off the host is, of everything that is kept; the worst by its name."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.backups.log.streaming import Break, BreakKind, StreamState
from mainstay.backups.rpo import Kept, Meter, measure, mended, tries
from mainstay.backups.sets import BackupSet, Base, Dump, Folder, Kind, Piece
from mainstay.descriptor.parsing import parse_system
from mainstay.descriptor.system import System

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PIECE = Piece("a", 1, "", 1)
ALL = {"database", "files uploads", "bucket papers", "Redis"}
SHOP = """\
name: shop
source: {repository: https://example.com/shop.git, branches: {main: production}}
services: {bot: {start: [node, bot.js], heartbeat: {argv: [node, alive.js]}}}
database: {address: env://DATABASE, stream: {}}
redis: {address: env://REDIS}
buckets: {papers: {address: s3://shop}}
files: {uploads: {path: /srv/shop}}
environments:
  production: {hosts: {main: {address: local}}, backups: {full: nightly, incremental: often}}
"""


def shop(old: str = "", new: str = "") -> System:
    assert old in SHOP
    return parse_system(SHOP.replace(old, new), "shop.yaml")


def ago(**passed: float) -> datetime:
    return NOON - timedelta(**passed)


def taken(kind: Kind, at: datetime, *, base: bool = False, good: bool = True) -> Kept:
    folder = Folder("uploads", "/srv/shop", (PIECE,), None, None, 1)
    dump = Dump(PIECE, "18.6", "18.6", "shop", 1, "0/0") if kind in ("full", "database") else None
    copied = Base(PIECE, PIECE, "7300", 1, "0/1", "0/2", "18.6", "18.6") if base else None
    folders = (folder,) if kind != "database" else ()
    made = BackupSet(
        f"{kind}-{at:%H%M}", "shop", "production", kind, at, at, at, "anna", None, None, PIECE,
        database=dump, base=copied, folders=folders,
    )  # fmt: skip
    return Kept(made, good)


def streaming(until: datetime, broken: Break | None = None, timeline: int = 1) -> StreamState:
    return StreamState(NOON, "7300", timeline, covered_until=until, broken=broken)


def metered(
    system: System,
    *kept: Kept,
    stream: StreamState | None = None,
    same_machine: bool = False,
    since: datetime | None = None,
) -> Meter:
    newest_first = sorted(kept, key=lambda each: each.set.begun_at, reverse=True)
    watched = since or ago(days=30)
    return measure(system, "production", newest_first, stream, same_machine=same_machine, since=watched, now=NOON)


def ages(meter: Meter) -> dict[str, timedelta | None]:
    return {each.name: each.age(NOON) for each in meter.sources}


def test_a_set_of_a_time_that_has_not_come_makes_nothing_safe() -> None:
    ahead, night = taken("full", ago(days=-300)), taken("full", ago(days=2))
    uploads = next(each for each in metered(shop(), ahead, night).late if each.name == "files uploads")
    assert uploads.age(NOON) == timedelta(days=2)


def test_each_thing_is_as_old_as_the_newest_good_set_that_holds_it() -> None:
    sets = [
        taken("full", ago(hours=9)),
        taken("database", ago(minutes=50)),
        taken("incremental", ago(minutes=2), good=False),
        taken("incremental", ago(minutes=5)),
    ]
    found = ages(metered(shop(", stream: {}"), *sets))
    assert found["database"] == timedelta(minutes=50)
    assert found["files uploads"] == timedelta(minutes=5)
    assert found["bucket papers"] is None and found["Redis"] is None


def test_a_log_counts_on_a_base_that_it_continues() -> None:
    base, log = taken("full", ago(hours=9), base=True), streaming(ago(seconds=40))
    assert ages(metered(shop(), base, stream=log))["database"] == timedelta(seconds=40)


@pytest.mark.parametrize("how", ["no base", "another timeline", "a bad base", "nothing received"])
def test_a_log_without_such_a_base_is_no_backup(how: str) -> None:
    kept = taken("full", ago(hours=9), base=how != "no base", good=how != "a bad base")
    older = taken("database", ago(hours=10))
    log = (
        None
        if how == "nothing received"
        else streaming(ago(seconds=40), timeline=2 if how == "another timeline" else 1)
    )
    expected = timedelta(hours=10) if how == "a bad base" else timedelta(hours=9)
    assert ages(metered(shop(), kept, older, stream=log))["database"] == expected


def test_after_a_break_what_was_shipped_later_counts_only_on_a_base_that_was_taken_later() -> None:
    broken = Break(ago(hours=2), "gap", "a segment was removed", "7300", 1, ago(hours=2, minutes=1))
    before, log = taken("full", ago(hours=9), base=True), streaming(ago(seconds=5), broken)
    found = metered(shop(), before, stream=log)
    assert ages(found)["database"] == timedelta(hours=2, minutes=1)
    assert "it broke at 2026-11-20 10:00 UTC (a segment was removed)" in found.sources[0].why
    after = taken("full", ago(hours=1), base=True)
    assert ages(metered(shop(), before, after, stream=log))["database"] == timedelta(seconds=5)


def test_a_dump_that_is_newer_than_a_broken_log_counts() -> None:
    broken = Break(ago(hours=2), "gap", "", "7300", 1, ago(hours=2))
    sets = [taken("full", ago(hours=9), base=True), taken("database", ago(minutes=10))]
    found = metered(shop(), *sets, stream=streaming(ago(seconds=5), broken))
    assert ages(found)["database"] == timedelta(minutes=10)


def test_the_worst_is_told_by_its_name() -> None:
    only_files = shop("\nredis: {address: env://REDIS}\nbuckets: {papers: {address: s3://shop}}", "")
    meter = metered(only_files, taken("full", ago(minutes=7), base=True), stream=streaming(ago(seconds=5)))
    assert meter.headline == "RPO: 7 min, files uploads"
    assert [each.name for each in meter.late] == ["files uploads"]


def test_what_is_in_no_backup_is_the_worst() -> None:
    meter = metered(shop(), taken("full", ago(hours=1), base=True), stream=streaming(ago(seconds=5)))
    assert meter.headline in ("RPO: none, bucket papers is in no backup", "RPO: none, Redis is in no backup")


def test_what_the_descriptor_exempts_is_named_and_leaves_the_rpo() -> None:
    exempt = shop("{full: nightly, incremental: often}", "{database: hourly}")
    meter = metered(exempt, taken("database", ago(minutes=3)), stream=streaming(ago(seconds=5)))
    assert meter.headline == "RPO: 3 min, database"
    exempted = {each.name for each in meter.sources if each.why.startswith("not backed up")}
    assert exempted == {"files uploads", "bucket papers", "Redis"} and not meter.late


def test_a_store_on_the_same_machine_saves_nothing_from_its_loss() -> None:
    assert metered(shop(), taken("full", ago(minutes=1)), same_machine=True).headline == "RPO: none, same machine"


@pytest.mark.parametrize(
    "slots, age, late",
    [
        ("{full: nightly}", timedelta(hours=27), False),
        ("{full: nightly}", timedelta(hours=29), True),
        ("{full: nightly, files: hourly}", timedelta(minutes=89), False),
        ("{full: nightly, files: hourly}", timedelta(minutes=91), True),
        ("{full: nightly, incremental: often}", timedelta(minutes=4), False),
        ("{full: nightly, incremental: often}", timedelta(minutes=6), True),
        ("{full: nightly, rpo_minutes: 60}", timedelta(minutes=59), False),
        ("{full: nightly, rpo_minutes: 60}", timedelta(minutes=61), True),
    ],
)
def test_a_target_is_that_of_the_quickest_slot_unless_it_is_said(slots: str, age: timedelta, late: bool) -> None:
    meter = metered(shop("{full: nightly, incremental: often}", slots), taken("full", NOON - age))
    assert ("files uploads" in [each.name for each in meter.late]) == late


def test_a_streamed_database_may_be_five_minutes_old() -> None:
    base = taken("full", ago(hours=9), base=True)
    late = [metered(shop(), base, stream=streaming(ago(minutes=minutes))).late for minutes in (4, 6)]
    assert ["database" in [each.name for each in names] for names in late] == [False, True]


def test_what_is_new_here_is_given_time_to_come_into_its_first_backup() -> None:
    assert metered(shop(), since=ago(minutes=20)).late == ()
    assert {each.name for each in metered(shop(), since=ago(minutes=40)).late} == ALL


def broken_stream(kind: BreakKind = "gap", timeline: int = 1, hours: float = 3) -> StreamState:
    return streaming(NOON, Break(ago(hours=hours), kind, "it broke", "7300", 1, None), timeline)


def test_a_break_is_mended_by_a_base_of_what_is_received_now() -> None:
    full, based = taken("full", ago(hours=2)), taken("full", ago(hours=1), base=True)
    assert mended([based, full], broken_stream())
    assert mended([taken("database", ago(hours=1), base=True)], broken_stream()), "it stands on that as well"
    assert not mended([full], broken_stream()), "a dump is nothing to replay a log on"
    assert not mended([based], broken_stream("timeline", timeline=2)), "it is of the timeline before"
    assert not mended([taken("full", ago(hours=4), base=True)], broken_stream()), "it came before the break"
    assert not mended([taken("full", ago(hours=1), base=True, good=False)], broken_stream())


def test_where_the_log_diverged_no_base_can_be_and_a_full_backup_is_the_mend() -> None:
    assert mended([taken("full", ago(hours=1))], broken_stream("diverged"))
    assert not mended([taken("database", ago(hours=1))], broken_stream("diverged"))
    assert not mended([taken("full", ago(hours=1))], broken_stream("diverged", timeline=2)), "now one can be taken"


def test_a_mend_is_tried_each_hour_and_each_day_once_a_full_backup_had_no_base() -> None:
    full = taken("full", ago(hours=2))
    assert tries([], broken_stream(hours=3.5), NOON) == 3
    assert [tries([full], broken_stream(hours=hours), NOON) for hours in (3.5, 24.5, 30, 49)] == [0, 24, 24, 48]
