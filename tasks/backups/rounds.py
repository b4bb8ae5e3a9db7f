"""What a slot of the clock begins: backups and proofs, each once, and a word to people about what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from prefect.runtime import flow_run

from edge import clock, machine
from edge.backups import deaths
from edge.backups.deaths import Dead
from edge.backups.pasts import note_missed, read_pasts
from edge.backups.proofs import tries
from edge.own_server import server_of_this_run
from edge.prefect_server import Value
from edge.settings import Settings, read_settings
from edge.store import open_backups, open_store
from edge.stories import start_story
from edge.systems import read_readable, read_system
from mainstay.backups.beside import Beside
from mainstay.backups.deaths import Ended
from mainstay.backups.due import Asked, Due, Missed, Place
from mainstay.backups.news import backup_died, backups_missed
from mainstay.backups.past import Past
from mainstay.backups.proofs.news import set_is_unproven
from mainstay.backups.proofs.proving import DueProof, Full, Unproven
from mainstay.backups.proofs.readings import DUE, DueReading
from mainstay.backups.retention.nightly import PruningDue
from mainstay.backups.sets import READ_BACK, RESTORED
from mainstay.descriptor.environment import BackupSlot
from mainstay.errors import MainstayError
from mainstay.faults import Fault
from tasks.policies import converges, observes
from tasks.telling import asked_by, tell_all_of

BACKUP, PROVE, PRUNE = "backup", "prove", "prune"  # the stories that are started
PATIENCE_SECONDS = 10  # of a round with a busy server: users wait for nothing that it does


@dataclass(frozen=True)
class Round:
    """What there was to be seen when it began."""

    asked: Asked
    places: tuple[Place, ...]
    dead: tuple[Dead, ...]  # backups whose process is gone, and nobody has heard of it
    fulls: tuple[Full, ...]  # the newest of each place
    busy: bool  # a proof is at work here
    machine: str
    faults: tuple[Fault | str, ...]  # of descriptors that cannot be read; the others are not kept from their backups
    nonce: str  # by which this round knows its own words again
    asked_by: str
    has_copy: bool  # a second store is named


@observes("what is to be backed up at the slot {slot}")
def observe_round(slot: BackupSlot) -> Round:
    settings = read_settings()
    readable, faults = read_readable(settings)
    sets, places, dead, troubles = open_backups(settings), list[Place](), list[Dead](), list[Fault | str](faults)
    for site in readable:
        for name, at in site.environments.items():
            past = read_pasts(sets, site.name, name)
            try:
                gone = _dead(settings, site.name, name, past)
            except MainstayError as reason:  # that nobody can say who died keeps nobody from a backup
                gone = ()
                troubles.append(f"Whether a backup of {site.name} {name} was killed is not known: {reason}")
            places.append(Place(site.name, name, at.backups, deaths.marked(past, gone)))
            dead += (each for each in gone if not each.told)
    found = (tries.newest_full(sets, each.system, each.environment, each.past) for each in places)
    fulls = tuple(each for each in found if each is not None)
    scheduled = datetime.fromtimestamp(flow_run.get_scheduled_start_time().timestamp(), UTC)
    return Round(
        Asked(slot, scheduled, clock.now(), ZoneInfo(settings.timezone)),
        tuple(places),
        tuple(dead),
        fulls,
        tries.is_busy(settings.home),
        machine.name(),
        tuple(troubles),
        clock.new_nonce(),
        asked_by(),
        settings.copy is not None,
    )


@converges("start {due}")
def start_backup(due: Due, by: str) -> str:
    """A run of Prefect, or without it a process of its own; asked for again under the slot's key, it is the same."""
    return _start(BACKUP, due, {"kind": due.kind}, by)


@converges("start {due}")
def start_proof(due: DueProof, by: str) -> str:
    """The same, of a set that is to be restored."""
    return _start(PROVE, due, {"set": due.set, "level": RESTORED}, by)


@converges("start {due}")
def start_reading(due: DueReading, by: str) -> str:
    """The same, of those sets whose turn it is to be read back."""
    return _start(PROVE, due, {"set": DUE, "level": READ_BACK}, by)


@converges("start {due}")
def start_pruning(due: PruningDue, by: str) -> str:
    """In the same way."""
    return _start(PRUNE, due, {}, by)


@converges("start {wanted}")
def start_beside(wanted: Beside, by: str) -> str:
    """The same, for what is no backup."""
    return _start(wanted.story, wanted, {}, by)


@converges("tell of missed backups of {system} {environment}")
def tell_missed(system: str, environment: str, missed: Sequence[Missed], nonce: str) -> None:
    """Once for each stretch, by whichever round notices it first."""
    settings = read_settings()
    store = open_store(settings)
    noticed = [each for each in missed if note_missed(store, each, nonce)]
    if noticed:
        tell_all_of(read_system(settings, system), store, backups_missed(system, environment, noticed))


@converges("tell of the death of {dead.begun.id}")
def tell_died(dead: Dead, nonce: str) -> None:
    """Once, by whichever round notices it first."""
    settings = read_settings()
    store, now = open_store(settings), clock.now()
    if deaths.claim(store, dead, nonce, now):
        tell_all_of(read_system(settings, dead.system), store, backup_died(dead.system, dead.environment, dead.begun))
        deaths.told(store, dead.system, dead.environment, Ended(dead.begun.id, "died", now, nonce))


def _dead(settings: Settings, system: str, environment: str, past: Sequence[Past]) -> tuple[Dead, ...]:
    return deaths.dead(open_backups(settings), open_store(settings), system, environment, past, clock.now())


@converges("tell that {unproven.set} could not be proven")
def tell_unproven(unproven: Unproven, nonce: str) -> None:
    """Once for each set, by whichever round notices it first."""
    settings = read_settings()
    store = open_store(settings)
    if tries.note_unproven(store, unproven, nonce):
        tell_all_of(read_system(settings, unproven.system), store, set_is_unproven(unproven))


def _start(
    story: str, due: Due | DueProof | DueReading | PruningDue | Beside, more: Mapping[str, Value], by: str
) -> str:
    settings = read_settings()
    started = start_story(
        story,
        {"system": due.system, "environment": due.environment, **more},
        due.key,
        home=settings.home,
        server=server_of_this_run(settings, budget_seconds=PATIENCE_SECONDS),
        asked_by=by,
        urgent=False,
        begins_at=due.begins_at,
    )
    return f"{due}: {started.how} {started.id}"
