"""One of the clocks of prefect.yaml has come round: what descriptors want at that time is begun."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from prefect.client.schemas.objects import State

from flows.endings import done, incomplete, nothing_to_do
from flows.story import story
from mainstay.backups.beside import beside
from mainstay.backups.due import by_place, due, missed
from mainstay.backups.proofs.proving import next_proof, unproven
from mainstay.backups.proofs.readings import due_readings
from mainstay.backups.retention.nightly import prunings_due
from mainstay.descriptor.environment import BackupSlot
from mainstay.errors import MainstayError
from tasks.backups.recovery import observe_recovery_key, tell_unused
from tasks.backups.refusals import tell_no_round
from tasks.backups.rounds import (
    Round,
    observe_round,
    start_backup,
    start_beside,
    start_proof,
    start_pruning,
    start_reading,
    tell_died,
    tell_missed,
    tell_unproven,
)


@story("round {slot}")
def round(slot: BackupSlot) -> State[Any]:
    """Start the backups and proofs that this slot takes, each once, and what was missed. Its schedules start this.

    Started again, late, or twice at once, it starts nothing that this slot has already begun.

    Args:
        slot: Which clock has come round: often, hourly or nightly. Descriptors say which backups it takes.
    """
    try:
        seen = observe_round(slot)
    except Exception as reason:
        with suppress(Exception):  # whoever cannot be told hears of the store from the keeper
            tell_no_round(str(reason) or type(reason).__name__)
        raise
    started, faults = [], [str(fault) for fault in seen.faults]
    for each, start in _beginnings(seen):
        try:
            started.append(start(seen.asked_by))
        except MainstayError as reason:  # one that cannot be started keeps no other from its beginning
            faults.append(f"{each} was not started: {reason}")
    for died in seen.dead:
        tell_died(died, seen.nonce)
    for (system, environment), stretches in by_place(missed(seen.asked, seen.places)).items():
        tell_missed(system, environment, stretches, seen.nonce)
    for forgotten in unproven(seen.fulls, seen.asked.now, busy=seen.busy):
        tell_unproven(forgotten, seen.nonce)
    if slot == "nightly":
        faults += [fault for each in seen.places for fault in _remind(each.system, each.environment, seen.nonce)]
    said = "; ".join(started) or "nothing was to be started"
    if faults:
        return incomplete(f"{said}. But: {' '.join(faults)}")
    return done(f"Started or begun already: {said}") if started else nothing_to_do(f"At the slot {slot} {said}.")


def _remind(system: str, environment: str, nonce: str) -> list[str]:
    """That it is not known keeps nobody from a backup."""
    try:
        if (unused := observe_recovery_key(system, environment)) is not None:
            tell_unused(unused, nonce)
    except MainstayError as reason:
        return [f"Whether the recovery key of {system} {environment} is still to be had is not known: {reason}"]
    return []


def _beginnings(seen: Round) -> Iterator[tuple[object, Callable[[str], str]]]:
    """Backups first: a proof can wait."""
    for backup in due(seen.asked, seen.places):
        yield backup, partial(start_backup, backup)
    for reading in due_readings(seen.asked, seen.places):
        yield reading, partial(start_reading, reading)
    for night in prunings_due(seen.asked, seen.places):
        yield night, partial(start_pruning, night)
    for also in beside(seen.asked, seen.places, has_copy=seen.has_copy):
        yield also, partial(start_beside, also)
    proof = next_proof(seen.asked, seen.places, seen.fulls, machine=seen.machine, busy=seen.busy)
    if not isinstance(proof, str):
        yield proof, partial(start_proof, proof)
