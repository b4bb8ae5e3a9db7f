"""What happens while the databases of tenants are taken: they come and go, write, hold us up, and we are killed."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import processes
from edge.backups.dumps.tenants import look_at_room
from mainstay.backups.dumps.tenants import at_once
from mainstay.backups.sets import BackupSet
from tests.doors.backups.dump_rig import Server
from tests.doors.backups.shop_rig import WHERE
from tests.doors.backups.tenant_rig import Company, called, company
from tests.doors.store_rig import ROOT
from tests.waiting import until

TAKES = f"""
from tasks.backups.sets import begin_set, observe_what_to_keep
from tasks.backups.tenants import keep_databases
plan = observe_what_to_keep.fn({WHERE[0]!r}, {WHERE[1]!r}, "database")
keep_databases.fn(begin_set.fn({WHERE[0]!r}, {WHERE[1]!r}, plan), plan.database, plan.tenants)
"""
NAMES = ("acme", "mill", "zoo")


@pytest.fixture
def firm(tmp_path: Path, server: Server) -> Iterator[Company]:
    with company(tmp_path, server) as made:
        for what in NAMES:
            made.add(called(what))
        yield made


def names(made: BackupSet) -> list[str]:
    return [each.database for each in made.tenants]


def test_their_moments_are_held_before_the_first_is_dumped(firm: Company) -> None:
    """What is written while the first dumps go on is in none of them."""
    acme, mill, zoo = firm.tenants

    def written() -> None:
        for each in (firm.main, firm.tenants[mill], firm.tenants[zoo]):
            each.do("insert into office.deals values (1000, 'late')")

    with firm.while_it_waits(acme, written):
        made, _ = firm.shop.take("database")
    for name in (mill, zoo):
        assert firm.bring_back(made.id, name).ask("select count(*) from office.deals") == [(50,)]
    assert "from the first to the last" in "; ".join(made.notes)


def test_a_tenant_that_was_dropped_meanwhile_is_named(firm: Company) -> None:
    """Its database is taken away from under us, and the query lists it no more."""
    acme, mill, zoo = firm.tenants

    def left() -> None:
        firm.forget(mill)
        firm.drop(mill)

    with firm.while_it_waits(acme, left):
        made, _ = firm.shop.take("database")
    assert names(made) == [acme, zoo]
    assert f"the tenant {mill!r} went while the backup ran" in "; ".join(made.notes)


def test_a_tenant_that_went_between_its_listing_and_its_moment_is_named(firm: Company) -> None:
    """The query still sees what the described database held then."""
    gone = called("gone")
    firm.main.do(
        "create function slowly() returns setof text language plpgsql as"
        " 'begin perform pg_sleep(2); return query select name from tenants order by name; end'",
    )
    firm.list(gone)
    firm.ask_for_tenants("select slowly()")
    asked = f"select from pg_stat_activity where datname = '{firm.main.name}' and wait_event = 'PgSleep'"

    with firm.at_the_same_time(lambda: bool(firm.main.ask(asked)), lambda: firm.forget(gone)):
        made, _ = firm.shop.take("database")
    assert names(made) == list(firm.tenants)
    assert f"the tenant {gone!r} went while the backup ran" in "; ".join(made.notes)


def test_a_tenant_that_came_meanwhile_is_named(firm: Company) -> None:
    acme, mill, zoo = firm.tenants
    new = called("new")
    with firm.while_it_waits(acme, lambda: firm.add(new)):
        made, _ = firm.shop.take("database")
    assert names(made) == [acme, mill, zoo]
    assert f"the tenant {new!r} came while the backup ran, and is not in it" in "; ".join(made.notes)
    assert new in names(firm.shop.take("database")[0])


def test_where_a_server_has_little_room_they_are_held_in_groups(firm: Company) -> None:
    firm.seen_by(f"few_{firm.main.name[-8:]}", "connection limit 4 in role pg_read_all_data")
    assert at_once(look_at_room(f"file://{firm.address}")) == 2
    made, _ = firm.shop.take("database")
    assert names(made) == list(firm.tenants)
    assert "room to hold 1 at once, so they were taken in 3 groups" in "; ".join(made.notes)


def test_killed_half_way_there_is_no_set_and_nobody_is_left_in_a_database(firm: Company) -> None:
    _, mill, _ = firm.tenants
    words = {"MAINSTAY_HOME": str(firm.shop.settings.home)}
    with firm.held_up(mill):
        argv = [sys.executable, "-c", TAKES]
        taking = processes.start(argv, log=firm.address.parent / "log", cwd=ROOT, environment=words)
        until(lambda: firm.waits(mill), seconds=60)
        os.kill(taking.pid, signal.SIGKILL)
    until(lambda: not firm.visited, seconds=20)
    assert not firm.shop.sets.kept and len(firm.shop.sets.unfinished) == 1
    assert [entry.key for entry in firm.shop.backups.listing("sets") if "/database-" in entry.key], "it was half-way"
    made, _ = firm.shop.take("database")
    assert [each.set.id for each in firm.shop.sets.kept] == [made.id] and names(made) == list(firm.tenants)
