"""Sets that are not wanted any more leave the store: condemned first, deleted a day later if they still may."""

from functools import partial
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Failed

from flows.endings import done, incomplete, nothing_to_do, told_if_broken_off
from flows.story import story
from mainstay.errors import BadInput, NotFromHere, Overtaken, Refused
from tasks.backups.elsewhere.removal import tell_snapshots_stay
from tasks.backups.pruning import (
    Pruning,
    begin_pruning,
    condemn_sets,
    delete_set,
    end_pruning,
    forget_log,
    forget_uploads,
    judge_sets,
    record_beginning,
    record_break,
    record_pruning,
    tell_prune_failed,
    tell_refused,
)
from tasks.telling import tell_progress
from tasks.turns import before_any_turn


@story("prune {system} {environment}")
def prune(system: str, environment: str, agree: str = "") -> State[Any]:
    """Delete the sets that backups.keep of the descriptor lets go, each a day after that was first found.

    A set stays if it is held, if one that stays needs it, or if nothing newer of its kind is proven. Before each
    deletion all is looked at again. Where a clock is wrong, the last backup failed, or sets are read, nothing goes.
    What breaks it off is told.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Which of its environments, for example production.
        agree: Your word that more than 30 % of all bytes may go at once. The refusal of a pruning says which word that
            is; it is good for just the sets that would have gone then.
    """
    told = partial(tell_prune_failed, system, environment)
    try:
        with told_if_broken_off(told, but=(NotFromHere, Overtaken, BadInput)):
            return _one_pruner(system, environment, agree)
    except NotFromHere as reason:
        return nothing_to_do(str(reason))


def _one_pruner(system: str, environment: str, agree: str) -> State[Any]:
    with before_any_turn(system, environment):
        pruning = begin_pruning(system, environment)
    try:
        return _prune(pruning, agree)
    finally:
        end_pruning(pruning)


def _prune(pruning: Pruning, agree: str) -> State[Any]:
    seen = judge_sets(pruning, agree)
    condemn_sets(pruning)
    going = (*seen.half_gone, *seen.going, *seen.unfinished)
    change = record_beginning(pruning, going) if going else ""
    try:
        gone, stays, left = _delete(pruning, going)
        log = forget_log(pruning)
        forget_uploads(pruning)
    except BaseException as reason:
        if change:
            record_break(pruning, change, type(reason).__name__)
        raise
    of_log = f", {log} pieces of the log deleted" if log else ""
    outcome = f"{gone} deleted, {seen.condemned} condemned, {seen.staying} stay{of_log}"
    record_pruning(pruning, seen, outcome, change)
    if left:
        tell_snapshots_stay(pruning, left)
    refusals = (*seen.refusals, *stays)
    if seen.refusals and not seen.passing:
        tell_refused(pruning, seen)
    if refusals:
        return Failed(name="Refused", message=f"{outcome}. {' '.join((*refusals, *left))}")
    return incomplete(f"{outcome}. {' '.join(left)}") if left else done(f"{outcome}.")


def _delete(pruning: Pruning, sets: tuple[str, ...]) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """How many went, and why the next one did not: then none goes after it. And what they named elsewhere that stays:
    that keeps no other set from going.
    """
    left = list[str]()
    for number, each in enumerate(sets):
        tell_progress(10 + 80 * number / len(sets), each)
        try:
            left.append(delete_set(pruning, each))
        except Refused as reason:
            return number, (str(reason),), tuple(filter(None, left))
    return len(sets), (), tuple(filter(None, left))
