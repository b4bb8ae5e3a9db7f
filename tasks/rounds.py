"""What a slot of the clock begins: backups, each started once, and a word to people about those that were missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from prefect.runtime import flow_run

from edge import clock
from edge.backups.pasts import note_missed, read_pasts
from edge.own_server import server_of_this_run
from edge.prefect_server import Value
from edge.settings import read_settings
from edge.store import open_backups, open_store
from edge.stories import start_story
from edge.systems import read_readable, read_system
from mainstay.backups.beside import Beside
from mainstay.backups.due import Asked, Due, Missed, Place
from mainstay.backups.news import backups_missed
from mainstay.descriptor.environment import BackupSlot
from mainstay.faults import Fault
from tasks.policies import converges, observes
from tasks.telling import asked_by, tell_all_of

BACKUP = "backup"  # the story that takes one
PATIENCE_SECONDS = 10  # of a round with a busy server: users wait for nothing that it does


@dataclass(frozen=True)
class Round:
    """What there was to be seen when it began."""

    asked: Asked
    places: tuple[Place, ...]
    faults: tuple[Fault, ...]  # of descriptors that cannot be read; the others are not kept from their backups
    nonce: str  # by which this round knows its own words again
    asked_by: str
    has_copy: bool  # a second store is named


@observes("what is to be backed up at the slot {slot}")
def observe_round(slot: BackupSlot) -> Round:
    settings = read_settings()
    readable, faults = read_readable(settings)
    sets = open_backups(settings)
    places = tuple(
        Place(site.name, name, at.backups, read_pasts(sets, site.name, name))
        for site in readable
        for name, at in site.environments.items()
    )
    scheduled = datetime.fromtimestamp(flow_run.get_scheduled_start_time().timestamp(), UTC)
    asked = Asked(slot, scheduled, clock.now(), ZoneInfo(settings.timezone))
    return Round(asked, places, tuple(faults), clock.new_nonce(), asked_by(), settings.copy is not None)


@converges("start {due}")
def start_backup(due: Due, by: str) -> str:
    """A run of Prefect, or without it a process of its own; asked for again under the slot's key, it is the same."""
    settings = read_settings()
    asked: dict[str, Value] = {"system": due.system, "environment": due.environment, "kind": due.kind}
    started = start_story(
        BACKUP,
        asked,
        due.key,
        home=settings.home,
        server=server_of_this_run(settings, budget_seconds=PATIENCE_SECONDS),
        asked_by=by,
        urgent=False,
        begins_at=due.begins_at,
    )
    return f"{due}: {started.how} {started.id}"


@converges("start {wanted}")
def start_beside(wanted: Beside, by: str) -> str:
    """The same, for what is no backup."""
    settings = read_settings()
    started = start_story(
        wanted.story,
        {"system": wanted.system, "environment": wanted.environment},
        wanted.key,
        home=settings.home,
        server=server_of_this_run(settings, budget_seconds=PATIENCE_SECONDS),
        asked_by=by,
        urgent=False,
    )
    return f"{wanted}: {started.how} {started.id}"


@converges("tell of missed backups of {system} {environment}")
def tell_missed(system: str, environment: str, missed: Sequence[Missed], nonce: str) -> None:
    """Once for each stretch, by whichever round notices it first."""
    settings = read_settings()
    store = open_store(settings)
    noticed = [each for each in missed if note_missed(store, each, nonce)]
    if noticed:
        tell_all_of(read_system(settings, system), store, backups_missed(system, environment, noticed))
