"""Bringing what somebody left half-done to one safe state: each kind of change knows its own way."""

from collections.abc import Callable

from flows.pages import settle_pages
from mainstay.errors import NotFinished
from mainstay.journal import COMPLETED, ROLLED_BACK, Direction, Entry
from tasks.changes import tell_the_run
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
    settlement, other = change.unfinished(unfinished)
    reasons: tuple[str, ...] = (f"settled by {change.id}: {settlement.sentence}",)
    request = other.journal.request
    if settlement.direction is not Direction.NOTHING:
        if request is None or request.step not in WAYS:
            raise NotFinished(f"{unfinished} cannot be settled: nobody knows what it wanted. Look at its journal.")
        reasons += WAYS[request.step](other, request, settlement.direction)
    closed = other.journal.closed  # it had ended, and only its end was not recorded everywhere
    outcome = closed.step if closed else OUTCOMES[settlement.direction]
    record_end(other, request.step if request else "a change", outcome, reasons)
    tell_the_run(other, outcome)
    return f"{outcome}: {settlement.sentence}"
