"""Which of Prefect's automations could not do what they are there for, from what its feed says of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

TOLD_FOR = timedelta(hours=1)  # a failure that did not come again is news for so long


@dataclass(frozen=True)
class Held:
    """An automation as the server holds it."""

    name: str
    changed_at: datetime


@dataclass(frozen=True)
class Acted:
    """One try of an automation to act, and what became of it."""

    automation: str  # its id
    at: datetime
    why_not: str = ""  # empty: it acted


def could_not_act(held: Mapping[str, Held], acted: Iterable[Acted], now: datetime) -> tuple[str, ...]:
    """A sentence for each whose last try failed. One that was changed or taken away since is no news any more."""
    last = {each.automation: each for each in sorted(acted, key=lambda each: each.at)}
    news = {id: each for id, each in last.items() if id in held and _is_news(held[id], each, now)}
    return tuple(_said(held[id], news[id]) for id in sorted(news, key=lambda id: held[id].name))


def _is_news(held: Held, last: Acted, now: datetime) -> bool:
    return bool(last.why_not) and last.at > held.changed_at and now - last.at < TOLD_FOR


def _said(held: Held, failed: Acted) -> str:
    return (
        f"Prefect's automation «{held.name}» was to act at {failed.at:%Y-%m-%d %H:%M:%S} UTC and could not:"
        f" {failed.why_not.rstrip('.')}. What it was to start was not started; half-done changes are settled by the"
        " keeper all the same. Mend it in the UI, under Automations; one of ours is put right by:"
        " python -m deployments.bootstrap"
    )
