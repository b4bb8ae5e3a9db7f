"""Bringing what was left half-done to one safe state: each kind of change knows its own way."""

from collections.abc import Callable
from typing import Any

from prefect.client.schemas.objects import State

from flows.endings import done, rolled_back
from flows.pages import settle_pages
from mainstay.errors import NotFinished, Refused
from mainstay.journal import COMPLETED, ROLLED_BACK, Direction, Entry, Settlement
from tasks.changes import break_off, take_over, tell_the_run
from tasks.records import record_end
from tasks.turns import Change

WAYS: dict[str, Callable[[Change, Entry, Direction], tuple[str, ...]]] = {"maintenance": settle_pages}
OUTCOMES = {Direction.BACK: ROLLED_BACK, Direction.FORWARD: COMPLETED, Direction.NOTHING: "NothingToUndo"}


def settle_inherited(change: Change) -> None:
    """Whoever takes a turn first closes what was left open there."""
    for unfinished in change.inherited:
        settle(change, unfinished)


def settle(change: Change, unfinished: str) -> str:
    """The change is closed, forward or back as the pure table says; returns how it ended, and why."""
    settlement, other = take_over(change, unfinished)
    reasons = (f"settled by {change.id}: {settlement.sentence}", *_carried(other, settlement))
    closed, request = other.journal.closed, other.journal.request
    outcome = closed.step if closed else OUTCOMES[settlement.direction]  # it may have ended, unheard
    record_end(other, request.step if request else "a change", outcome, reasons)
    tell_the_run(other, outcome)
    return f"{outcome}: {settlement.sentence}"


def broken_off(change: Change, what: str, reason: BaseException) -> State[Any]:
    """Our own change is closed at once as anybody else would close it: back, or forward if it had passed."""
    settlement = break_off(change)
    why = str(reason) or type(reason).__name__
    reasons = (why, settlement.sentence, *_carried(change, settlement))
    record_end(change, what, OUTCOMES[settlement.direction], reasons)
    if settlement.direction is Direction.NOTHING:
        raise Refused(f"Nothing was changed on {change.site.name} {change.environment}: {why}") from reason
    if settlement.direction is Direction.FORWARD:
        return done(f"{what}: {settlement.sentence}. It was interrupted afterwards: {why}")
    return rolled_back(why)


def _carried(change: Change, settlement: Settlement) -> tuple[str, ...]:
    if settlement.direction is Direction.NOTHING:
        return ()
    request = change.journal.request
    if request is None or request.step not in WAYS:
        raise NotFinished(f"{change.id} cannot be settled: nobody knows what it wanted. Look at its journal.")
    return WAYS[request.step](change, request, settlement.direction)
