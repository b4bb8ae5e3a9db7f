"""The part of a backup that others do: pgBackRest before the moment of a set, a snapshot of a managed server at it."""

from contextlib import suppress

from mainstay.backups.elsewhere.held import NOTHING_NAMED, Named
from mainstay.backups.plans import SetPlan
from tasks.backups.elsewhere import await_elsewhere, begin_elsewhere, keep_by_pgbackrest, tell_without_copy
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


def when_all_was_taken(taking: Taking, plan: SetPlan, named: Named) -> Named:
    if named.awaited:
        named = await_elsewhere(taking, plan, named)
    if named.failed:
        with suppress(Exception):  # the set is whole without it, and telling must not lose it
            tell_without_copy(taking, named)
    return named
