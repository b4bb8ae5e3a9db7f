"""What keeps sets from being deleted is looked after: locks are made longer, and whether we may delete is tried."""

from functools import partial
from typing import Any

from prefect.client.schemas.objects import State

from flows.endings import done, incomplete, told_if_broken_off
from flows.story import story
from mainstay.errors import MainstayError
from mainstay.store import Source
from tasks.backups.protection import (
    observe_locks,
    prolong_locks,
    stores_of_sets,
    tell_deletable,
    tell_protect_failed,
    try_to_delete,
)
from tasks.turns import before_any_turn


@story("protect {system} {environment}")
def protect(system: str, environment: str) -> State[Any]:
    """Lock sets for as long as they will be kept, where the store has Object Lock; and try whether they may be deleted.

    The log that they need is locked as long as they are. What is locked for longer already stays so. What is tried is
    an object of its own. Started every night, when nobody looks: where it fails, people hear of it.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Which of its environments, for example production.
    """
    with before_any_turn(system, environment):
        sources = stores_of_sets(system, environment)
    with told_if_broken_off(partial(tell_protect_failed, system, environment)):
        said, wrong = _protect_in(sources, system, environment)
    if wrong:
        tell_protect_failed(system, environment, " ".join(wrong))
    return incomplete("; ".join([*wrong, *said])) if wrong else done("; ".join(said))


def _protect_in(sources: tuple[Source, ...], system: str, environment: str) -> tuple[list[str], list[str]]:
    """What was done, and what could not be."""
    said, wrong = list[str](), list[str]()
    for source in sources:
        try:
            said.append(_protect(system, environment, source))
        except MainstayError as reason:  # a store that is away keeps the other from nothing
            wrong.append(str(reason))
    return said, wrong


def _protect(system: str, environment: str, source: Source) -> str:
    found, was_safe = try_to_delete(source)
    if was_safe:
        tell_deletable(system, environment, found)
    locks = observe_locks(system, environment, source)
    if not locks:
        return found.sentence
    longer = prolong_locks(system, environment, source, locks)
    of_log = f", and of {longer.segments} segments of their log" if longer.segments else ""
    return f"{found.sentence}; {longer.sets} of {len(locks)} locks made longer{of_log}"
