from pathlib import Path

import psycopg
import pytest

from mainstay.backups.dumps.archive import Table
from mainstay.backups.dumps.selection import Part
from tests.doors.backups.dump_rig import CRM, DEALS, ODD, OTHERS, PEOPLE, Server, dumped, restored


@pytest.fixture(scope="module")
def crm(server: Server) -> bytes:
    return dumped(server.empty(*CRM, f'create table "{ODD}" as select 1 as a').reference)[0]


def test_one_tenant_alone(server: Server, crm: bytes, tmp_path: Path) -> None:
    target = server.empty()
    made = restored(crm, target, tmp_path, part=Part("office"))
    assert made.rows == {DEALS: 400, PEOPLE: 500} and made.notes == ()
    assert len(target.ask("select from office.rich")) == 334
    assert target.ask("insert into office.people (name) values ('next') returning id") == [(501,)]
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        target.do("insert into office.deals (person) values (999999)")


def test_what_a_tenant_refers_to_elsewhere_is_named(server: Server, crm: bytes, tmp_path: Path) -> None:
    made = restored(crm, server.empty(), tmp_path, part=Part("office_two"))
    assert made.rows[OTHERS] == 7 and not made.rows.get(PEOPLE)
    assert "office_two.deals deals_person_fkey" in made.notes[0] and "did not come along" in made.notes[0]


def test_one_table_alone_with_what_hangs_on_it(server: Server, crm: bytes, tmp_path: Path) -> None:
    target = server.empty()
    made = restored(crm, target, tmp_path, part=Part("office", "people"))
    assert made.rows == {PEOPLE: 500} and target.tables == ["office.people"] and made.notes == ()
    assert target.ask("insert into office.people (name) values ('next') returning id") == [(501,)]
    with pytest.raises(psycopg.errors.UniqueViolation):
        target.do("insert into office.people (name) values ('next')")
    odd = Part("public", ODD.replace('""', '"'))
    assert list(restored(crm, server.empty(), tmp_path, part=odd).rows.values()) == [1]


def test_a_tenant_brings_the_types_and_functions_it_is_made_of(server: Server, tmp_path: Path) -> None:
    source = server.empty(
        "create extension citext; create type mood as enum ('good', 'bad'); create schema tenant",
        "create function is_fine(mood) returns bool immutable language sql as 'select $1 = ''good'''",
        "create table tenant.notes (a citext, m mood check (is_fine(m)))",
        "insert into tenant.notes values ('A', 'good'); create table elsewhere (a int)",
    )
    target = server.empty()
    assert restored(dumped(source.reference)[0], target, tmp_path, part=Part("tenant")).rows == {
        Table("tenant", "notes"): 1
    }
    assert target.ask("select m from tenant.notes where a = 'a'") == [("good",)]


def test_a_divided_table_comes_with_the_rows_of_its_divisions(server: Server, tmp_path: Path) -> None:
    source = server.empty(
        "create table days (d date, n int, primary key (d, n)) partition by range (d)",
        "create table days_a partition of days for values from ('2026-01-01') to ('2026-02-01')",
        "create table days_b partition of days for values from ('2026-02-01') to ('2026-03-01') partition by hash (n)",
        "create table days_b_1 partition of days_b for values with (modulus 1, remainder 0)",
        "insert into days select '2026-01-10'::date + i, i from generate_series(1, 40) i",
    )
    dump, _ = dumped(source.reference)
    for part in (Part("public", "days"), Part("public")):
        target = server.empty()
        restored(dump, target, tmp_path, part=part)
        assert target.ask("select count(*), sum(n) from days") == [(40, 820)]
        with pytest.raises(psycopg.errors.UniqueViolation):
            target.do("insert into days select * from days limit 1")
    alone = server.empty()
    assert restored(dump, alone, tmp_path, part=Part("public", "days_a")).rows == {Table("public", "days_a"): 21}


def test_an_empty_schema_is_a_part_too_and_large_objects_are_of_none(server: Server, tmp_path: Path) -> None:
    source = server.empty("create schema nothing; comment on schema nothing is 'yet'", "select lo_create(0)")
    target = server.empty()
    made = restored(dumped(source.reference)[0], target, tmp_path, part=Part("nothing"))
    assert made.tables == () and made.notes == ("large objects were left out: no schema holds them",)
    assert target.ask("select obj_description('nothing'::regnamespace)") == [("yet",)]
