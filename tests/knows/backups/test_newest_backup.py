"""Which set one would go back to before a release."""

from dataclasses import replace
from datetime import timedelta

from mainstay.backups.newest import believed, newest
from mainstay.backups.sets import BackupSet, Base, Dump, Point
from tests.knows.backups.small_sets import NOON, PIECE, made

DUMP = Dump(PIECE, "18.6", "18.6", "crm", 3, "0/1")


def holding(id: str, hours: float, *, database: bool = True) -> BackupSet:
    return replace(made(id), moment=NOON - timedelta(hours=hours), database=DUMP if database else None)


def test_the_newest_whole_set_with_the_database_is_named_with_its_age() -> None:
    sets = [(holding("d", 1, database=False), 1), (holding("c", 2), None), (holding("b", 3), 0), (holding("a", 26), 1)]
    found = newest(sets, database=True, now=NOON)
    assert (found.id, found.sentence) == ("a", "the newest backup is a, 26 h old")
    assert newest(sets, database=False, now=NOON).id == "d"


def test_that_there_is_none_is_said() -> None:
    assert newest([], database=True, now=NOON).sentence == "there is no whole backup with the database yet"
    assert newest([(holding("a", 1), None)], database=False, now=NOON).id == ""


def test_a_restore_point_and_a_base_hold_the_database_too() -> None:
    full = holding("full", 20)
    point = replace(holding("point", 1, database=False), point=Point("point", "7300", 1, "0/1", "full"))
    base = replace(holding("base", 2, database=False), base=Base(PIECE, PIECE, "7300", 1, "0/1", "0/2", "18.6", "18.6"))
    for each in (point, base):
        assert newest([(each, 1), (full, 3)], database=True, now=NOON).id == each.id


def test_what_a_clock_took_that_ran_ahead_is_newer_than_nothing() -> None:
    now, ahead = (holding("b", 1), 1), (replace(holding("c", 1), begun_at=NOON + timedelta(days=300)), 1)
    assert newest([ahead, now], database=True, now=NOON).id == "b"
    sets, said = believed([ahead, now], NOON)
    assert sets == [now, ahead] and "c was not taken for the newest" in said
    assert believed([now], NOON) == ([now], "")


def test_where_the_clock_here_is_behind_there_is_a_newest_all_the_same() -> None:
    assert believed([(holding("b", 1), 1)], NOON - timedelta(days=9000))[0][0][0].id == "b"
