"""Each bad release is bad in its way and in no other: everything else is as in the good one."""

import statistics
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from tests.doors.crm_database import Postgres
from tests.doors.crm_rig import NO_TLS, Crm, Trees, Web
from tests.waiting import until

BASE = "v3"
PAGES = ("/", "/customers", "/jobs", "/login")
REQUESTS = 400


@pytest.fixture(scope="module")
def crm(postgres: Postgres, trees: Trees) -> Iterator[Crm]:
    with Crm.on(postgres, trees) as made:
        made.migrate(tag=BASE)
        yield made


@pytest.fixture
def fresh(postgres: Postgres, trees: Trees) -> Iterator[Crm]:
    with Crm.on(postgres, trees) as made:
        made.migrate(tag=BASE)
        yield made


def statuses(web: Web, path: str, count: int = REQUESTS) -> Counter[int]:
    with httpx.Client(base_url=web.address, timeout=20, verify=NO_TLS) as client, ThreadPoolExecutor(8) as users:
        return Counter(users.map(lambda _: client.get(path).status_code, range(count)))


def is_well(web: Web) -> bool:
    return web.is_ready() and web.status("/alive") == 200 and {web.status(page) for page in PAGES} == {200}


def works(crm: Crm, tag: str) -> bool:
    """Its worker does a job."""
    crm.enqueue(1, seconds=0)
    with crm.worker(tag=tag):
        until(lambda: crm.waiting() == 0, seconds=10)
    return True


@pytest.mark.parametrize("tag", ["v1", "v2", "v6"])
def test_a_good_release_is_well(crm: Crm, tag: str) -> None:
    with crm.web(tag=tag) as web:
        assert is_well(web) and f"Version {tag[1]}" in web.get("/").text
        assert works(crm, tag)


def test_one_dies_at_boot(crm: Crm) -> None:
    told = crm.run("-m", "crm.web", "--port", "1", tag="bad-boot")
    assert told.returncode == 1 and "dies at boot" in told.stderr


def test_one_is_never_ready(crm: Crm) -> None:
    with crm.web(tag="bad-never-ready", ready=False) as web:
        until(lambda: web.status("/customers") == 200, seconds=15)
        assert "never ready" in web.get("/health").text and not web.is_ready()
        assert web.status("/alive") == 200
    assert works(crm, "bad-never-ready")


@pytest.mark.parametrize(("tag", "fewest", "most"), [("5", 4, 50), ("20", 40, 130), ("100", 390, 400)])
def test_one_answers_a_share_of_its_pages_with_errors(crm: Crm, tag: str, fewest: int, most: int) -> None:
    with crm.web(tag=f"bad-errors-{tag}") as web:
        assert is_well(web)  # a smoke test does not find it
        seen = statuses(web, "/customers")
        assert fewest <= seen[500] <= most and set(seen) <= {200, 500}
        assert [set(statuses(web, path, 20)) for path in ("/health", "/alive", "/slow?seconds=0")] == [{200}] * 3
    assert works(crm, f"bad-errors-{tag}")


def test_one_takes_three_times_as_long(crm: Crm) -> None:
    with crm.web(tag=BASE) as good, crm.web(tag="bad-slow") as slow:
        assert is_well(slow)
        slow_seconds, good_seconds = medians(slow, good)
        assert 2 < slow_seconds / good_seconds < 4
    assert works(crm, "bad-slow")


def medians(*webs: Web) -> list[float]:
    """How long an answer takes of each; they are asked in turns, so that all of them meet the same load."""

    def ask(client: httpx.Client) -> float:
        began = time.monotonic()
        client.get("/customers")
        return time.monotonic() - began

    with ExitStack() as open:
        clients = [open.enter_context(httpx.Client(base_url=web.address, verify=NO_TLS)) for web in webs]
        rounds = [[ask(client) for client in clients] for _ in range(60)]
    return [statistics.median(seconds) for seconds in zip(*rounds, strict=True)]


@pytest.mark.parametrize("jobs", [0, 1])
def test_the_worker_of_one_dies_and_loses_no_job(fresh: Crm, jobs: int) -> None:
    fresh.enqueue(jobs, seconds=0)
    with fresh.web(tag="bad-worker") as web, fresh.worker(tag="bad-worker") as worker:
        assert worker.wait(10) == 1
        assert is_well(web) and fresh.waiting() == jobs


def test_the_migration_of_one_fails_and_the_old_color_does_not_notice(fresh: Crm) -> None:
    with fresh.web("blue", tag=BASE) as old:
        assert fresh.run("-m", "crm.migrate", tag="bad-migration").returncode == 1
        assert is_well(old)
        with fresh.web("green", tag="bad-migration", ready=False) as new:
            until(lambda: "0005_fails" in str(new.status("/alive") and new.get("/health").text), seconds=15)
    assert "-- kind: expand" in fresh.migrate("--print", tag="bad-migration")


@pytest.mark.parametrize(("tag", "said"), [("bad-non-expand", "contract"), ("bad-lying", "expand")])
def test_one_takes_a_column_from_the_old_color_and_is_well_itself(fresh: Crm, tag: str, said: str) -> None:
    assert f"-- kind: {said}" in fresh.migrate("--print", tag=tag)
    with fresh.web("blue", tag=BASE) as old, fresh.web("green", tag=tag, ready=False) as new:
        assert is_well(old)
        fresh.migrate(tag=tag)
        until(new.is_ready, seconds=15)
        assert is_well(new) and works(fresh, tag)
        assert set(statuses(old, "/customers", 10)) == {500}
        with new.client() as client:
            assert client.get("/api/contacts").json()[0]["phone"] == "+1 555 0103"
            assert client.post("/api/contacts", json={"name": "x", "company": "y", "phone": "1"}).status_code == 201
