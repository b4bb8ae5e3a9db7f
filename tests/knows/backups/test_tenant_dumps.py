"""Tenants with databases of their own: how they are listed, how many are held at once, and what a set says of them."""

import json
from dataclasses import replace

import pytest

from mainstay import records
from mainstay.backups.dumps.selection import Part
from mainstay.backups.dumps.tenants import (
    LEFT_TO_USERS,
    MOST_AT_ONCE,
    Room,
    Taken,
    UnreadableTenants,
    at_once,
    file_name,
    in_groups,
    notes,
    piece_name,
    read_names,
)
from mainstay.backups.restores import NEWEST, judge_places, plan_restore
from mainstay.backups.sets import BackupSet, Dump, Piece, complete
from mainstay.backups.sizes import Earlier, judge_size
from mainstay.errors import BadInput
from tests.knows.backups.small_sets import NOON, made

ODD = ("a/b", "a%2Fb", "a\\b", "..", ".", "Ёлка", "q\"u'o", "new\nline", "-x", "A", "a", "\x7f", "ё" * 31 + "e")


def dump(name: str, bytes: int = 1, tables: int = 3) -> Dump:
    return Dump(Piece(f"sets/{name}", bytes, "0" * 64, 1), "18.6", "18.6", name, tables, "0/1")


def holding(id: str, *tenants: Dump) -> BackupSet:
    return replace(made(id), database=dump("crm"), tenants=tenants)


def test_they_are_named_by_the_rows_each_once_and_without_the_one_that_is_asked() -> None:
    assert read_names([("b",), ("a",), ("crm",), ("b",)], "crm") == ("b", "a")
    assert read_names([], "crm") == ()


@pytest.mark.parametrize("row", [("a", "b"), (None,), (7,), ("",), ()])
def test_a_query_that_answers_something_else_is_told(row: tuple[object, ...]) -> None:
    with pytest.raises(UnreadableTenants, match="one name a row"):
        read_names([("a",), row], "crm")


@pytest.mark.parametrize(
    ("room", "held"),
    [
        (Room(100, 3, 17), 39),
        (Room(2_000, 3, 0), MOST_AT_ONCE),
        (Room(100, 3, 96), 1),
        (Room(100, 3, 120), 1),
        (Room(100, 3, 0, most_of_ours=10, ours=2), 7),
        (Room(100, 3, 0, most_of_ours=2, ours=2), 1),
    ],
)
def test_users_keep_half_of_what_is_free_and_a_dump_needs_one_more(room: Room, held: int) -> None:
    assert at_once(room) == held
    assert held == 1 or held + 1 <= (room.most - room.kept_back - room.used) * (1 - LEFT_TO_USERS)


def test_nobody_is_left_out_of_the_groups() -> None:
    names = tuple(f"t{number}" for number in range(7))
    for most in range(1, 9):
        groups = in_groups(names, most)
        assert sum(groups, ()) == names and max(map(len, groups)) <= most
    assert in_groups((), 5) == ((),)


def test_every_name_has_a_file_and_a_piece_of_its_own() -> None:
    files = [file_name(name) for name in ODD]
    assert len(set(files)) == len(ODD)
    assert not [name for name in files if "/" in name or not name.isprintable() or len(name.encode()) > 255]
    assert file_name("Ёлка") == "Ёлка.dump" and file_name("a/b") == "a%2Fb.dump"
    assert piece_name(7) == "tenant-0007.dump.zst.age" and piece_name(12_345) != piece_name(1_234)


def test_how_far_apart_they_are_and_who_came_or_went_is_said() -> None:
    assert notes(Taken(0.124, 1, 30, (), ()), 2) == (
        "the databases of 2 tenants are in it, each of its own moment, 0.12 s from the first to the last",
    )
    of_groups, gone, came = notes(Taken(95.2, 3, 40, ("acme",), ("new",)), 110)
    assert "up to 95.20 s apart" in of_groups and "hold 40 at once" in of_groups and "3 groups" in of_groups
    assert gone == "the tenant 'acme' went while the backup ran, and is not in it: the query lists it no more"
    assert came == "the tenant 'new' came while the backup ran, and is not in it: the next holds it"
    assert notes(Taken(0.1, 1, 0, (), ()), 0) == ("no tenant's database is in it: database.tenants.query lists none",)


def test_what_a_set_is_made_of_counts_them() -> None:
    found = holding("a", dump("acme", 10), dump("zoo", 20))
    assert [piece.key for piece in found.pieces][:3] == ["sets/crm", "sets/acme", "sets/zoo"]
    assert found.bytes == holding("a").bytes + 30
    there = {piece.key: piece.bytes for piece in found.pieces}
    assert complete(found, there, NOON).good
    assert not complete(found, {**there, "sets/zoo": 19}, NOON).good


def test_a_manifest_from_before_there_were_tenants_still_reads() -> None:
    found = holding("a")
    written = json.loads(records.encode(found, nonce="n"))
    del written["value"]["tenants"]
    assert records.decode(BackupSet, json.dumps(written).encode()) == found
    with_tenants = holding("a", *(dump(name) for name in ODD))
    assert records.decode(BackupSet, records.encode(with_tenants, nonce="n")) == with_tenants


def test_a_tenant_comes_alone_and_from_the_newest_set_that_holds_it() -> None:
    known = [(made("c", "files"), 1), (holding("b", dump("zoo")), 1), (holding("a", dump("acme"), dump("zoo")), 3)]
    found = plan_restore(known, NEWEST, tenant="acme")
    assert (found.id, found.dump, found.part, found.folders, found.tenants) == ("a", dump("acme"), None, (), ())
    assert (plan_restore(known, NEWEST, tenant="zoo").id, found.alone) == ("b", "'acme'")
    office = plan_restore(known, "a", part="office", tenant="zoo")
    assert (office.part, office.alone) == (Part("office"), "office of 'zoo'")
    assert plan_restore(known, "a", tenant="crm").dump == dump("crm"), "the described one has a name too"


def test_a_wrong_tenant_is_refused_with_those_that_are_known() -> None:
    known = [(holding("b", dump("zoo")), 1), (holding("a", dump("acme")), 3)]
    with pytest.raises(BadInput, match=r"'acm'.*The newest with tenants, b, holds: 'zoo'\.$"):
        plan_restore(known, NEWEST, tenant="acm")
    with pytest.raises(
        BadInput, match=r"set b holds no .* 'acme'.*It holds: 'zoo'\. The newest set that holds it is a\."
    ):
        plan_restore(known, "b", tenant="acme")
    with pytest.raises(BadInput, match="Leave out only"):
        plan_restore(known, "b", "uploads", tenant="zoo")


def test_a_tenant_goes_into_an_empty_database_and_nowhere_else() -> None:
    judge_places("", "file:///address", "", tenant="acme")
    with pytest.raises(BadInput, match="The database of a tenant goes into an empty one"):
        judge_places("/srv/back", "", "", tenant="acme")
    with pytest.raises(BadInput, match="A database and a bucket"):
        judge_places("", "file:///a", "", "s3://back", tenant="acme")
    with pytest.raises(BadInput, match="A moment is of the whole database"):
        judge_places("/srv/back", "", "", at="latest", tenant="acme")


def test_a_whole_set_brings_all_of_them_along() -> None:
    found = plan_restore([(holding("a", dump("acme"), dump("zoo")), 3)], NEWEST)
    assert [each.database for each in found.tenants] == ["acme", "zoo"]
    assert found.dump == dump("crm") and found.alone == ""


def test_a_tenant_who_was_emptied_makes_a_set_suspect_and_so_do_tenants_who_are_missing() -> None:
    full = holding("a", *(dump(f"t{number}", 5_000_000) for number in range(10)))
    emptied = replace(full, id="b", tenants=(dump("t0", 1_000), *full.tenants[1:]))
    fewer = replace(full, id="b", tenants=())
    (drop,) = judge_size(emptied, [Earlier(full, trusted=True)]).drops
    assert drop.what == "the dump of 't0'"
    (drop,) = judge_size(fewer, [Earlier(full, trusted=True)]).drops
    assert (drop.what, drop.now, drop.before) == ("tenants", "0", "10")
    assert not judge_size(replace(full, id="b"), [Earlier(full, trusted=True)]).drops
