"""The part of a backup that others do: pgBackRest before the moment of a set, a snapshot of a managed server at it."""

from mainstay.backups.elsewhere.held import NOTHING_NAMED, Named
from mainstay.backups.plans import SetPlan
from tasks.backups.elsewhere.taking import await_elsewhere, begin_elsewhere, keep_by_pgbackrest, tell_nothing_elsewhere
from tasks.backups.sets import Taking


def before_the_moment(taking: Taking, plan: SetPlan) -> Named:
    if plan.elsewhere is None or plan.elsewhere.stanza is None:
        return NOTHING_NAMED
    return keep_by_pgbackrest(taking, plan)


def at_the_moment(taking: Taking, plan: SetPlan, named: Named) -> Named:
    """It is only begun, and goes on while the database is dumped."""
    if plan.elsewhere is None or plan.elsewhere.snapshots is None:
        return named
    return begin_elsewhere(taking, plan)


def when_it_is_a_set(taking: Taking, plan: SetPlan, named: Named) -> str:
    """It is whole without them, so nothing of this may lose it. What did not come, in words."""
    try:
        left = await_elsewhere(taking, plan, named) if named.awaited else named
        if left.failed:
            tell_nothing_elsewhere(taking, left)
        return "; ".join(left.failed) if named.awaited else ""  # of what was never begun the set itself speaks
    except Exception as reason:
        return f"what became of {named.awaited or 'its copy elsewhere'} is not known: {reason}"
