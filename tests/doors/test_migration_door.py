"""A schema moves beside users, on a real PostgreSQL: it gives way, it is proven, and it says where it stopped."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge import clock
from edge.changes import Change
from edge.migrations import move
from mainstay.errors import BadInput, CommandFailed, Refused
from mainstay.journal import Kind
from tests.doors.migration_rig import COLUMN, Server, Shop, lay_out_shop, served, users
from tests.waiting import until


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served() as found:
        yield found


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Shop:
    return lay_out_shop(tmp_path / "home", server)


@contextmanager
def left_open(shop: Shop) -> Iterator[Callable[[], None]]:
    """Somebody read the table, and went away with his transaction open; calling what is given ends it."""
    connection = shop.connect()
    connection.execute("begin")
    connection.execute("select count(*) from customers")
    try:
        yield connection.close
    finally:
        connection.close()


def tries_begun(change: Change) -> int:
    return [step for step, _, _ in heads(change)].count("migration on main")


def heads(change: Change) -> list[tuple[str, str | None, str | None]]:
    entries = (entry for entry in change.journal.entries if entry.kind is Kind.STEP)
    return [(entry.step, entry.before.get("database"), entry.after.get("database")) for entry in entries]


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
    assert "phone" in shop.columns() and not shop.at_work()


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
    begun = clock.monotonic()
    held: list[float] = []
    with shop.change() as change, users(shop) as felt, left_open(shop) as close:

        def close_in_the_third_try() -> None:
            until(lambda: tries_begun(change) == 3, seconds=60)
            close()
            held.append(clock.monotonic() - begun)

        somebody = threading.Thread(target=close_in_the_third_try)
        somebody.start()
        moved = shop.move(change)
        somebody.join()
    assert moved.tries >= 3 and "phone" in shop.columns()
    assert felt.failures == [] and felt.served > 50
    assert felt.longest_seconds < held[0] / 2, "whoever waits as long as the transaction is open was not let through"


def test_a_lock_that_never_comes_free_ends_it_and_names_who_is_in_the_way(shop: Shop) -> None:
    shop.write("0001_phone", COLUMN)
    why = r"(?s)where it was: none\..* after \d+ tries: process \d+ \(.*, idle in transaction.*lock timeout"
    with shop.change() as change, left_open(shop), pytest.raises(CommandFailed, match=why):
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


def test_the_options_of_the_system_itself_stay(shop: Shop) -> None:
    descriptor = shop.settings.systems / "shop.yaml"
    descriptor.write_text(descriptor.read_text() + 'configuration: {PGOPTIONS: "-c search_path=elsewhere"}\n')
    with shop.connect() as connection:
        connection.execute("create schema elsewhere")
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
