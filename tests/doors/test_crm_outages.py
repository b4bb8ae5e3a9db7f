"""The CRM and its database: what users meet while it is away, frozen, not moved yet, or locked by somebody."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.doors.crm_database import rows
from tests.doors.crm_rig import Crm, Web, seconds_of
from tests.waiting import until

AWAY_SECONDS = 3
QUICK_SECONDS = 2.5  # of which the CRM's own patience is two
CAUGHT_SECONDS = 0.5 + 2.0 + 0.25 + 2  # the next beat, its silence, a look; two for a busy machine: alone it takes ten


@pytest.fixture
def web(crm: Crm) -> Iterator[Web]:
    crm.migrate()
    with crm.web() as made:
        yield made


def shows_that_it_is_away(web: Web) -> bool:
    return web.status("/health") == 503


def turns_away_quickly_and_lives(web: Web) -> None:
    for path in ("/customers", "/health", "/jobs"):
        status, seconds = seconds_of(web, path)
        assert status == 503 and seconds < QUICK_SECONDS
    assert web.get("/customers").headers["Retry-After"] == "1"
    assert (web.status("/alive"), web.status("/")) == (200, 200)


def test_a_database_that_is_gone_turns_users_away_quickly_and_is_found_again(crm: Crm, web: Web) -> None:
    crm.postgres.stop()
    try:
        until(lambda: shows_that_it_is_away(web), seconds=2)
        end = time.monotonic() + AWAY_SECONDS
        while time.monotonic() < end:
            turns_away_quickly_and_lives(web)
    finally:
        crm.postgres.start()
    until(web.is_ready, seconds=5)
    assert [web.status("/customers") for _ in range(20)] == [200] * 20
    assert web.process.poll() is None


def test_a_database_that_answers_nothing_turns_users_away_quickly_is_found_again_and_keeps_no_color(
    crm: Crm, web: Web
) -> None:
    with crm.postgres.frozen(), ThreadPoolExecutor(12) as users:
        caught = list(users.map(lambda _: seconds_of(web, "/customers"), range(12)))  # more than there are connections
        assert all(status == 503 and seconds < CAUGHT_SECONDS for status, seconds in caught)
        turns_away_quickly_and_lives(web)
    until(web.is_ready, seconds=5)
    assert [web.status("/customers") for _ in range(20)] == [200] * 20
    with crm.postgres.frozen():
        web.leave()
        assert web.process.wait(10) == 0


def test_a_connection_that_the_server_ended_while_it_was_idle_costs_no_user_anything(crm: Crm, web: Web) -> None:
    assert [web.status("/customers") for _ in range(8)] == [200] * 8
    rows(crm.database, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where query like 'select count%'")
    assert [web.status("/customers") for _ in range(8)] == [200] * 8


def test_users_behind_a_lock_wait_instead_of_being_turned_away(crm: Crm, web: Web) -> None:
    """So long as a migration waits for a lock, everybody else waits behind it."""
    with psycopg.connect(crm.database) as other, ThreadPoolExecutor(12) as users:
        other.execute("lock table contacts in access exclusive mode")
        waiting = [users.submit(web.status, "/customers") for _ in range(12)]
        time.sleep(AWAY_SECONDS)
        assert web.is_ready() and not any(each.done() for each in waiting)
        other.rollback()
        assert [each.result() for each in waiting] == [200] * 12


def test_it_is_alive_but_not_ready_until_the_schema_has_what_this_release_needs(crm: Crm) -> None:
    crm.migrate(tag="v1")
    with crm.web(tag="v2", ready=False) as web:
        until(lambda: web.status("/alive") == 200, seconds=15)
        until(lambda: "0004_newsletter" in web.get("/health").text, seconds=5)
        assert not web.is_ready()
        crm.migrate(tag="v2")
        until(web.is_ready, seconds=5)


def test_a_release_is_ready_on_a_schema_that_has_more_than_it_needs(crm: Crm) -> None:
    crm.migrate(tag="e5")
    with crm.web(tag="v1") as web:
        assert web.status("/customers") == 200


def test_it_starts_without_a_database_and_waits_for_it(crm: Crm) -> None:
    crm.migrate()
    crm.postgres.stop()
    try:
        with crm.web(ready=False) as web:
            until(lambda: web.status("/alive") == 200, seconds=15)
            assert not web.is_ready()
            crm.postgres.start()
            until(web.is_ready, seconds=5)
    finally:
        if not crm.postgres.is_up:
            crm.postgres.start()
