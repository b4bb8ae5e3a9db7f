"""What Prefect kept of a run: how long each of its steps took."""

from datetime import datetime
from typing import Any

import httpx

from benchmarks.practice.installation import Practice
from edge import clock
from edge.platform import lay_out
from edge.prefect_server import Run

WRITTEN_SECONDS = 20.0  # the server hears of the steps a little later than of the end


def took(site: Practice, run: Run) -> tuple[float, float, dict[str, float]]:
    """In seconds: from its creation to its end, from its first line to its end, and each of its steps by name."""
    kept = _asked(site, "GET", f"/flow_runs/{run.id}")
    created, begun, ended = (_moment(kept[name]) for name in ("created", "start_time", "end_time"))
    steps = {step["name"]: _moment(step["end_time"]) - _moment(step["start_time"]) for step in _steps(site, run)}
    return ended - created, ended - begun, steps


def _steps(site: Practice, run: Run) -> list[dict[str, Any]]:
    asked, end = {"flow_runs": {"id": {"any_": [run.id]}}, "limit": 200}, clock.monotonic() + WRITTEN_SECONDS
    while True:
        found: list[dict[str, Any]] = _asked(site, "POST", "/task_runs/filter", asked)
        closed = any(step["name"].startswith("record: ") for step in found)
        if (closed and all(step["end_time"] for step in found)) or clock.monotonic() > end:
            return [step for step in found if step["start_time"] and step["end_time"]]
        clock.sleep(0.2)


def _asked(site: Practice, method: str, path: str, words: object = None) -> Any:
    installation = lay_out(site.settings)
    user, _, password = installation.login.partition(":")
    answer = httpx.request(
        method, f"{installation.api}{path}", json=words, auth=(user, password), trust_env=False, timeout=20
    )
    return answer.raise_for_status().json()


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
