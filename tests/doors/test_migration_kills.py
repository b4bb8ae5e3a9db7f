"""A migration that is killed, hangs, or is not alone: nobody stays at work in the database, nobody waits for ever."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from edge.postgres.advisory import advisory
from mainstay.errors import BadInput, CommandFailed, DatabaseBusy, DatabaseLost
from tests.doors.migration_rig import COLUMN, SLOW, Server, Shop, lay_out_shop, served
from tests.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served() as found:
        yield found


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Shop:
    return lay_out_shop(tmp_path / "home", server)


def test_what_outlives_its_deadline_is_ended_in_the_database_too(server: Server, tmp_path: Path) -> None:
    shop = lay_out_shop(tmp_path / "home", server, deadline=2)
    shop.write("0001_slow", SLOW)
    with shop.change() as change, pytest.raises(CommandFailed, match=r"(?s)where it was: none.*did not end within 2 s"):
        shop.move(change, "contract")
    assert shop.at_work() == [] and "phone" not in shop.columns()
    shop.ask("select 1 from customers")


def test_a_killed_gate_leaves_nobody_at_work_in_the_database(shop: Shop) -> None:
    shop.write("0001_slow", SLOW)
    with shop.change() as change:
        killer = threading.Thread(target=_kill_the_gate_once_it_works, args=(shop,))
        killer.start()
        with pytest.raises(CommandFailed, match="where it was: none"):
            shop.move(change, "contract")
        killer.join()
        assert shop.at_work() == [] and "phone" not in shop.columns()
    shop.write("0001_slow", COLUMN)
    with shop.change() as change:
        assert shop.move(change).after == "0001_slow"


def test_a_mover_that_is_killed_leaves_nobody_at_work_and_users_get_through_without_anybody_s_help(shop: Shop) -> None:
    shop.write("0001_slow", SLOW)
    program = [
        sys.executable,
        str(Path(__file__).with_name("migration_mover.py")),
        str(shop.settings.home),
        shop.address,
    ]
    mover = subprocess.Popen(program, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True)
    try:
        until(lambda: bool(shop.at_work()), seconds=30)
    finally:
        mover.kill()
        mover.wait()
    until(lambda: not shop.at_work(), seconds=10)
    shop.ask("select count(*) from customers")
    assert "phone" not in shop.columns()
    shop.write("0001_slow", COLUMN)
    with shop.change() as change:
        assert shop.move(change).after == "0001_slow"


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
        assert left.broken or left.closed or not shop.at_work()
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


def _kill_the_gate_once_it_works(shop: Shop) -> None:
    until(lambda: bool(shop.at_work()), seconds=20)
    gates = [each for each in psutil.process_iter(["cmdline"]) if _is_gate(each.info["cmdline"] or [], shop)]
    assert gates
    for gate in gates:
        os.kill(gate.pid, signal.SIGKILL)


def _is_gate(words: list[str], shop: Shop) -> bool:
    return words[:1] == ["/bin/sh"] and words[2:3] == [str(shop.settings.home / "gate/shop/production")]


def _unused(server: Server) -> int:
    return server.port - 1 if server.port > 2000 else server.port + 1
