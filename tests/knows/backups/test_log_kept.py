"""Which of a log stays: for every moment of the window, and for each set from its base on to where it stops."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mainstay.backups.log.kept import LogObject, log_may_go, log_needed
from mainstay.backups.sets import BackupSet, Base, Piece, Point

NOW = datetime(2026, 11, 28, tzinfo=UTC)
WINDOW = NOW - timedelta(hours=48)
PIECE = Piece("sets/shop/production/s/base", 1, "a" * 64, 1)
CLUSTER = "7300000000000000001"


def base(id: str, days_ago: float, first: int, last: int, *, timeline: int = 1, cluster: str = CLUSTER) -> BackupSet:
    """Whose own log is these segments and those between."""
    at = NOW - timedelta(days=days_ago)
    start, stop = f"0/{first:X}000028", f"0/{last:X}000100"
    found = Base(PIECE, PIECE, cluster, timeline, start, stop, "18.1", "18.1")
    return BackupSet(id, "shop", "production", "full", at, at, at, "anna", None, None, PIECE, base=found)


def point(id: str, of: BackupSet, segment: int) -> BackupSet:
    assert of.base is not None
    found = Point(id, of.base.cluster, of.base.timeline, f"0/{segment:X}000200", of.id)
    return replace(of, id=id, kind="database", base=None, point=found)


def log(first: int, last: int, timeline: int = 1) -> list[LogObject]:
    names = [f"{timeline:08X}00000000{number:08X}" for number in range(first, last + 1)]
    return [LogObject(f"{name}{ending}", NOW) for name in names for ending in ("-abcdef.zst.age", ".signed")]


def segments(names: tuple[str, ...]) -> list[tuple[int, int]]:
    found = {(int(name[:8], 16), int(name[16:24], 16)) for name in names if not name.startswith("partial")}
    return sorted(found)


def going(lying: list[LogObject], *sets: BackupSet, proven: set[str] | None = None) -> tuple[str, ...]:
    trusted = {each.id for each in sets} if proven is None else proven
    return log_may_go(lying, CLUSTER, log_needed(sets, trusted, WINDOW), WINDOW)


def test_all_since_the_base_before_the_window_stays_and_what_is_older_goes() -> None:
    sets = base("old", 3, 4, 5), base("new", 1, 8, 8)
    assert segments(going(log(1, 12), *sets)) == [(1, 1), (1, 2), (1, 3)]


def test_of_an_older_base_that_is_kept_only_its_own_log_stays() -> None:
    sets = base("ancient", 90, 2, 3), base("old", 3, 6, 6), base("new", 1, 9, 9)
    assert segments(going(log(1, 12), *sets)) == [(1, 1), (1, 4), (1, 5)]


def test_of_an_older_point_all_stays_from_its_base_on() -> None:
    ancient = base("ancient", 90, 2, 3)
    sets = ancient, point("p", ancient, 5), base("old", 3, 8, 8)
    assert segments(going(log(1, 12), *sets)) == [(1, 1), (1, 6), (1, 7)]


def test_where_no_base_is_older_than_the_window_all_stays() -> None:
    assert going(log(1, 12), base("new", 1, 8, 8)) == ()


def test_a_base_that_is_not_proven_lets_nothing_go() -> None:
    sets = base("old", 9, 3, 3), base("unproven", 3, 7, 7)
    assert segments(going(log(1, 12), *sets, proven={"old"})) == [(1, 1), (1, 2)]
    assert going(log(1, 12), *sets, proven=set()) == ()


def test_of_a_later_timeline_all_stays_and_an_earlier_one_goes_when_a_base_stands_on_the_later() -> None:
    """A database that was put back writes lower places again, on a timeline of its own."""
    lying = [*log(1, 9, 1), *log(4, 9, 2), *log(6, 9, 3)]
    sets = base("first", 30, 3, 3), base("second", 3, 6, 6, timeline=2)
    gone = segments(going(lying, *sets))
    assert [place for place in gone if place[0] == 1] == [(1, 1), (1, 2), (1, 4), (1, 5), (1, 7), (1, 8), (1, 9)]
    assert [place for place in gone if place[0] == 2] == [(2, 4), (2, 5)]
    assert not [place for place in gone if place[0] == 3]


def test_records_go_before_their_pieces_and_the_oldest_first() -> None:
    names = going(log(1, 6), base("old", 3, 4, 5))
    assert [name[-7:] for name in names] == [".signed"] * 3 + ["zst.age"] * 3
    assert list(names[:3]) == sorted(names[:3])


def test_parts_of_a_segment_that_is_there_as_a_whole_go_and_others_stay() -> None:
    parts = [LogObject(f"partial/{1:08X}00000000{number:08X}/00001000.signed", NOW) for number in (5, 7)]
    names = going([*log(5, 6), *parts], base("old", 3, 4, 5))
    assert names == (parts[0].name,)


def test_history_files_and_what_is_no_log_stay() -> None:
    lying = [LogObject(name, NOW) for name in ("00000002.history.signed", "00000002.history-abcdef.zst.age", "notes")]
    assert going(lying, base("old", 3, 4, 5)) == ()


def test_segments_of_another_size_are_told_by_their_own_count() -> None:
    """Of 64 MiB each: place 0/20000000 is in the ninth."""
    old = base("old", 3, 0x20, 0x20)
    assert old.base is not None
    old = replace(old, base=replace(old.base, segment_bytes=64 * 1024 * 1024))
    assert segments(going(log(6, 9), old)) == [(1, 6), (1, 7)]


def test_the_log_of_a_cluster_of_which_no_set_speaks_goes_when_another_has_taken_its_place() -> None:
    lying = [replace(each, modified_at=NOW - timedelta(days=9)) for each in log(1, 2)]
    fresh = log(3, 3)
    other = base("other", 3, 4, 4, cluster="7300000000000000002")
    assert segments(going([*lying, *fresh], other)) == [(1, 1), (1, 2)]
    assert going([*lying, *fresh]) == ()
