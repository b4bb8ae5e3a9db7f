"""How a set goes: it is condemned, and a day later, if a fresh plan still drops it, it may be deleted.

Its tombstone is where all who want something of it meet: it is only ever replaced by who has seen it as it is. So
either a hold comes first and the set stays, or its deletion does and the hold is told that it is too late.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mainstay.backups.listed import Listed, children_first, needed
from mainstay.backups.retention.keeping import Plan
from mainstay.backups.retention.refusals import Agreement, Circumstances, too_much, unbelievable, untimely
from mainstay.backups.sets import Begun

WAIT = timedelta(hours=24)
UNFINISHED_FOR = timedelta(days=7)  # no backup takes longer

State = Literal["condemned", "going", "pardoned"]


@dataclass(frozen=True)
class Tombstone:
    """*condemned*: the set is whole and can be restored, but nobody builds an increment on it any more. *going*: it is
    being deleted, and nothing stops that. *pardoned*: it is a set like any other.
    """

    set: str
    since: datetime
    reasons: tuple[str, ...]
    state: State = "condemned"


@dataclass(frozen=True)
class Sweep:
    """Delete these one by one in this order, each manifest before its pieces, and stop at the first that fails."""

    going: tuple[Listed, ...]
    refusals: tuple[str, ...]  # if there are any, nothing goes
    passing: bool = False  # what is refused passes by itself, so nobody need hear of it


def condemn(plan: Plan, tombstones: Iterable[Tombstone], seen: Circumstances) -> tuple[Tombstone, ...]:
    """All that hold from now on. What the plan keeps is pardoned; if it is dropped again some day, it waits anew."""
    known = {each.set: each for each in tombstones if each.state == "condemned"}
    dropped = plan.dropped
    if unbelievable(plan, seen):
        dropped = tuple(each for each in dropped if each.set.id in known)
    return tuple(known.get(each.set.id) or Tombstone(each.set.id, seen.now, each.reasons) for each in dropped)


def sweep(tombstones: Iterable[Tombstone], plan: Plan, seen: Circumstances, agreed: Agreement | None = None) -> Sweep:
    """``plan``: made anew from a fresh listing. ``agreed``: what a person said to an earlier refusal."""
    going = ripe(tombstones, plan, seen)
    doubts = unbelievable(plan, seen) if plan.dropped else ()
    hours = untimely(seen) if going else ()
    masses = too_much(going, plan.sets, agreed) if going else ()
    refusals = (*doubts, *hours, *masses)
    return Sweep(() if refusals else going, refusals, passing=bool(hours) and not doubts and not masses)


def ripe(tombstones: Iterable[Tombstone], plan: Plan, seen: Circumstances) -> tuple[Listed, ...]:
    """Whose day is over, children first."""
    waited = {each.set for each in tombstones if each.state == "condemned" and seen.now - each.since >= WAIT}
    found = waited & {each.set.id for each in plan.dropped}
    staying = [each.id for each in plan.sets if each.id not in found]
    found -= needed(staying, plan.sets).keys()  # a child that still waits may be pardoned yet, and needs it then
    return children_first(each for each in plan.sets if each.id in found)


@dataclass(frozen=True)
class Unfinished:
    """What was begun long ago and came to no set: which is condemned now, and which may go."""

    condemned: tuple[Tombstone, ...]
    going: tuple[str, ...]


def judge_unfinished(begun: Iterable[Begun], tombstones: Iterable[Tombstone], now: datetime) -> Unfinished:
    """In the same two steps: whoever takes it may only have been asleep, and looks for a tombstone when he wakes."""
    known = {each.set: each for each in tombstones if each.state == "condemned"}
    old = [each.id for each in begun if now - each.at > UNFINISHED_FOR]
    return Unfinished(
        tuple(Tombstone(id, now, ("begun and never finished",)) for id in old if id not in known),
        tuple(id for id in old if id in known and now - known[id].since >= WAIT),
    )
