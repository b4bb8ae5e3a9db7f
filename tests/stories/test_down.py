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
from tests.office import CHANGE, HEAD, UNDO
from tests.running import until


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


def test_a_refused_store_is_told_and_whoever_stops_waiting_leaves_the_pool_open(
    server: PrefectServer, platform: Installation, kept: None, tmp_path: Path
) -> None:
    (tmp_path / "store").write_text("a file, and no store")
    run = server.start("maintenance/main", {"system": "shop"}, key=clock.new_nonce())
    server.set_state(run.id, "RUNNING", "Running", force=True)
    words = {"MAINSTAY_HOME": str(platform.home), "MAINSTAY_STORE": str(tmp_path / "store")}
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
