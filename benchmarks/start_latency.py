"""From "run created" to its first step: a story on our platform, and the same on Prefect as it comes.

The peer is what its own guide sets up: a server with its own database, a process worker, a deployment. Both
times are the server's own: when the run was created, and when its first task began.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from benchmarks.claim import Claim, Sample, Target
from benchmarks.practice.installation import installation
from deployments.up import bring_up
from edge import clock
from edge.platform import lay_out
from edge.ports import free_ports

CLAIMS = (
    Claim(
        name="start-latency",
        metric="run created to first step",
        unit="s",
        better="less",
        target=Target("<=", 3.0, "ours"),
        peer_name="Prefect's server and process worker with their own settings",
    ),
)

PEER_FLOW = """
from prefect import flow, task

@task
def first_step() -> None:
    pass

@flow
def peer() -> None:
    first_step()
"""
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


def rounds(n: int) -> Iterator[dict[str, Sample]]:
    with ExitStack() as both:
        root = Path(
            both.enter_context(tempfile.TemporaryDirectory(prefix="mainstay-bench-", ignore_cleanup_errors=True))
        )
        ours = both.enter_context(our_platform())
        peer = both.enter_context(_plain_prefect(root / "peer"))
        for _ in range(n):
            yield {
                CLAIMS[0].metric: Sample(
                    _first_step_after(ours, "undo/main", {"run": "nothing"}), _first_step_after(peer, "peer/peer", {})
                )
            }


@contextmanager
def our_platform() -> Iterator[httpx.Client]:
    with installation() as settings:
        bring_up(settings, practice=False)
        platform = lay_out(settings)
        user, _, password = platform.login.partition(":")
        with httpx.Client(base_url=platform.api, auth=(user, password), trust_env=False) as server:
            yield server


@contextmanager
def _plain_prefect(home: Path) -> Iterator[httpx.Client]:
    home.mkdir(parents=True)
    (home / "peer_flow.py").write_text(PEER_FLOW)
    port = str(free_ports(1)[0])
    words = {
        **{name: word for name, word in os.environ.items() if not name.startswith("PREFECT_")},
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(home),
    }
    with ExitStack() as started:
        started.enter_context(_process(["server", "start", "--port", port], home, words))
        with httpx.Client(base_url=words["PREFECT_API_URL"], trust_env=False) as server:
            _until(lambda: server.get("/health").is_success)
            _prefect(["work-pool", "create", "plain", "--type", "process"], home, words)
            deploy = ["deploy", "peer_flow.py:peer", "--name", "peer", "--pool", "plain"]
            _prefect(["--no-prompt", *deploy], home, words)
            started.enter_context(_process(["worker", "start", "--pool", "plain", "--type", "process"], home, words))
            _first_step_after(server, "peer/peer", {})  # its first run also finds everything cold
            yield server


def _first_step_after(server: httpx.Client, deployment: str, parameters: Mapping[str, str]) -> float:
    """Seconds, by the server's clock."""
    id = server.get(f"/deployments/name/{deployment}").raise_for_status().json()["id"]
    run = server.post(f"/deployments/{id}/create_flow_run", json={"parameters": parameters}).raise_for_status().json()
    which = {"flow_runs": {"id": {"any_": [run["id"]]}}}
    _until(lambda: server.get(f"/flow_runs/{run['id']}").json()["state"]["type"] in ENDED)
    _until(lambda: bool(server.post("/task_runs/filter", json=which).json()))
    steps: list[dict[str, Any]] = server.post("/task_runs/filter", json=which).json()
    began = min(datetime.fromisoformat(step["start_time"]) for step in steps if step["start_time"])
    return (began - datetime.fromisoformat(run["created"])).total_seconds()


@contextmanager
def _process(words: list[str], home: Path, environment: Mapping[str, str]) -> Iterator[None]:
    with (home / f"{words[0]}.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "prefect", *words], cwd=home, env=environment, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            child.terminate()
            child.wait(30)


def _prefect(words: list[str], home: Path, environment: Mapping[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "prefect", *words], cwd=home, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, check=True, timeout=120,
    )  # fmt: skip


def _until(holds: Callable[[], bool], seconds: float = 120) -> None:
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        try:
            if holds():
                return
        except httpx.HTTPError:
            pass
        clock.sleep(0.1)
    raise TimeoutError(f"it did not come true within {seconds:g} s")
