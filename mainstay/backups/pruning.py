"""How a set goes: it is condemned, and a day later, if a fresh plan still drops it, it may be deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mainstay.backups.listed import Listed, children_first, needed
from mainstay.backups.refusals import Agreement, Circumstances, too_much, unbelievable, untimely
from mainstay.backups.retention import Plan

WAIT = timedelta(hours=24)


@dataclass(frozen=True)
class Tombstone:
    """This set is condemned. It is whole and can be restored, but nobody builds an increment on it any more."""

    set: str
    since: datetime
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Sweep:
    """Delete these one by one in this order, each manifest before its pieces, and stop at the first that fails."""

    going: tuple[Listed, ...]
    refusals: tuple[str, ...]  # if there are any, nothing goes


def condemn(plan: Plan, tombstones: Iterable[Tombstone], seen: Circumstances) -> tuple[Tombstone, ...]:
    """All that hold from now on. What the plan keeps is pardoned; if it is dropped again some day, it waits anew."""
    known = {each.set: each for each in tombstones}
    dropped = plan.dropped
    if unbelievable(plan, seen):
        dropped = tuple(each for each in dropped if each.set.id in known)
    return tuple(known.get(each.set.id) or Tombstone(each.set.id, seen.now, each.reasons) for each in dropped)


def sweep(tombstones: Iterable[Tombstone], plan: Plan, seen: Circumstances, agreed: Agreement | None = None) -> Sweep:
    """``plan``: made anew from a fresh listing. ``agreed``: what a person said to an earlier refusal."""
    ripe = {each.set for each in tombstones if seen.now - each.since >= WAIT} & {each.set.id for each in plan.dropped}
    staying = [each.id for each in plan.sets if each.id not in ripe]
    ripe -= needed(staying, plan.sets).keys()  # a child that still waits may be pardoned yet, and then needs its parent
    going = children_first(each for each in plan.sets if each.id in ripe)
    refusals = unbelievable(plan, seen) if plan.dropped else ()
    if going:
        refusals = (*refusals, *untimely(seen), *too_much(going, plan.sets, agreed))
    return Sweep(() if refusals else going, refusals)
