import os
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import psycopg
import pyrage
import pytest

from edge import clock
from edge.backups import pg_tools
from edge.backups.dumps.restores import restoring
from edge.backups.dumps.scratch import scratch_database
from edge.backups.dumps.taking import dumping
from edge.backups.sealing import seal, unseal
from edge.postgres import postgres_programs
from mainstay.backups.dumps.archive import Table
from mainstay.backups.dumps.selection import Part
from mainstay.errors import BadInput, CommandFailed, DatabaseLost, Refused
from tests.doors.backups.dump_rig import (
    CRM,
    DEALS,
    MANY_ROWS,
    ODD,
    OTHERS,
    PEOPLE,
    Server,
    dumped,
    needs_debian,
    restored,
    rows_of,
    scratch_server,
)
from tests.knows.house import ROOT
from tests.waiting import until

LARGE = "select lo_from_bytea(42, decode(repeat('00ff0000000000', 5000), 'hex'))"
SLOW_TO_INDEX = (  # for whoever restores it, and for nobody else
    "create table slow as select i from generate_series(1, 5) i",
    "create function slowly(i int) returns int immutable language plpgsql as $$ begin"
    " if current_setting('application_name') = 'mainstay restore' then perform pg_sleep(3); end if; return i; end $$",
    "create index on slow (slowly(i))",
)
RESTORE = """
import sys, time
from pathlib import Path
from edge.backups.dumps.restores import restoring
with restoring(sys.argv[2], Path(sys.argv[3])) as restore:
    restore.write(Path(sys.argv[1]).read_bytes())
    restore.finish()
"""


@pytest.fixture(scope="module")
def crm(server: Server) -> bytes:
    return dumped(server.empty(*CRM, f'create table "{ODD}" as select 1 as a', LARGE).reference)[0]


def test_what_was_dumped_is_there_again(server: Server, crm: bytes, tmp_path: Path) -> None:
    target = server.empty()
    made = restored(crm, target, tmp_path)
    odd = Table("public", ODD.replace('""', '"'))
    assert made.rows == {DEALS: 400, PEOPLE: 500, OTHERS: 7, odd: 1} and set(made.tables) == set(made.rows)
    assert target.ask("select note from office.deals where id = 3") == [("tab\tand\nbreak",)]
    assert target.ask("select lo_get(42)") == [(bytes.fromhex("00ff0000000000" * 5000),)]
    assert target.ask("insert into office.people (name) values ('next') returning id") == [(501,)]
    assert len(target.ask("select from office.rich")) == 334
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        target.do("insert into office_two.deals values (1, 999999)")
    assert not target.is_marked and [path.name for path in tmp_path.iterdir()] in ([], [".lock"])


def test_sealed_on_the_way_out_and_opened_on_the_way_in(server: Server, tmp_path: Path) -> None:
    source, target, key = server.empty(*CRM, MANY_ROWS), server.empty(), pyrage.x25519.Identity.generate()
    stored = BytesIO()
    with dumping(source.reference) as dump:
        seal(dump, stored.write, [str(key.to_public())], packed=dump.packed)
        made = dump.finish()
    stored.seek(0)
    with restoring(target.reference, tmp_path) as restore:
        unseal(stored, restore.write, str(key))
        restore.finish()
    rows = rows_of(target.address)
    assert made.tables == len(rows) == 4 and rows[Table("public", "big")] == 30_000


def test_what_is_packed_already_is_opened_like_everything_and_hardly_grows() -> None:
    key, packed, sealed, opened = pyrage.x25519.Identity.generate(), os.urandom(3_000_000), BytesIO(), BytesIO()
    assert seal(BytesIO(packed), sealed.write, [str(key.to_public())], packed=True).bytes < 1.002 * len(packed)
    sealed.seek(0)
    unseal(sealed, opened.write, str(key))
    assert opened.getvalue() == packed


def test_an_empty_database_is_restored_as_one(server: Server, tmp_path: Path) -> None:
    target = server.empty()
    assert restored(dumped(server.empty().reference)[0], target, tmp_path).tables == ()
    assert not target.is_marked


@pytest.mark.parametrize("full", ["create table a (b int)", "create view a as select 1", "create sequence a"])
def test_nothing_is_restored_over_anything(server: Server, tmp_path: Path, full: str) -> None:
    target = server.empty(full)
    with pytest.raises(Refused, match=r"is not empty \(public\.a\)"), restoring(target.reference, tmp_path):
        raise AssertionError("it was let in")
    assert not target.is_marked


def test_two_restores_into_one_database_are_one(server: Server, crm: bytes, tmp_path: Path) -> None:
    target = server.empty()
    with restoring(target.reference, tmp_path) as first:
        with pytest.raises(Refused, match="goes on, or was broken off"), restoring(target.reference, tmp_path):
            raise AssertionError("it was let in")
        first.write(crm)
        assert len(first.finish().tables) == 4


def test_nothing_is_there_before_it_was_found_good(server: Server, crm: bytes, tmp_path: Path) -> None:
    """Whoever opens what was sealed may learn at the very end that it is not what it should be."""
    target = server.empty()
    with pytest.raises(ZeroDivisionError), restoring(target.reference, tmp_path) as restore:
        for at in range(0, len(crm), 10_000):
            restore.write(crm[at : at + 10_000])
        clock.sleep(1)  # long enough for all of it
        assert target.tables == []
        raise ZeroDivisionError
    assert target.tables == [] and target.is_marked


def test_a_dump_that_is_cut_never_ends_well(server: Server, crm: bytes, tmp_path: Path) -> None:
    for cut in (0, 3, 400, len(crm) // 2, len(crm) - 5000, len(crm) - 1):
        target = server.empty()
        with pytest.raises(CommandFailed, match="The dump is not whole"):
            restored(crm[:cut], target, tmp_path)
        assert target.tables == []


def test_a_dump_that_was_changed_never_ends_well(server: Server, crm: bytes, tmp_path: Path) -> None:
    """In its rows, which no table of contents tells: what is not a row refuses all of them."""
    target = server.empty()
    with pytest.raises(CommandFailed, match="The restore failed"):
        restored(crm.replace(b"\t300\t", b"\t3x0\t"), target, tmp_path)
    assert target.tables == [] and target.is_marked


def test_a_broken_off_restore_is_not_taken_for_a_fresh_database(server: Server, crm: bytes, tmp_path: Path) -> None:
    target = server.empty()
    with pytest.raises(CommandFailed):
        restored(crm[:-1], target, tmp_path)
    with pytest.raises(Refused, match="drop that database and make it anew"):
        restored(crm, target, tmp_path)


def test_what_is_refused_before_it_began_leaves_the_database_as_it_was(
    server: Server, crm: bytes, tmp_path: Path
) -> None:
    target = server.empty()
    with pytest.raises(BadInput, match=r"holds no schema 'nowhere'.*It holds: office, office_two, public"):
        restored(crm, target, tmp_path, part=Part("nowhere"))
    with pytest.raises(BadInput, match=r"holds no table 'x' in 'office'.*It holds: deals, people"):
        restored(crm, target, tmp_path, part=Part("office", "x"))
    assert len(restored(crm, target, tmp_path).tables) == 4


def test_killed_half_way_it_never_looks_whole(server: Server, tmp_path: Path) -> None:
    dump, target = tmp_path / "dump", server.empty()
    dump.write_bytes(dumped(server.empty(*CRM, *SLOW_TO_INDEX).reference)[0])
    argv = [sys.executable, "-c", RESTORE, str(dump), target.reference, str(tmp_path / "room")]
    indexing = f"select from pg_stat_activity where datname = '{target.name}' and query ~ '^CREATE INDEX.*slowly'"
    with subprocess.Popen(argv, cwd=ROOT, start_new_session=True) as child:
        until(lambda: bool(server.empty().ask(indexing)) or child.poll() is not None)
        child.send_signal(signal.SIGKILL)
    until(lambda: not target.ask(f"select from pg_stat_activity where datname = '{target.name}' and state <> 'active'"
                                 " and pid <> pg_backend_pid()"))  # fmt: skip
    assert target.is_marked and target.tables == []
    with pytest.raises(Refused, match="goes on, or was broken off"):
        restored(dump.read_bytes(), target, tmp_path)


def test_a_server_that_dies_half_way_is_one_sentence(place: Path, tmp_path: Path, server: Server) -> None:
    dump, _ = dumped(server.empty(MANY_ROWS).reference)
    with scratch_database(tmp_path, place=place) as reference:
        dying = scratch_server(reference, tmp_path)
        with (
            pytest.raises(CommandFailed, match=r"The restore failed.*Look at its server"),
            restoring(dying.empty().reference, tmp_path) as restore,
        ):
            restore.write(dump[:10_000_000])
            dying.stop_at_once()
            restore.write(dump[10_000_000:])
            restore.finish()


def test_who_owns_a_database_restores_it_without_any_other_right(server: Server, tmp_path: Path) -> None:
    source = server.empty(*CRM, LARGE, "create extension citext; comment on extension citext is 'ours'")
    target = server.empty("create role crm_owner login password 'owner-pass-42'")
    target.do(f"alter database {target.name} owner to crm_owner")
    dump, _ = dumped(source.reference)
    with restoring(target.named("crm_owner", "owner-pass-42"), tmp_path) as restore:
        restore.write(dump)
        restore.finish()
    assert rows_of(target.address) == {DEALS: 400, PEOPLE: 500, OTHERS: 7}
    assert target.ask("select distinct tableowner from pg_tables where schemaname ~ '^office'") == [("crm_owner",)]


def test_all_belongs_to_who_restored_it_and_rights_are_named(server: Server, tmp_path: Path) -> None:
    source = server.empty("create role reader; create role once_owner", "create table a (b int)",
                          "grant select on a to reader; alter table a owner to once_owner")  # fmt: skip
    dump, _ = dumped(source.reference)
    without = server.empty()
    made = restored(dump, without, tmp_path)
    assert made.notes == ("1 grants of rights were left out: all belongs to the user who restored it",)
    may = "select has_table_privilege('reader', 'a', 'select'), pg_get_userbyid(relowner) from pg_class where oid = 'a'"
    assert without.ask(f"{may}::regclass") == [(False, "mainstay")]


def test_who_may_make_nothing_there_is_told(server: Server, tmp_path: Path) -> None:
    target = server.empty("create role visitor login password 'visitor-pass-42'")
    reference = target.named("visitor", "visitor-pass-42")
    with pytest.raises(Refused, match="GRANT CREATE ON DATABASE"), restoring(reference, tmp_path):
        raise AssertionError("it was let in")


def test_a_missing_target_is_one_sentence(server: Server, tmp_path: Path) -> None:
    gone = server.reference_to(f"{server.address}&dbname=nowhere")
    with pytest.raises(DatabaseLost, match="does not exist"), restoring(gone, tmp_path):
        raise AssertionError("it was let in")


@needs_debian
def test_an_older_server_is_restored_into_itself_and_into_a_newer_one(
    server: Server, old_server: Server, tmp_path: Path
) -> None:
    dump, _ = dumped(old_server.empty(*CRM).reference)
    old, new = restored(dump, old_server.empty(), tmp_path), restored(dump, server.empty(), tmp_path)
    assert old.rows == new.rows == {DEALS: 400, PEOPLE: 500, OTHERS: 7}
    assert old.tool.startswith("15.")


@needs_debian
def test_a_newer_server_is_not_restored_into_an_older_one(old_server: Server, crm: bytes, tmp_path: Path) -> None:
    target = old_server.empty()
    with pytest.raises(Refused, match=r"The dump is of PostgreSQL 18\.\d+, and this server is 15"):
        restored(crm, target, tmp_path)
    assert not target.is_marked and target.tables == []


@needs_debian
def test_what_a_too_new_tool_wrote_is_refused_by_an_older_server(old_server: Server, tmp_path: Path) -> None:
    ours = pg_tools.find_tools([postgres_programs.in_place()])
    dump, _ = dumped(old_server.empty(*CRM).reference, tools=ours)
    target = old_server.empty()
    with pytest.raises(Refused, match="can be restored into PostgreSQL 17 or newer, not into 15"):
        restored(dump, target, tmp_path)
    assert not target.is_marked


@needs_debian
def test_what_sorts_by_icu_is_refused_where_there_is_none(server: Server, old_server: Server, tmp_path: Path) -> None:
    for sorted_so in (
        'create table a (b text collate "de-x-icu")',
        "create collation german (provider = icu, locale = 'de')",
    ):
        dump, _ = dumped(old_server.empty(sorted_so).reference)
        target = server.empty()
        with pytest.raises(Refused, match="sorts by rules of ICU"):
            restored(dump, target, tmp_path)
        assert not target.is_marked
        restored(dump, old_server.empty(), tmp_path)
