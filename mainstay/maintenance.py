"""The maintenance page of an environment: what must be done on which host so that all show the same."""

from collections.abc import Mapping
from dataclasses import dataclass

from mainstay.errors import BadInput

FLAG = "maintenance.on"  # a file: proxies look at it on every request, so nothing is ever reloaded
NO_PAGE = ""  # in journals and plans: the application answers, no page is shown
LONGEST_WORDS = 200

Shown = Mapping[str, str]  # by host: the words of its page, or NO_PAGE


@dataclass(frozen=True)
class SetPage:
    """One host's page, from what it shows now to what it is to show."""

    host: str
    before: str
    after: str

    @property
    def says(self) -> str:
        return "down" if self.after == NO_PAGE else "up"


@dataclass(frozen=True)
class MaintenancePlan:
    steps: tuple[SetPage, ...]
    reasons: tuple[str, ...]

    @property
    def before(self) -> dict[str, str]:
        return {step.host: step.before for step in self.steps}

    @property
    def after(self) -> dict[str, str]:
        return {step.host: step.after for step in self.steps}


def judge_words(page: str, words: str) -> str:
    """What the page is to say, or NO_PAGE; words that a page cannot show are refused."""
    if page == "down":
        return NO_PAGE
    said = words.strip()
    if not said or "\n" in said or len(said) > LONGEST_WORDS:
        raise BadInput(f"words: must be one line of 1 to {LONGEST_WORDS} characters. Say when you will be back.")
    return said


def plan_maintenance(wish: str, shown: Shown) -> MaintenancePlan:
    """Only hosts that differ from the wish are touched; the others say why not."""
    return _plan({host: wish for host in shown}, shown)


def plan_way_back(before: Shown, shown: Shown) -> MaintenancePlan:
    """Every host the change meant to touch shows again what it showed before it."""
    return _plan(before, shown)


def plan_way_forward(after: Shown, shown: Shown) -> MaintenancePlan:
    """What was proven is finished on every host."""
    return _plan(after, shown)


def _plan(wished: Shown, shown: Shown) -> MaintenancePlan:
    steps = tuple(SetPage(host, shown[host], wish) for host, wish in sorted(wished.items()) if shown[host] != wish)
    reasons = tuple(_reason(host, shown[host], wish) for host, wish in sorted(wished.items()))
    return MaintenancePlan(steps, reasons)


def _reason(host: str, before: str, after: str) -> str:
    if before == after:
        return f"{host} already shows {_page(after)}"
    return f"{host} shows {_page(before)} and is to show {_page(after)}"


def _page(words: str) -> str:
    return "the application" if words == NO_PAGE else f"the page «{words}»"
