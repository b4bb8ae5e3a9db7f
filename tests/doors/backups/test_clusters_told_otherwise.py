"""A cluster that was told much by its owners is made anew for proof: nothing of that makes it bad, nor reaches out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doors.backups.base_rig import STREAMS, Line, embedded, line
from tests.doors.backups.dump_rig import Database
from tests.waiting import until

ROWS = "create table big as select i, md5(i::text) as words from generate_series(1, 100000) i"
NO_DDL = "create function no() returns event_trigger language plpgsql as $$ begin raise 'no DDL here'; end $$"
LOGICAL = ("-cwal_level=logical", *STREAMS[1:])


@pytest.fixture(scope="module")
def told(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with line(embedded(place), tmp_path_factory.mktemp("line"), *LOGICAL) as made:
        yield made


@pytest.fixture(scope="module")
def publisher(told: Line) -> Database:
    made = told.server.empty("create table news (i int)", "create publication all_of_it for table news", name="paper")
    made.ask("select pg_create_logical_replication_slot('paper', 'pgoutput')")
    return made


@pytest.fixture(scope="module")
def subscriber(told: Line, publisher: Database) -> Database:
    return told.server.empty(
        "create table news (i int)",
        f"create subscription reader connection '{publisher.address}' publication all_of_it"
        " with (create_slot = false, copy_data = false, slot_name = 'paper')",
        name="readers",
    )


def read(subscriber: Database) -> list[object]:
    return [i for (i,) in subscriber.ask("select i from news order by i")]


def test_a_copy_takes_nothing_that_is_meant_for_the_original(
    told: Line, publisher: Database, subscriber: Database, place: Path
) -> None:
    """Also while the original does not listen: then nobody would keep the copy from it."""
    publisher.do("insert into news values (1)")
    until(lambda: read(subscriber) == [1], seconds=30)
    last = told.point(told.base())
    subscriber.do("alter subscription reader disable")
    publisher.do("insert into news values (2)")
    told.prove(told.replay(last), place)
    subscriber.do("alter subscription reader enable")
    until(lambda: read(subscriber) == [1, 2], seconds=30)


def test_what_roles_and_databases_were_told_makes_no_set_bad(told: Line, place: Path) -> None:
    crm = told.server.empty(ROWS, "create index on big (words)", name="crm")
    crm.do(
        "alter database crm set statement_timeout = '5ms'", "alter database crm set default_transaction_read_only = on"
    )
    told.server.empty(NO_DDL, "create event trigger nothing on ddl_command_start execute function no()", name="guarded")
    half = told.server.empty(name="half_dropped")
    half.do("update pg_database set datconnlimit = -2 where datname = current_database()")
    found = told.prove(told.replay(told.point(told.base())), place)
    assert "every index agrees with its table" in found.notes
