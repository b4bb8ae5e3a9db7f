"""Bringing what was left half-done to one safe state: each kind of change knows its own way."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from prefect.client.schemas.objects import State

from flows.colors import remember_release, settle_colors, settle_retirement
from flows.endings import accepted, done, rolled_back
from flows.pages import settle_pages
from mainstay.errors import BadRelease, NotFinished, Refused, StoreLost
from mainstay.journal import (
    COMPLETED,
    NOTHING_TO_UNDO,
    ROLLED_BACK,
    UNPROVEN,
    Direction,
    Entry,
    Kind,
    Settlement,
)
from mainstay.report import Carried, End
from tasks.changes import break_off, take_over, tell_the_run
from tasks.records import record_end
from tasks.turns import Change


def _nothing(_change: Change, _request: Entry, _end: End) -> None:
    """A change of this kind leaves nothing but its journal."""


@dataclass(frozen=True)
class Way:
    """How one kind of change is settled, and what stays of it in the store."""

    settle: Callable[[Change, Entry, Direction], Carried]
    remember: Callable[[Change, Entry, End], None] = _nothing


WAYS = {
    "maintenance": Way(settle_pages),
    "deploy": Way(settle_colors, remember_release),
    "rollback": Way(settle_colors, remember_release),
    "retire": Way(settle_retirement),
}


def settle_inherited(change: Change) -> None:
    """Whoever takes a turn first closes what was left open there."""
    for unfinished in change.inherited:
        settle(change, unfinished)


def settle(change: Change, unfinished: str) -> str:
    """The change is closed, forward or back as the pure table says; returns how it ended, and why."""
    settlement, other = take_over(change, unfinished)
    request, closed = other.journal.request, other.journal.closed
    outcome = closed.step if closed else _outcome(other, settlement)  # it may have ended, unheard
    what = request.step if request else "a change"
    end, carried = _finish(other, what, settlement, End(outcome, (f"settled by {change.id}: {settlement.sentence}",)))
    tell_the_run(other, end.outcome)
    return f"{end.outcome}: {settlement.sentence}{''.join(f'; {said}' for said in carried)}"


def broken_off(change: Change, what: str, reason: BaseException) -> State[Any]:
    """Our own change is closed at once as anybody else would close it: back, or forward if it had passed."""
    settlement = break_off(change)
    why = str(reason) or type(reason).__name__
    measured = (reason.findings, reason.numbers) if isinstance(reason, BadRelease) else ("", {})
    end = End(_outcome(change, settlement), (why, settlement.sentence), *measured)
    end, carried = _finish(change, what, settlement, end)
    if settlement.direction is Direction.NOTHING:
        raise Refused(f"Nothing was changed on {change.site.name} {change.environment}: {why}") from reason
    if settlement.direction is Direction.FORWARD:
        return done(f"{what}: {'; '.join((settlement.sentence, *carried))}. It was interrupted afterwards: {why}")
    if end.outcome == UNPROVEN:
        return accepted(f"{what}: {'; '.join(carried)}. It was interrupted: {why}")
    if isinstance(reason, StoreLost):  # a story that lost it later goes on
        raise Refused(f"No user of {change.site.name} {change.environment} saw a change: {why}") from reason
    return rolled_back(why, carried)


def _outcome(change: Change, settlement: Settlement) -> str:
    if settlement.direction is Direction.NOTHING:
        return NOTHING_TO_UNDO
    if settlement.direction is Direction.BACK:
        return ROLLED_BACK
    kept = change.journal.kept
    return UNPROVEN if kept and kept.kind is Kind.ACCEPTED else COMPLETED


def _finish(change: Change, what: str, settlement: Settlement, end: End) -> tuple[End, tuple[str, ...]]:
    """Carried out first, then told: what nobody wrote down can be written later, what was left cannot. Returns how it
    ended, and what was done for that.
    """
    request = change.journal.request
    carried = Carried(())
    if settlement.direction is not Direction.NOTHING:
        if request is None or request.step not in WAYS:
            raise NotFinished(f"{change.id} cannot be settled: nobody knows what it wanted. Look at its journal.")
        way = WAYS[request.step]
        carried = way.settle(change, request, settlement.direction)
        end = replace(end, outcome=carried.outcome or end.outcome, reasons=(*end.reasons, *carried.said))
        way.remember(change, request, end)
    record_end(change, what, end)
    return end, carried.said
