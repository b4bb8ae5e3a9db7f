"""Runs whose process is gone, on a real server: those of this machine end, others are left to theirs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deployments.bootstrap import AUTOMATIONS, bootstrap
from edge import clock, marks, processes
from edge.prefect_server import PrefectServer
from mainstay.installation import Installation
from residents.runs import Runs
from tests.office import CHANGE, HEAD, UNDO
from tests.waiting import until


@pytest.fixture(scope="module")
def server(platform: Installation, tmp_path_factory: pytest.TempPathFactory) -> PrefectServer:
    manifest = tmp_path_factory.mktemp("declared") / "prefect.yaml"
    manifest.write_text(HEAD + UNDO + CHANGE)
    bootstrap(platform, "UTC", manifest=manifest, events=AUTOMATIONS)
    return PrefectServer(platform.api, platform.login, budget_seconds=10)


def run_in(state: str, server: PrefectServer, home: Path | None) -> str:
    """Its id. It was begun in this home, or elsewhere; its process is gone."""
    run = server.start("maintenance/main", {"system": "shop"}, key=clock.new_nonce()).id
    for each in dict.fromkeys(("RUNNING", state)):
        assert server.set_state(run, each, each.capitalize(), force=True)
    if home is not None:
        log = home / "logs" / "runs" / f"{run}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch()
    return run


def state_of(run: str, server: PrefectServer) -> str:
    found = server.run(run)
    assert found is not None
    return found.type


@contextmanager
def process_of(run: str, home: Path) -> Iterator[None]:
    sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]
    identity = processes.start(sleeping, log=home / "log", environment={marks.RUN: run})
    try:
        until(lambda: identity in marks.saying(marks.RUN, run))  # an instant after its start
        yield
    finally:
        processes.end(identity, grace_seconds=5)
        until(lambda: not processes.alive(identity), seconds=10)
        processes.reap()


def at_once(home: Path, server: PrefectServer) -> Runs:
    return Runs(home, server, lambda: True, cancelled_seconds=0, crashed_seconds=0)


@pytest.mark.parametrize(("before", "after"), [("RUNNING", "CRASHED"), ("CANCELLING", "CANCELLED")])
def test_a_run_of_this_machine_ends_when_its_process_is_gone(
    server: PrefectServer, tmp_path: Path, before: str, after: str
) -> None:
    run = run_in(before, server, tmp_path)
    look_after = at_once(tmp_path, server)
    with process_of(run, tmp_path):
        look_after()
        assert state_of(run, server) == before
    look_after()
    assert state_of(run, server) == after


@pytest.mark.parametrize("state", ["RUNNING", "CANCELLING"])
def test_a_run_of_another_machine_is_left_to_its_own_keeper(server: PrefectServer, tmp_path: Path, state: str) -> None:
    run = run_in(state, server, None)
    at_once(tmp_path, server)()
    assert state_of(run, server) == state


def test_a_process_that_is_gone_for_a_moment_crashes_no_run(server: PrefectServer, tmp_path: Path) -> None:
    run = run_in("RUNNING", server, tmp_path)
    look_after = Runs(tmp_path, server, lambda: True)
    look_after()
    look_after()
    assert state_of(run, server) == "RUNNING"
