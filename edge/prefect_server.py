"""The door to Prefect's HTTP API, for those who must not wait long: every call has a budget.

Nothing here retries: whoever calls knows whether asking again is worth it (``ServerLost``) or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from edge import clock
from edge.prefect_api import BUDGET_SECONDS, PrefectApi
from mainstay.errors import ServerLost, ServerRefused

Value = str | int | float | bool | None  # what parameters and payloads are made of

IN_PROGRESS = ("PENDING", "RUNNING", "CANCELLING", "PAUSED")
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")

_PAGE = 200


@dataclass(frozen=True)
class Run:
    """A flow run as the server showed it when it was asked."""

    id: str
    name: str
    type: str  # RUNNING, COMPLETED, ...
    since: datetime | None  # it is in that state
    state: str  # the same as a person reads it: "Running", or a name of ours: "RolledBack"
    message: str
    tags: tuple[str, ...]
    created_by: str | None  # a person is never known here: the server has one shared login

    @property
    def ended(self) -> bool:
        return self.type in ENDED


class PrefectServer:
    """Who is behind the login ("user:password") may do everything here."""

    def __init__(self, api: str, login: str | None, *, budget_seconds: float = BUDGET_SECONDS) -> None:
        self._api = PrefectApi(api, login, budget_seconds=budget_seconds)

    def healthy(self) -> bool:
        """It answers, and so does its database."""
        try:
            return self._api.call("GET", "/ready") is not None
        except (ServerLost, ServerRefused):
            return False

    def deployment(self, name: str) -> str | None:
        """The id of "flow/deployment", or None: there is none of that name."""
        found = self._api.call("GET", f"/deployments/name/{quote(name)}", missing=True)
        return None if found is None else str(found["id"])

    def start(
        self,
        deployment: str,
        parameters: Mapping[str, Value],
        *,
        key: str,
        queue: str | None = None,
        tags: Sequence[str] = (),
        begins_at: datetime | None = None,
    ) -> Run:
        """A run of "flow/deployment", at once or later; the same key gives the same run, as it was first asked for."""
        id = self.deployment(deployment)
        if id is None:
            raise ServerRefused(f"Prefect has no deployment {deployment}. Make it: python -m deployments.bootstrap")
        words: dict[str, Any] = {"parameters": dict(parameters), "idempotency_key": key, "tags": list(tags)}
        if queue:
            words["work_queue_name"] = queue
        if begins_at:
            words["state"] = {"type": "SCHEDULED", "state_details": {"scheduled_time": begins_at.isoformat()}}
        return _run(self._api.call("POST", f"/deployments/{id}/create_flow_run", words))

    def run(self, id: str) -> Run | None:
        found = self._api.call("GET", f"/flow_runs/{id}", missing=True)
        return None if found is None else _run(found)

    def progress_of(self, id: str) -> str | None:
        """The words under its bar; None: it has none yet."""
        which = {"artifacts": {"flow_run_id": {"any_": [id]}, "type": {"any_": ["progress"]}}, "limit": 1}
        found = self._api.call("POST", "/artifacts/filter", which)
        return None if not found else str(found[0]["description"])

    def page_of(self, run: Run) -> str:
        """Where a person sees it in the UI."""
        return f"{self._api.api.removesuffix('/api')}/runs/flow-run/{run.id}"

    def in_progress(self) -> tuple[Run, ...]:
        """Every run that has begun and not ended, or is about to begin; page by page."""
        which = {"state": {"type": {"any_": list(IN_PROGRESS)}}}
        found: list[Run] = []
        while True:
            words = {"flow_runs": which, "sort": "ID_DESC", "limit": _PAGE, "offset": len(found)}
            page = self._api.call("POST", "/flow_runs/filter", words)
            found.extend(_run(each) for each in page)
            if len(page) < _PAGE:
                return tuple(found)

    def set_state(self, id: str, type: str, name: str, message: str = "", *, force: bool = False) -> bool:
        """Whether the server took it; without ``force`` it keeps a state that is final."""
        words = {"state": {"type": type, "name": name, "message": message}, "force": force}
        answer = self._api.call("POST", f"/flow_runs/{id}/set_state", words)
        return bool(answer["status"] == "ACCEPT")

    def pause(self, pool: str) -> None:
        """Runs in progress go on; no new one begins until ``unpause``."""
        self._api.call("PATCH", f"/work_pools/{pool}", {"is_paused": True})

    def unpause(self, pool: str) -> None:
        self._api.call("PATCH", f"/work_pools/{pool}", {"is_paused": False})

    def paused(self, pool: str) -> bool:
        return bool(self._api.call("GET", f"/work_pools/{pool}")["is_paused"])

    def show_markdown(self, key: str, text: str, *, run: str | None = None, description: str = "") -> str:
        """An artifact; its id. The key is lower case, digits and dashes."""
        return self._artifact({"key": key, "type": "markdown", "data": text}, run, description)

    def show_progress(self, key: str, percent: float, *, run: str | None = None, description: str = "") -> str:
        return self._artifact({"key": key, "type": "progress", "data": percent}, run, description)

    def update_progress(self, artifact: str, percent: float, description: str) -> None:
        self._api.call("PATCH", f"/artifacts/{artifact}", {"data": percent, "description": description})

    def emit(
        self, event: str, *, resource: str, name: str, payload: Mapping[str, Value], run: str | None = None
    ) -> None:
        """Something happened to ``resource`` (its id); ``name`` is what a person reads in the feed."""
        related = [{"prefect.resource.id": f"prefect.flow-run.{run}", "prefect.resource.role": "flow-run"}]
        words = {
            "occurred": clock.now().isoformat(),
            "event": event,
            "resource": {"prefect.resource.id": resource, "prefect.resource.name": name},
            "related": related if run else [],
            "payload": dict(payload),
            "id": clock.new_uuid(),
        }
        self._api.call("POST", "/events", [words])

    def _artifact(self, words: dict[str, Any], run: str | None, description: str) -> str:
        answer = self._api.call("POST", "/artifacts/", {**words, "flow_run_id": run, "description": description})
        return str(answer["id"])


def _run(found: Mapping[str, Any]) -> Run:
    state = found.get("state") or {}
    return Run(
        id=str(found["id"]),
        name=str(found["name"]),
        type=str(state.get("type") or "SCHEDULED"),
        since=datetime.fromisoformat(state["timestamp"]) if state.get("timestamp") else None,
        state=str(state.get("name") or ""),
        message=str(state.get("message") or ""),
        tags=tuple(found.get("tags") or ()),
        created_by=_creator(found.get("created_by")),
    )


def _creator(found: Mapping[str, Any] | None) -> str | None:
    """As the server puts it: AUTOMATION, SCHEDULE, DEPLOYMENT, ... and its name."""
    return f"{str(found['type']).lower()} {found.get('display_value') or ''}".strip() if found else None
