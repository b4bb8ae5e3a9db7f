"""A schema moves beside users, on a real PostgreSQL: it gives way, it is alone, and it says where it stopped."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from edge.changes import Change
from edge.migrations import move
from edge.postgres.advisory import advisory
from mainstay.errors import BadInput, CommandFailed, DatabaseBusy, DatabaseLost, Refused
from mainstay.journal import Kind
from tests.databases import Ground, folder, program_of, serves
from tests.doors.migration_rig import Server, Shop, lay_out_shop, users
from tests.running import running, until

COLUMN = "-- kind: expand\nalter table customers add column phone text;\n"
SLOW = f"{COLUMN}create table pause as select pg_sleep(60);\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with folder() as root:
        ground = Ground(root / "home", root / "place")
        cluster = ground.cluster()
        program, port = program_of(cluster)
        with running(program, ground.home):
            until(lambda: serves(cluster, port), seconds=30)
            yield Server(port, cluster.user, cluster.password)


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Shop:
    return lay_out_shop(tmp_path / "home", server)


@contextmanager
def left_open(shop: Shop, seconds: float) -> Iterator[None]:
    """Somebody read the table, and went away with his transaction open."""
    connection = shop.connect()
    connection.execute("begin")
    connection.execute("select count(*) from customers")
    end = threading.Timer(seconds, connection.close)
    end.start()
    try:
        yield
    finally:
        end.cancel()
        connection.close()


def heads(change: Change) -> list[tuple[str, str | None, str | None]]:
    entries = (entry for entry in change.journal.entries if entry.kind is Kind.STEP)
    return [(entry.step, entry.before.get("database"), entry.after.get("database")) for entry in entries]


def at_work(shop: Shop) -> list[tuple[object, ...]]:
    return shop.ask("select pid from pg_stat_activity where application_name like 'mainstay migration %'")


def test_what_is_pending_is_read_and_judged_and_nothing_is_changed(shop: Shop) -> None:
    shop.write("0001_phone", COLUMN)
    with shop.change() as change:
        pending = shop.look(change)
        assert (pending.head, pending.judged.kind, pending.judged.goes) == ("none", "expand", True)
        assert change.untouched
    assert "phone" not in shop.columns()


def test_it_is_moved_and_both_heads_are_in_the_journal(shop: Shop) -> None:
    shop.write("0001_phone", COLUMN)
    with shop.change() as change:
        moved = shop.move(change)
        assert (moved.before, moved.after, moved.tries) == ("none", "0001_phone", 1)
        assert heads(change) == [("migration on main", "none", None), ("migrated on main", "none", "0001_phone")]
    assert "phone" in shop.columns() and not at_work(shop)


def test_done_twice_it_is_done_once(shop: Shop) -> None:
    shop.write("0001_phone", COLUMN)
    for tries in (1, 0):
        with shop.change() as change:
            assert shop.move(change).tries == tries


def test_what_may_not_go_is_not_begun(shop: Shop) -> None:
    shop.write("0001_lie", "-- kind: expand\nalter table customers drop column name;\n")
    with shop.change() as change, pytest.raises(Refused, match="0001_lie line 2: 'alter table customers drop"):
        shop.move(change)
    with shop.change() as change:
        assert change.untouched and "name" in shop.columns()
        assert shop.move(change, "contract").after == "0001_lie"
    assert "name" not in shop.columns()


def test_a_looking_command_that_would_move_something_moves_nothing(shop: Shop) -> None:
    shop.write("0001_phone", COLUMN)
    descriptor = shop.settings.systems / "shop.yaml"
    descriptor.write_text(descriptor.read_text().replace("migration_tool.py, print", "migration_tool.py, move"))
    with shop.change() as change, pytest.raises(CommandFailed, match="read-only transaction"):
        shop.look(change)
    assert "phone" not in shop.columns()


def test_behind_an_open_transaction_it_gives_way_until_it_gets_through(shop: Shop) -> None:
    shop.write("0001_phone", COLUMN)
    with shop.change() as change, users(shop) as felt, left_open(shop, 6):
        moved = shop.move(change)
    assert moved.tries > 1 and "phone" in shop.columns()
    assert felt.failures == [] and felt.served > 50
    assert felt.longest_seconds < 2.5, "the lock timeout is 1 s; who waits longer has given up"


def test_a_lock_that_never_comes_free_ends_it_and_names_who_is_in_the_way(shop: Shop) -> None:
    shop.write("0001_phone", COLUMN)
    why = r"(?s)where it was: none\..* after \d+ tries: process \d+ \(.*, idle in transaction.*lock timeout"
    with shop.change() as change, left_open(shop, 300), pytest.raises(CommandFailed, match=why):
        move(change, shop.tool(change), shop.reference, shop.look(change), users_first_seconds=2)
    assert "phone" not in shop.columns()


def test_sql_that_fails_ends_it_at_once_and_the_head_says_that_nothing_stuck(shop: Shop) -> None:
    shop.write("0001_bad", "-- kind: expand\ncreate table a (id int);\nalter table nowhere add column b int;\n")
    with (
        shop.change() as change,
        pytest.raises(CommandFailed, match=r'(?s)where it was: none.*"nowhere" does not exist'),
    ):
        shop.move(change)
    assert shop.ask("select to_regclass('a')") == [(None,)]


def test_what_went_half_way_says_how_far(shop: Shop) -> None:
    shop.write("0001_phone", COLUMN)
    shop.write("0002_bad", "-- kind: expand\nalter table nowhere add column b int;\n")
    with shop.change() as change:
        with pytest.raises(CommandFailed, match="half-way: the database went from none to 0001_phone, and stays"):
            shop.move(change)
        assert heads(change)[-1] == ("migrated on main", "none", "0001_phone")


def test_what_outlives_its_deadline_is_ended_in_the_database_too(server: Server, tmp_path: Path) -> None:
    shop = lay_out_shop(tmp_path / "home", server, deadline=2)
    shop.write("0001_slow", SLOW)
    with shop.change() as change, pytest.raises(CommandFailed, match=r"where it was: none.*did not end within 2 s"):
        shop.move(change, "contract")
    assert at_work(shop) == [] and "phone" not in shop.columns()
    shop.ask("select 1 from customers")


def test_a_killed_gate_leaves_nobody_at_work_in_the_database(shop: Shop) -> None:
    shop.write("0001_slow", SLOW)
    with shop.change() as change:
        killer = threading.Thread(target=_kill_the_gate_once_it_works, args=(shop,))
        killer.start()
        with pytest.raises(CommandFailed, match="where it was: none"):
            shop.move(change, "contract")
        killer.join()
        assert at_work(shop) == [] and "phone" not in shop.columns()
    shop.write("0001_slow", COLUMN)
    with shop.change() as change:
        assert shop.move(change).after == "0001_slow"


def _kill_the_gate_once_it_works(shop: Shop) -> None:
    until(lambda: bool(at_work(shop)), seconds=20)
    gates = [each for each in psutil.process_iter(["cmdline"]) if _is_gate(each.info["cmdline"] or [], shop)]
    assert gates
    for gate in gates:
        os.kill(gate.pid, signal.SIGKILL)


def _is_gate(words: list[str], shop: Shop) -> bool:
    return words[:1] == ["/bin/sh"] and words[2:3] == [str(shop.settings.home / "gate/shop/production")]


def test_a_session_that_a_dead_migration_left_is_ended_before_the_next_begins(shop: Shop) -> None:
    shop.write("0001_phone", COLUMN)
    with shop.change() as change:
        with advisory(shop.reference, "migration of shop production", patience_seconds=1) as alone:
            name = alone.name
        left = shop.connect()
        left.execute("select set_config('application_name', %s, false)", [name])
        left.execute("begin")
        left.execute("lock table customers")
        assert shop.move(change).tries == 1
        assert left.broken or left.closed or not at_work(shop)
        left.close()


def test_of_two_migrators_one_waits_and_no_longer_than_said(shop: Shop) -> None:
    with advisory(shop.reference, "migration of shop production", patience_seconds=1):
        begun = time.monotonic()
        with (
            pytest.raises(DatabaseBusy, match="Nothing was begun"),
            advisory(shop.reference, "migration of shop production", patience_seconds=1),
        ):
            pass
        assert time.monotonic() - begun < 5
        with advisory(shop.reference, "migration of shop staging", patience_seconds=1):
            pass
    with advisory(shop.reference, "migration of shop production", patience_seconds=1):
        pass


def test_a_database_that_is_away_is_said_without_its_password(shop: Shop, server: Server) -> None:
    (shop.settings.home / "address").write_text(f"postgresql://bob:very-secret@127.0.0.1:{_unused(server)}/x")
    with (
        pytest.raises(DatabaseLost, match="cannot be reached") as told,
        advisory(shop.reference, "a", patience_seconds=1),
    ):
        pass
    assert "very-secret" not in str(told.value)


def test_an_address_that_is_none_is_not_repeated(shop: Shop) -> None:
    (shop.settings.home / "address").write_text("postgres//bob:very-secret@somewhere/x")
    with pytest.raises(BadInput, match="is no address") as told, advisory(shop.reference, "a", patience_seconds=1):
        pass
    assert "very-secret" not in str(told.value)


def test_the_options_of_the_system_itself_stay(shop: Shop) -> None:
    descriptor = shop.settings.systems / "shop.yaml"
    descriptor.write_text(descriptor.read_text() + 'configuration: {PGOPTIONS: "-c search_path=elsewhere"}\n')
    shop.ask("create schema elsewhere; select 1")
    shop.write("0001_a", "create table a (id int);")
    with shop.change() as change:
        shop.move(change)
    assert shop.ask("select to_regclass('elsewhere.a') is not null") == [(True,)]
    descriptor.write_text(descriptor.read_text().replace("-c search_path=elsewhere", "env://OPTIONS"))
    with shop.change() as change, pytest.raises(BadInput, match="keeps PGOPTIONS as a secret"):
        shop.look(change)


def test_somebody_who_moved_the_database_meanwhile_is_noticed(shop: Shop) -> None:
    shop.write("0001_phone", COLUMN)
    with shop.change() as change:
        pending = shop.look(change)
        shop.write("0002_more", "alter table customers drop column name;")
        with pytest.raises(Refused, match="not what was judged"):
            move(change, shop.tool(change), shop.reference, pending)
        assert change.untouched
    assert shop.columns() == {"id", "name"}


def _unused(server: Server) -> int:
    return server.port - 1 if server.port > 2000 else server.port + 1
