"""How the CRM moves its schema: looks that change nothing, moves that are whole, one at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.doors.crm_database import rows
from tests.doors.crm_rig import Crm


def test_looking_changes_nothing(crm: Crm) -> None:
    assert crm.migrate("--head") == "none\n"
    assert "-- migration: 0001_first\n-- kind: expand\n" in crm.migrate("--print")
    assert rows(crm.database, "select 1 from pg_tables where schemaname = 'public'") == []


def test_what_was_printed_is_what_is_run_and_then_there_is_nothing_to_print(crm: Crm) -> None:
    crm.migrate(tag="v1")
    printed = crm.migrate("--print", tag="e2")
    names = [line.removeprefix("-- migration: ") for line in printed.splitlines() if line.startswith("-- migration: ")]
    assert names == ["0004_newsletter", "0005_extra_1", "0006_extra_2"]
    crm.migrate(tag="e2")
    assert (crm.migrate("--head", tag="e2"), crm.migrate("--print", tag="e2")) == ("0006_extra_2\n", "")


def test_moving_twice_is_moving_once(crm: Crm) -> None:
    crm.migrate()
    assert crm.migrate() == "The schema is at 0003_attachments.\n"


def test_two_movers_at_once_are_one_after_the_other(crm: Crm) -> None:
    with ThreadPoolExecutor(2) as movers:
        told = list(movers.map(lambda _: crm.migrate(PGOPTIONS="-c lock_timeout=1"), range(2)))
    assert sorted("0001_first: done" in each for each in told) == [False, True]
    assert rows(crm.database, "select count(*) from users") == [(1,)]


def test_a_migration_that_fails_leaves_nothing_behind(crm: Crm) -> None:
    crm.migrate(tag="v3")
    told = crm.run("-m", "crm.migrate", tag="bad-migration")
    assert told.returncode == 1 and "0005_fails failed and left nothing behind" in told.stderr
    assert crm.migrate("--head") == "0004_newsletter\n"
    assert rows(crm.database, "select to_regclass('labels')") == [(None,)]


def test_it_waits_for_a_lock_no_longer_than_its_caller_says(crm: Crm) -> None:
    crm.migrate(tag="v1")
    with psycopg.connect(crm.database) as other:
        other.execute("select * from contacts")
        told = crm.run("-m", "crm.migrate", tag="v2", PGOPTIONS="-c lock_timeout=200")
    assert told.returncode == 1 and "SQLSTATE 55P03" in told.stderr and "lock timeout" in told.stderr
    crm.migrate(tag="v2")


def test_a_mover_that_is_killed_leaves_the_way_free(crm: Crm) -> None:
    crm.migrate(tag="v1")
    with psycopg.connect(crm.database) as other:
        other.execute("select * from contacts")
        with crm.started(["-m", "crm.migrate"], "v2") as mover:
            waits = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%newsletter%'"
            while not rows(crm.database, waits):
                threading.Event().wait(0.05)
            mover.kill()
    assert crm.migrate("--head") == "0003_attachments\n"
    assert "0004_newsletter: done" in crm.migrate(tag="v2")


def test_a_database_that_is_not_there_is_said_so(crm: Crm) -> None:
    told = crm.run("-m", "crm.migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert told.returncode == 1 and told.stderr.startswith("The database does not answer")
