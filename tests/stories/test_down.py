"""`mainstay down` while a run is in progress, against a real server and a stand-in for the keeper."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.bootstrap import AUTOMATIONS, bootstrap
from edge import clock, keeper, processes
from edge.prefect_server import PrefectServer
from mainstay.installation import Installation
from mainstay.keeper import Report
from mainstay.platform import POOL
from residents.pool import Pool
from tests.office import CHANGE, HEAD, UNDO
from tests.waiting import until


@pytest.fixture
def server(platform: Installation, tmp_path: Path) -> PrefectServer:
    manifest = tmp_path / "prefect.yaml"
    manifest.write_text(HEAD + UNDO + CHANGE)
    bootstrap(platform, "UTC", manifest=manifest, events=AUTOMATIONS)
    return PrefectServer(platform.api, platform.login, budget_seconds=10)


@pytest.fixture
def kept(platform: Installation) -> Iterator[None]:
    """Somebody lives who says that he keeps this home."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    known = processes.identify(child.pid)
    assert known is not None
    keeper.write_report(platform.home, Report(child.pid, known.started, clock.now(), ()))
    yield
    child.kill()
    child.wait()


@pytest.fixture
def no_store(platform: Installation) -> Iterator[None]:
    """A file lies where the store should be."""
    place = platform.home / "store"
    place.write_text("a file, and no store")
    yield
    place.unlink()


@pytest.mark.parametrize("state", ["RUNNING", "PENDING"])
def test_a_refused_store_is_told_and_whoever_stops_waiting_leaves_the_pool_open(
    server: PrefectServer, platform: Installation, kept: None, no_store: None, tmp_path: Path, state: str
) -> None:
    run = server.start("maintenance/main", {"system": "shop"}, key=clock.new_nonce())
    server.set_state(run.id, state, state.title(), force=True)
    words = {"MAINSTAY_HOME": str(platform.home)}
    log = tmp_path / "log"
    down = processes.start([sys.executable, "-m", "deployments.command_line", "down"], log=log, environment=words)
    until(lambda: "Waiting for the run" in log.read_text(), seconds=30, otherwise=down)
    assert server.paused(POOL)
    os.kill(down.pid, signal.SIGINT)
    until(lambda: not processes.alive(down), seconds=30, otherwise=down)
    server.set_state(run.id, "COMPLETED", "Completed", force=True)
    assert not server.paused(POOL)
    assert log.read_text().count("The store cannot be asked for changes in progress") == 1
    assert "new runs begin again" in log.read_text() and "Traceback" not in log.read_text()


DIES_IN_DOWN = """
import sys
from edge.own_server import server_of
from edge.pausing import close_pool
from edge.settings import read_settings
settings = read_settings()
close_pool(settings.home, server_of(settings, budget_seconds=10))
print("closed", flush=True)
sys.stdin.readline()
"""


def test_a_pool_is_opened_by_the_keeper_only_when_whoever_closed_it_is_dead(
    server: PrefectServer, platform: Installation
) -> None:
    words = {"MAINSTAY_HOME": str(platform.home), "PATH": "/usr/bin:/bin"}
    house = Path(__file__).parents[2]
    down = subprocess.Popen(
        [sys.executable, "-c", DIES_IN_DOWN], cwd=house, env=words, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert down.stdout is not None and down.stdout.readline() == b"closed\n"
    keepers = Pool(platform.home, server, lambda: True)
    keepers()
    assert server.paused(POOL)
    down.kill()
    down.communicate()
    Pool(platform.home, server, lambda: False)()
    assert server.paused(POOL)
    keepers()
    assert not server.paused(POOL)
    server.pause(POOL)
    keepers()
    assert server.paused(POOL)  # by a person, who may have his reasons
    server.unpause(POOL)
