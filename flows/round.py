"""One of the clocks of prefect.yaml has come round: what descriptors want at that time is begun."""

from typing import Any

from prefect.client.schemas.objects import State

from flows.endings import done, incomplete, nothing_to_do
from flows.story import story
from mainstay.backups.beside import beside
from mainstay.backups.due import by_place, due, missed
from mainstay.descriptor.environment import BackupSlot
from mainstay.errors import MainstayError
from tasks.rounds import observe_round, start_backup, start_beside, tell_missed


@story("round {slot}")
def round(slot: BackupSlot) -> State[Any]:
    """Start the backups that this slot takes, each once, and what was missed. Its schedules start this by themselves.

    Started again, late, or twice at once, it starts nothing that this slot has already begun.

    Args:
        slot: Which clock has come round: often, hourly or nightly. Descriptors say which backups it takes.
    """
    seen = observe_round(slot)
    started, faults = [], [str(fault) for fault in seen.faults]
    for each in due(seen.asked, seen.places):
        try:
            started.append(start_backup(each, seen.asked_by))
        except MainstayError as reason:  # one that cannot be started keeps no other from its backup
            faults.append(f"{each} was not started: {reason}")
    for also in beside(seen.asked, seen.places, has_copy=seen.has_copy):
        try:
            started.append(start_beside(also, seen.asked_by))
        except MainstayError as reason:
            faults.append(f"{also} was not started: {reason}")
    for (system, environment), stretches in by_place(missed(seen.asked, seen.places)).items():
        tell_missed(system, environment, stretches, seen.nonce)
    said = "; ".join(started) or "nothing was to be started"
    if faults:
        return incomplete(f"{said}. But: {' '.join(faults)}")
    return done(f"Started or begun already: {said}") if started else nothing_to_do(f"At the slot {slot} {said}.")
