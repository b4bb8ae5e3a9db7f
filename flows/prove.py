"""A set is restored where nobody sees it, to know that it can be."""

from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Failed

from flows.endings import done
from flows.story import story
from mainstay.backups.restores import NEWEST
from mainstay.store import Source
from tasks.restores import observe_restore, prove_by_restoring, tell_bad
from tasks.turns import before_any_turn


@story("prove {set} of {system} {environment}")
def prove(system: str, environment: str, set: str = NEWEST, source: Source = "first") -> State[Any]:
    """Restore a set in a place of its own, compare every file with its hash, and remove it again.

    What was found stays beside the set. A set that cannot be restored is told as an alarm, and the next one does not
    stand on it.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Of which environment the set is.
        set: Its id, as `mainstay backups` lists it; otherwise the newest.
        source: In which store: the "first", or the second "copy". What was found stays in that one.
    """
    with before_any_turn(system, environment):
        found = observe_restore(system, environment, set, source=source)
    proof = prove_by_restoring(found, source)
    if not proof.good:
        tell_bad(system, environment, proof)
        return Failed(name="Bad", message=f"{found.id}: {proof.sentence}")
    return done(f"{found.id}: {proof.sentence}, in {proof.numbers['seconds']:.1f} s")
