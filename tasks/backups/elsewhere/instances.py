"""A snapshot that a set names becomes a server of its own."""

from functools import partial

from edge.backups import catalogue
from edge.backups.elsewhere import snapshots
from edge.backups.elsewhere.rds import open_rds
from edge.backups.signers import signers_of
from edge.settings import read_settings
from edge.store import open_sets
from mainstay.backups.elsewhere.restores import Chosen, choose_snapshot
from mainstay.errors import BadInput, NotFinished
from mainstay.store import Source
from tasks.backups.elsewhere.places import unreachable, where_snapshots_are
from tasks.policies import observes, once
from tasks.telling import tell_progress

INSTANCE_SECONDS = 5400.0


@observes("which snapshot of {system} {environment} is restored")
def observe_snapshot(system: str, environment: str, set: str, source: Source = "first") -> Chosen:
    settings = read_settings()
    store, public = open_sets(settings, source), signers_of(settings, system, environment)
    known = catalogue.read_catalogue(store, public, system, environment)
    return choose_snapshot([each.set for each in known.kept], set)


@once("the snapshot of {chosen.set} into {instance}")
def begin_instance(system: str, environment: str, chosen: Chosen, instance: str) -> tuple[str, ...]:
    """Into an instance that is not there yet. Of what it is made, and what a person should know of it."""
    wish = where_snapshots_are(system, environment)
    if wish is None:
        raise BadInput(unreachable(chosen.held))
    return (f"made of {chosen.held}", *snapshots.restore_into(open_rds(wish), chosen.held.name, instance))


@observes("the instance {instance} is available")
def await_instance(system: str, environment: str, instance: str, seconds: float = INSTANCE_SECONDS) -> str:
    """Where it answers."""
    wish = where_snapshots_are(system, environment)
    if wish is None:
        raise NotFinished(f"The instance {instance} is being made, and the descriptor was changed meanwhile: see RDS.")
    return snapshots.await_address(open_rds(wish), instance, seconds=seconds, told=partial(tell_progress, 50))
