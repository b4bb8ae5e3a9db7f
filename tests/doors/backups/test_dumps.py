import os
import signal
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from edge import clock
from edge.backups.dumps.scratch import scratch_database
from edge.backups.dumps.taking import dumping, moment
from mainstay.backups.dumps.archive import DamagedDump, PassingDump, Table
from mainstay.backups.pg_versions import Tools
from mainstay.errors import BadInput, CommandFailed, DatabaseLost
from tests.doors.backups.dump_rig import (
    CRM,
    MANY_ROWS,
    ODD,
    OTHERS,
    PEOPLE,
    Bytes,
    Server,
    check_whole,
    dumped,
    needs_debian,
    restored,
    scratch_server,
    sentence,
)


def test_a_dump_says_what_is_in_it(server: Server) -> None:
    database = server.empty(*CRM, f'create table "{ODD}" (a int)')
    _, made = dumped(database.reference)
    assert made.server.startswith("18.") and made.database == database.name and made.tables == 4
    assert made.contents.schemas == ("office", "office_two", "public")
    assert made.contents.of("office") == (Table("office", "deals"), Table("office", "people"))
    assert made.contents.of("public") == (Table("public", ODD.replace('""', '"')),)


def test_a_database_of_an_odd_name_is_dumped_and_restored(server: Server, tmp_path: Path) -> None:
    source, target = server.empty(name='Ба\'за "x" dbname=y\n'), server.empty(name="postgresql://куда?")
    source.do("create table a as select 1 as b")
    dump, made = dumped(source.reference)
    assert made.database == source.name
    assert list(restored(dump, target, tmp_path).rows.values()) == [1]


def test_what_a_database_itself_was_told_is_named_and_not_said(server: Server) -> None:
    """No dump holds it, and an application may not find its tables without."""
    database = server.empty("create schema app")
    tell = f'alter database "{database.name}" set'
    database.do(f"{tell} search_path = app, public", f"{tell} app.jwt_secret = 'hush'", f"{tell} work_mem = '8MB'")
    _, made = dumped(database.reference)
    (note,) = made.notes
    assert note.endswith("set these anew: app.jwt_secret, search_path, work_mem") and "hush" not in note


def test_an_empty_database_is_dumped_whole(server: Server) -> None:
    dump, made = dumped(server.empty().reference)
    assert made.tables == 0 and check_whole(Bytes(dump)).tables == ()


@pytest.mark.parametrize("which", ["server", pytest.param("old_server", marks=needs_debian)])
def test_what_is_committed_after_the_moment_is_not_in_it(
    request: pytest.FixtureRequest, which: str, tmp_path: Path
) -> None:
    database = request.getfixturevalue(which).empty(*CRM)
    with moment(database.reference) as held:
        database.do("insert into office.people (name) values ('came later')", "delete from office_two.deals")
        dump, _ = dumped(database.reference, snapshot=held.snapshot)
    assert b"person 500" in dump and b"came later" not in dump
    rows = restored(dump, request.getfixturevalue(which).empty(), tmp_path).rows
    assert rows[PEOPLE] == 500 and rows[OTHERS] == 7


def test_a_moment_tells_where_in_the_log_it_is_and_writes_nothing(server: Server) -> None:
    database = server.empty("create table a (b int)")
    [(lsn,)] = database.ask("select pg_current_wal_insert_lsn()::text")
    with moment(database.reference) as held:
        database.ask("select txid_current()")
        between = f"'{lsn}' <= '{held.lsn}'::pg_lsn and '{held.lsn}'::pg_lsn < pg_current_wal_insert_lsn()"
        assert database.ask(f"select {between}") == [(True,)]
        writing = "select from pg_stat_activity where datname = current_database() and backend_xid is not null"
        assert database.ask(writing) == []


def test_a_moment_outlasts_a_server_that_ends_idle_transactions(server: Server) -> None:
    database = server.empty(*CRM)
    database.do(f"alter database {database.name} set idle_in_transaction_session_timeout = '300ms'")
    with moment(database.reference) as held:
        clock.sleep(0.8)
        assert dumped(database.reference, snapshot=held.snapshot)[1].tables == 3


def test_a_moment_that_is_over_cannot_be_dumped(server: Server) -> None:
    database = server.empty(*CRM)
    with moment(database.reference) as held:
        over = held.snapshot
    with pytest.raises(CommandFailed, match="snapshot") as reason:
        dumped(database.reference, snapshot=over)
    assert sentence(reason).startswith(f"The dump of {database.name} broke off, and nothing of it may be kept: ")


def test_a_pg_dump_that_is_killed_half_way_leaves_nothing_to_keep(server: Server) -> None:
    with dumping(server.empty(MANY_ROWS).reference) as dump:
        dump.read(100_000)
        [child] = [each for each in psutil.Process().children() if each.name() == "pg_dump"]
        child.send_signal(signal.SIGKILL)
        while dump.read():
            pass
        with pytest.raises(CommandFailed, match=r"pg_dump was ended by SIGKILL") as reason:
            dump.finish()
    sentence(reason)


def test_a_server_that_dies_half_way_leaves_nothing_to_keep(place: Path, tmp_path: Path) -> None:
    with scratch_database(tmp_path, place=place) as reference:
        dying = scratch_server(reference, tmp_path)
        with dumping(dying.empty(MANY_ROWS).reference) as dump:
            dump.read(100_000)
            dying.stop_at_once()
            with pytest.raises(CommandFailed, match="broke off") as reason:
                while dump.read():
                    pass
                dump.finish()
    assert "Look at its server" in sentence(reason)


def test_a_pg_dump_that_says_all_is_well_is_not_simply_believed(server: Server, tmp_path: Path) -> None:
    database = server.empty(*CRM)
    whole, _ = dumped(database.reference)
    (tmp_path / "whole").write_bytes(whole)
    tool = tmp_path / "pg_dump"
    for kept in (0, 2, 300, len(whole) // 2, len(whole) - 1):
        told = f"import sys; sys.stdout.buffer.write(open('{tmp_path}/whole', 'rb').read({kept}))"
        tool.write_text(f"#!{sys.executable}\n{told}\n")
        tool.chmod(0o755)
        with pytest.raises(CommandFailed, match="pg_dump ended well, but"):
            dumped(database.reference, tools=[Tools(str(tmp_path), "18.6", zstd=False, tls=False)])


def test_who_stops_reading_half_way_may_keep_nothing(server: Server) -> None:
    with dumping(server.empty(MANY_ROWS).reference) as dump:
        dump.read(100_000)
        with pytest.raises(CommandFailed, match="broke off"):
            dump.finish()


def test_whoever_leaves_half_way_leaves_no_process_behind(server: Server) -> None:
    with dumping(server.empty(MANY_ROWS).reference) as dump:
        dump.read(100_000)
    assert [each for each in psutil.Process().children() if each.name() == "pg_dump"] == []


def test_a_wrong_password_is_one_sentence_without_it(server: Server) -> None:
    database = server.empty("create role guest login password 'right-one-42'")
    with pytest.raises(DatabaseLost, match="password") as reason:
        dumped(database.named("guest", "wrong-one-42"))
    assert "wrong-one-42" not in sentence(reason) and "right-one-42" not in sentence(reason)


def test_a_missing_database_is_one_sentence(server: Server) -> None:
    gone = server.empty()
    with psycopg.connect(server.address, autocommit=True) as connection:
        connection.execute(f"drop database {gone.name}".encode())
    with pytest.raises(DatabaseLost, match="does not exist") as reason:
        dumped(gone.reference)
    assert gone.reference in sentence(reason)


def test_what_is_no_address_is_not_repeated(server: Server) -> None:
    with pytest.raises(BadInput, match="no address") as reason:
        dumped(server.reference_to("host=a wrong sekret-word"))
    assert "sekret" not in sentence(reason)


def test_a_table_that_may_not_be_read_ends_the_dump(server: Server) -> None:
    database = server.empty("create role clerk login password 'clerk-pass-42'", "create table hidden as select 1")
    with pytest.raises(CommandFailed, match="permission denied for table hidden") as reason:
        dumped(database.named("clerk", "clerk-pass-42"))
    assert "GRANT pg_read_all_data" in sentence(reason)


def test_rows_that_are_hidden_from_the_user_end_the_dump(server: Server) -> None:
    database = server.empty(
        "create role agent login password 'agent-pass-42'",
        "create table guarded (a int); alter table guarded enable row level security; grant select on guarded to agent",
    )
    with pytest.raises(CommandFailed, match="row-level security") as reason:
        dumped(database.named("agent", "agent-pass-42"))
    assert "BYPASSRLS" in sentence(reason)


def test_no_process_shows_the_password(server: Server) -> None:
    database = server.empty("create role crm superuser login password 'canary-7f3a'", MANY_ROWS)
    with dumping(database.named("crm", "canary-7f3a")) as dump:
        dump.read(100_000)
        seen = [" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])]
    assert any("pg_dump" in line and "--format=custom" in line for line in seen)
    assert not [line for line in seen if "canary-7f3a" in line]


def test_a_password_that_is_also_the_name_of_all_else_is_no_obstacle(server: Server) -> None:
    database = server.empty("create role office_crm superuser login password 'office_crm'")
    assert dumped(database.named("office_crm", "office_crm"))[1].tables == 0


def test_its_contents_are_known_from_its_first_bytes(server: Server) -> None:
    dump, made = dumped(server.empty(*CRM, MANY_ROWS).reference)
    passing = PassingDump()
    passing.feed(dump[:40_000])
    assert passing.contents == made.contents and len(dump) > 20_000_000


def test_a_dump_that_is_cut_anywhere_is_never_whole(server: Server) -> None:
    binary = "select lo_from_bytea(0, decode(repeat('00ff0000000000', 5000), 'hex'))"
    dump, made = dumped(server.empty(*CRM, "create table nothing ()", binary, binary).reference)
    assert check_whole(Bytes(dump)) == check_whole(Bytes(dump, 1)) == made.contents
    for cut in {*range(0, len(dump), 997), *range(len(dump) - 2000, len(dump))}:
        with pytest.raises(DamagedDump):
            check_whole(Bytes(dump[:cut]))
    with pytest.raises(DamagedDump):
        check_whole(Bytes(dump + b"\0"))


@needs_debian
def test_a_dump_of_an_older_tool_that_is_cut_anywhere_is_never_whole(old_server: Server) -> None:
    dump, _ = dumped(old_server.empty(*CRM).reference)
    for cut in range(0, len(dump), 499):
        with pytest.raises(DamagedDump):
            check_whole(Bytes(dump[:cut]))


def test_rows_as_long_as_may_be_are_not_taken_for_the_end(server: Server) -> None:
    lengths = "create table lengths as select repeat('x', n) from unnest(array[255, 256, 65535, 65536, 16777215]) n"
    dump, made = dumped(server.empty(lengths, "create table after as select 1 as a").reference)
    assert made.tables == 2 and check_whole(Bytes(dump, 65_536)) == made.contents


def test_what_is_no_dump_is_said() -> None:
    for wrong in (b"", b"PG", b"-- PostgreSQL database dump\n", os.urandom(5000), b"PGDMP\1\x7f\0" + bytes(500)):
        with pytest.raises(DamagedDump):
            check_whole(Bytes(wrong))
