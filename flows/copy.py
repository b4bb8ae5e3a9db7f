"""What the first store of sets has, the second gets: as it is, sealed and signed, so that no one fire takes both."""

from contextlib import suppress
from typing import Any

from prefect.client.schemas.objects import State

from flows.endings import done, incomplete, nothing_to_do
from flows.story import story
from mainstay.backups.copies.lacking import CopyPlan
from mainstay.backups.shown import shown_bytes
from tasks.backups.copies import (
    alone_at_copying,
    bring_log,
    bring_proofs_and_holds,
    bring_set,
    observe_behind,
    observe_copy,
    remember_copy,
    tell_damaged,
    tell_if_late,
)
from tasks.turns import before_any_turn


@story("copy {system} {environment}")
def copy(system: str, environment: str, again: bool = False) -> State[Any]:
    """Bring what the second store of sets lacks. Every backup starts this at its end, and so does every hour.

    Safe at any time and twice: what is there stays, a set is there only when it is whole, and one whose bytes are not
    what its manifest says is never copied as a good one. What retention deleted in the first store is not deleted here.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Which of its environments, for example production.
        again: Bring also what was in the copy once and was deleted there.
    """
    with alone_at_copying(system, environment) as free:
        if not free:
            return nothing_to_do("Somebody on this machine does it already, and brings what there is now too.")
        try:
            with before_any_turn(system, environment):
                plan = observe_copy(system, environment, again)
            return _bring_all(system, environment, again, plan)
        except BaseException:
            with suppress(Exception):  # why it was broken off says more than what can be said then
                tell_if_late(system, environment, observe_behind(system, environment, None))
            raise


def _bring_all(system: str, environment: str, again: bool, plan: CopyPlan) -> State[Any]:
    """Looked at again when all was brought: meanwhile there may be more. The log comes before the sets that stand on
    it, and again after them, with what the newest of them need; proofs come when that is there.
    """
    bring_log(system, environment)  # what could not be brought is tried again below, and told once
    tried, wrong, brought = set[str](), list[str](), 0
    while coming := [each for each in plan.sets if each.set.id not in tried]:
        before = 0
        for each in coming:
            said = bring_set(each, before, plan.bytes)
            before += each.bytes
            brought += each.bytes if said == "" else 0
            wrong += [said] if said else []
        tried |= {each.set.id for each in coming}
        plan = observe_copy(system, environment, again)
    not_brought = bring_log(system, environment)
    wrong += not_brought
    bring_proofs_and_holds(system, environment, log_is_whole=not not_brought)
    return _ended(system, environment, plan, (*wrong, *_damaged(system, environment, plan)), len(tried), brought)


def _damaged(system: str, environment: str, plan: CopyPlan) -> list[str]:
    for id, why in plan.damaged.items():
        tell_damaged(system, environment, id, why)
    return [f"The copy of {id} is damaged: {why}" for id, why in plan.damaged.items()]


def _ended(
    system: str, environment: str, plan: CopyPlan, wrong: tuple[str, ...], sets: int, brought: int
) -> State[Any]:
    behind = observe_behind(system, environment, plan)
    remember_copy(system, environment, behind)
    tell_if_late(system, environment, behind)
    left = "; ".join(f"{id} was not copied: {why}" for id, why in plan.left.items())
    said = f"{sets} sets were looked at, {shown_bytes(brought)} were brought"
    if wrong:
        return incomplete("; ".join(filter(None, (said, *wrong, left))))
    return done("; ".join(filter(None, (said if sets else "It had everything", left))))
