"""The worker's jobs: none lost, none done twice, whoever leaves or dies, and signs of life all the while."""

import os
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.doors.crm_database import rows
from tests.doors.crm_rig import Crm
from tests.waiting import until


@pytest.fixture
def crm(crm: Crm) -> Iterator[Crm]:
    """With its tables."""
    crm.migrate()
    yield crm


def in_hand(crm: Crm) -> bool:
    question = "select 1 from pg_stat_activity where state = 'idle in transaction' and datname = current_database()"
    return bool(rows(crm.database, question))


def doers(crm: Crm) -> list[object]:
    return [color for _, color in crm.runs()]


def test_no_job_is_lost_or_done_twice_when_one_color_takes_over_from_the_other(crm: Crm) -> None:
    given = 0

    def enqueue(count: int) -> None:
        nonlocal given
        crm.enqueue(count, seconds=0.05)
        given += count

    def green_works() -> bool:
        if crm.waiting() < 20:  # or blue has done them all before green has even started
            enqueue(20)
        return "green" in doers(crm)

    enqueue(60)
    with crm.worker("blue") as blue:
        until(lambda: len(crm.runs()) > 10, seconds=15)
        with crm.worker("green"):
            until(green_works, seconds=15)
            enqueue(20)
            blue.terminate()
            assert blue.wait(5) == 0
            until(lambda: crm.waiting() == 0, seconds=15)
    assert set(Counter(job for job, _ in crm.runs()).values()) == {1} and len(crm.runs()) == given
    assert doers(crm)[-1] == "green"


def test_told_to_leave_it_finishes_the_job_in_hand_and_takes_no_other(crm: Crm) -> None:
    crm.enqueue(2, seconds=1)
    with crm.worker() as worker:
        until(lambda: in_hand(crm), seconds=10)
        worker.terminate()
        assert worker.wait(5) == 0
    assert (doers(crm), crm.waiting()) == (["blue"], 1)


def test_told_to_leave_with_nothing_in_hand_it_leaves(crm: Crm) -> None:
    with crm.worker() as worker:
        until(crm.heartbeat("blue").exists, seconds=10)
        worker.terminate()
        assert worker.wait(3) == 0


def test_a_job_whose_worker_was_killed_is_done_once_by_another(crm: Crm) -> None:
    crm.enqueue(1, seconds=1)
    with crm.worker("blue") as blue:
        until(lambda: in_hand(crm), seconds=10)
        blue.kill()
    assert crm.waiting() == 1
    with crm.worker("green"):
        until(lambda: crm.waiting() == 0, seconds=10)
    assert doers(crm) == ["green"]


def test_the_record_of_a_job_says_which_release_did_it(crm: Crm) -> None:
    crm.enqueue(1, seconds=0)
    with crm.worker("blue"):
        until(lambda: crm.waiting() == 0, seconds=10)
    assert rows(crm.database, "select color, release from job_runs") == [("blue", "r-1")]


def test_it_shows_life_inside_a_long_job(crm: Crm) -> None:
    crm.enqueue(1, seconds=20)
    with crm.worker():
        until(lambda: in_hand(crm), seconds=10)
        seen = {crm.heartbeat("blue").stat().st_mtime}
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            seen.add(crm.heartbeat("blue").stat().st_mtime)
            time.sleep(0.1)
        assert len(seen) >= 2 and in_hand(crm)


def test_a_worker_outlives_its_database_and_its_job_is_done_afterwards(crm: Crm) -> None:
    crm.enqueue(1, seconds=2)
    with crm.worker() as worker:
        until(lambda: in_hand(crm), seconds=10)
        crm.postgres.stop()
        os.utime(crm.heartbeat("blue"), (0, 0))
        time.sleep(2)
        assert worker.poll() is None and crm.heartbeat("blue").stat().st_mtime > 0
        crm.postgres.start()
        until(lambda: crm.waiting() == 0, seconds=15)
    assert doers(crm) == ["blue"]
