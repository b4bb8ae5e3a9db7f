"""A bad set takes with it what is nothing without it, and no other."""

from dataclasses import replace

from mainstay.backups.fallen import brought_down
from mainstay.backups.sets import BackupSet, Base, Dump, Piece, Point
from tests.knows.backups.small_sets import made

PIECE = Piece("a", 1, "", 1)
BASE = Base(PIECE, PIECE, "7300", 1, "0/2000028", "0/2000100", "18.1", "18.1")
DUMP = Dump(PIECE, "18.1", "18.1", "shop", 3, "0/1")
A, B, C, D = "a", "b", "c", "d"  # as ids they sort by time


def down(wanted: BackupSet, bad: str, *others: BackupSet) -> str:
    return brought_down(wanted, {bad} if bad else (), {each.id: each for each in others}.get)


def increment(id: str, parent: str) -> BackupSet:
    return made(id, "incremental", parent=parent)


def test_an_increment_falls_with_the_full_set_far_below_it() -> None:
    chain = (made(A), increment(B, A), increment(C, B))
    assert down(increment(D, C), A, *chain) == A


def test_an_increment_stands_when_what_is_bad_is_above_it_or_beside_it() -> None:
    assert down(increment(B, A), C, made(A), increment(C, B)) == ""
    assert down(increment(D, C), B, made(A), made(C), increment(B, A)) == ""
    assert down(increment(D, C), "", made(C)) == ""


def test_a_point_falls_with_its_base_and_that_with_the_base_below() -> None:
    base = replace(made(B), base=replace(BASE, on=A))
    point = replace(made(C, "database"), point=Point("p", "7300", 1, "0/3000000", B))
    assert down(point, A, replace(made(A), base=BASE), base) == A and down(point, B, base) == B


def test_what_has_a_dump_of_its_own_needs_no_base() -> None:
    assert down(replace(made(B), base=replace(BASE, on=A), database=DUMP), A, made(A)) == ""


def test_what_nobody_knows_any_more_and_a_circle_come_to_an_end() -> None:
    assert down(increment(D, C), A) == ""
    assert down(increment(D, C), A, increment(C, D)) == ""
