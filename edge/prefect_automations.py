"""The door to Prefect's feed, as far as it tells what automations did."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from edge.prefect_api import BUDGET_SECONDS, PrefectApi
from mainstay.automations import Acted, Held

_ACTED, _FAILED = "prefect.automation.action.executed", "prefect.automation.action.failed"
_RESOURCE = "prefect.automation."
_PAGE = 200


class PrefectAutomations:
    """Whoever made them, we or a person."""

    def __init__(self, api: str, login: str | None, *, budget_seconds: float = BUDGET_SECONDS) -> None:
        self._api = PrefectApi(api, login, budget_seconds=budget_seconds)

    def held(self) -> dict[str, Held]:
        """By id."""
        found: list[Mapping[str, Any]] = []
        while True:
            page = self._api.call("POST", "/automations/filter", {"limit": _PAGE, "offset": len(found)})
            found.extend(page)
            if len(page) < _PAGE:
                return {each["id"]: Held(each["name"], datetime.fromisoformat(each["updated"])) for each in found}

    def acted(self, since: datetime) -> tuple[Acted, ...]:
        """The newest of them; where there are very many, the oldest are left out."""
        which = {"occurred": {"since": since.isoformat()}, "event": {"name": [_ACTED, _FAILED]}, "order": "DESC"}
        return tuple(_acted(each) for each in self._api.call("POST", "/events/filter", {"filter": which})["events"])


def _acted(event: Mapping[str, Any]) -> Acted:
    id = event["resource"]["prefect.resource.id"].removeprefix(_RESOURCE)
    why = event["payload"].get("reason") or "it does not say why" if event["event"] == _FAILED else ""
    return Acted(id, datetime.fromisoformat(event["occurred"]), why)
