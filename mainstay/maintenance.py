"""The maintenance page of an environment: what must be done on which host so that all show the same."""

from collections.abc import Mapping
from dataclasses import dataclass

FLAG = "maintenance.on"  # a file: proxies look at it on every request, so nothing is ever reloaded


@dataclass(frozen=True)
class SetPage:
    """One host's page, from what it shows now to what it is to show; None is no page."""

    host: str
    before: str | None
    after: str | None

    @property
    def says(self) -> str:
        return "up" if self.after is not None else "down"


@dataclass(frozen=True)
class MaintenancePlan:
    wish: str | None
    steps: tuple[SetPage, ...]
    reasons: tuple[str, ...]


def plan_maintenance(wish: str | None, shown: Mapping[str, str | None]) -> MaintenancePlan:
    """Only hosts that differ from the wish are touched; the others say why not."""
    steps = tuple(SetPage(host, before, wish) for host, before in sorted(shown.items()) if before != wish)
    reasons = tuple(_reason(host, before, wish) for host, before in sorted(shown.items()))
    return MaintenancePlan(wish, steps, reasons)


def plan_way_back(plan: MaintenancePlan, shown: Mapping[str, str | None]) -> MaintenancePlan:
    """Every host the change meant to touch shows again what it showed before it."""
    steps = tuple(
        SetPage(step.host, shown[step.host], step.before)
        for step in reversed(plan.steps)
        if shown[step.host] != step.before
    )
    reasons = tuple(_reason(step.host, shown[step.host], step.before) for step in plan.steps)
    return MaintenancePlan(None, steps, reasons)


def plan_way_forward(plan: MaintenancePlan, shown: Mapping[str, str | None]) -> MaintenancePlan:
    """What was proven is finished on every host."""
    return plan_maintenance(plan.wish, {step.host: shown[step.host] for step in plan.steps})


def _reason(host: str, before: str | None, after: str | None) -> str:
    if before == after:
        return f"{host} already shows {_page(after)}"
    return f"{host} shows {_page(before)} and is to show {_page(after)}"


def _page(words: str | None) -> str:
    return "no page" if words is None else f"the page «{words}»"
