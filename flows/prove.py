"""A set is looked at as it lies in the store: restored where nobody sees it, or read back, to know that it can be."""

from functools import partial
from typing import Any, Literal

from prefect.client.schemas.objects import State
from prefect.states import Failed

from flows.endings import done, incomplete, nothing_to_do, told_if_broken_off
from flows.story import story
from mainstay.backups.proofs.readings import DUE
from mainstay.backups.restores import NEWEST
from mainstay.errors import BadInput
from mainstay.store import Source
from tasks.backups.proofs import prove_by_restoring, tell_found
from tasks.backups.readers import being_read
from tasks.backups.readings import (
    Chosen,
    LogRead,
    SealedToAnother,
    observe_readings,
    prove_by_reading,
    tell_reading_failed,
    tell_strange,
)
from tasks.backups.restores import observe_restore
from tasks.telling import tell_progress
from tasks.turns import before_any_turn


@story("prove {set} of {system} {environment}")
def prove(
    system: str, environment: str, set: str = NEWEST, level: Literal[2, 3] = 3, source: Source = "first"
) -> State[Any]:
    """Restore a set in a place of its own, compare every file with its hash, ask its database, and remove it again.

    What was found stays beside the set. A set that cannot be restored is told as an alarm, and the next one does not
    stand on it. A proof that is broken off says nothing, and changes nothing.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Of which environment the set is.
        set: Its id, as `mainstay backups` lists it; otherwise the newest. "due": those that were not read for longest,
            a seventh of all bytes; they are read back.
        level: 3: it is restored. 2: every piece of it is read back and compared, and nothing is laid out.
        source: In which store: the "first", or the second "copy". What was found stays in that one.
    """
    if level == 2:
        return _read_back(system, environment, set, source)
    if set == DUE:
        raise BadInput("Sets that are due are read back, one after the other. Nothing was done. Say --level 2 too.")
    return _restored(system, environment, set, source)


def _restored(system: str, environment: str, set: str, source: Source) -> State[Any]:
    with before_any_turn(system, environment):
        found = observe_restore(system, environment, set, source=source)
    with being_read(found, "proof", source):
        proof = prove_by_restoring(found, source)
    if not proof.good or proof.doubts or proof.gaps or proof.unstarted:
        tell_found(system, environment, proof)
    if not proof.good:
        return Failed(name="Bad", message=f"{found.id}: {proof.sentence}")
    said = f"{found.id}: {proof.sentence}, in {proof.numbers['seconds']:.1f} s"
    if proof.doubts:
        return Failed(name="Doubted", message=f"{said}. But: {'; '.join(proof.doubts)}")
    return done(". But: ".join((said, *(["; ".join(proof.gaps)] if proof.gaps else []))))


def _read_back(system: str, environment: str, set: str, source: Source) -> State[Any]:
    with before_any_turn(system, environment):
        chosen = observe_readings(system, environment, set, source)
    with told_if_broken_off(partial(tell_reading_failed, system, environment)):
        bad, unread = _read(system, environment, chosen, source)
    if bad:
        return Failed(name="Bad", message=" ".join(bad))
    if but := (*chosen.strange, *chosen.closed, *unread):
        read = f"Read back: {chosen.what}. But: " if len(unread) < len(chosen.sets) else ""
        return incomplete(f"{read}{' '.join(but)}")
    return done(f"Read back: {chosen.what}") if chosen.sets else nothing_to_do("There is no set yet to be read back.")


def _read(system: str, environment: str, chosen: Chosen, source: Source) -> tuple[list[str], list[str]]:
    """What is wrong, and what could not be opened, a sentence each: neither keeps another set from being read."""
    if chosen.strange:
        tell_strange(system, environment, chosen.strange)
    bad, unread, log = list[str](), list[str](), LogRead()
    for number, made in enumerate(chosen.sets):
        tell_progress(100 * number / len(chosen.sets), made.id)
        try:
            proof = prove_by_reading(made, source, log)
        except SealedToAnother as reason:  # its log may be sealed to another key than it is
            unread.append(str(reason))
            continue
        if proof is not None and not proof.good:
            tell_found(system, environment, proof)
            bad.append(f"{made.id}: {proof.sentence}")
    return bad, unread
