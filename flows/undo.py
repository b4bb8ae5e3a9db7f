"""Bring a half-done change to one safe state. Never chooses a release; safe to start at any time, and twice."""

from typing import Any

from prefect.client.schemas.objects import State

from flows.endings import done, nothing_to_undo
from flows.settling import settle
from flows.story import story
from mainstay.errors import Overtaken, Refused, StoreLost
from mainstay.turn import Urgency
from tasks.changes import find_unsettled, observe_holder
from tasks.turns import turn


@story("undo {run}")
def undo(run: str) -> State[Any]:
    """Bring a change that was left half-done to one safe state, if nobody is working on it any more.

    What had no recorded PASS goes back to what was there before; what had one is finished. Automations
    and keeper start this by themselves; a person may too, at any time.

    Args:
        run: The id of the Prefect run, or of the change, that was left half-done.
    """
    try:
        found = find_unsettled(run)
        holder = observe_holder(found) if found else None
    except StoreLost as reason:
        raise Refused(f"Nothing was undone: {reason}") from reason
    if found is None:
        return nothing_to_undo(f"No open change belongs to {run}: it was closed, or never began anything.")
    if holder:
        return nothing_to_undo(f"Process {holder.pid} of {holder.change} lives and holds the turn: it undoes itself.")
    try:
        with turn(found.system, found.environment, "undo", urgency=Urgency.RESCUE, after=found.epoch) as change:
            if found.change not in change.inherited:
                return nothing_to_undo(f"{found.change} was settled meanwhile.")
            return done(f"{found.change} is closed. {settle(change, found.change)}")
    except Overtaken as reason:
        return nothing_to_undo(str(reason))
