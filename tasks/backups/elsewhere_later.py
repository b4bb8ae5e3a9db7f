"""What becomes of physical copies that others keep: they go after their set, or are brought back, or are asked for."""

from functools import partial

from edge import clock
from edge.backups import catalogue
from edge.backups.elsewhere import pgbackrest, snapshots
from edge.backups.elsewhere.rds import open_rds
from edge.backups.retention.pruning import Pruning
from edge.backups.signers import signers_of
from edge.settings import read_settings
from edge.store import open_sets, open_store
from edge.systems import read_system
from mainstay.backups.elsewhere.held import Elsewhere
from mainstay.backups.elsewhere.news import copies_stay
from mainstay.backups.elsewhere.restores import Chosen, choose_snapshot
from mainstay.backups.elsewhere.snapshots import SnapshotWish, snapshot_name, snapshot_tags, snapshot_wish
from mainstay.backups.elsewhere.stanzas import stanza_wish
from mainstay.backups.sets import BackupSet, kind_of
from mainstay.errors import BadInput, MainstayError, NotFinished
from mainstay.places import Places
from mainstay.store import Source
from tasks.policies import observes, once
from tasks.telling import tell_all_of, tell_progress

INSTANCE_SECONDS = 5400.0


def left_elsewhere(pruning: Pruning, set: str) -> "Leaving":
    """What is to be done with what a set names, once its manifest is gone."""
    wish = _wish(pruning.system, pruning.environment)
    named = next((each.elsewhere for each in pruning.stock.sets if each.id == set), ())
    return Leaving(pruning.system, pruning.environment, pruning.stock.store.address, wish, named)


class Leaving:
    """Called by whoever deletes a set, with its id, when it is none any more. False: it is to be tried again.

    No dataclass, on purpose: Prefect walks through those.
    """

    def __init__(
        self, system: str, environment: str, store: str, wish: SnapshotWish | None, named: tuple[Elsewhere, ...]
    ) -> None:
        self._system, self._environment, self._store = system, environment, store
        self._wish, self._named = wish, named
        self.said = ""  # what stays, and why

    def __call__(self, set: str) -> bool:
        if kind_of(set) != "full":
            return True
        where = (self._system, self._environment, set)
        if self._wish is None:
            self.said = " ".join(_unreachable(each) for each in self._named if each.kind == "rds")
            return True
        try:
            tags = snapshot_tags(*where, self._store)
            self.said = snapshots.remove_of_set(open_rds(self._wish), snapshot_name(*where), tags)
        except MainstayError as reason:
            self.said = f"The snapshot of {set}: {reason}"
            return False
        return True


@once("people hear which copies of {pruning.system} {pruning.environment} stay elsewhere")
def tell_copies_stay(pruning: Pruning, why: tuple[str, ...]) -> None:
    settings = read_settings()
    notice = copies_stay(pruning.system, pruning.environment, clock.now(), why)
    tell_all_of(read_system(settings, pruning.system), open_store(settings), notice)


@observes("which snapshot of {system} {environment} is restored")
def observe_snapshot(system: str, environment: str, set: str, source: Source = "first") -> Chosen:
    settings = read_settings()
    store, public = open_sets(settings, source), signers_of(settings, system, environment)
    known = catalogue.read_catalogue(store, public, system, environment)
    return choose_snapshot([each.set for each in known.kept], set)


@once("the snapshot of {chosen.set} into {instance}")
def begin_instance(system: str, environment: str, chosen: Chosen, instance: str) -> tuple[str, ...]:
    """Into an instance that is not there yet. Of what it is made, and what a person should know of it."""
    wish = _wish(system, environment)
    if wish is None:
        raise BadInput(_unreachable(chosen.held))
    return (f"made of {chosen.held}", *snapshots.restore_into(open_rds(wish), chosen.held.name, instance))


@observes("the instance {instance} is available")
def await_instance(system: str, environment: str, instance: str, seconds: float = INSTANCE_SECONDS) -> str:
    """Where it answers."""
    wish = _wish(system, environment)
    if wish is None:
        raise NotFinished(f"The instance {instance} is being made, and the descriptor was changed meanwhile: see RDS.")
    return snapshots.await_address(open_rds(wish), instance, seconds=seconds, told=partial(tell_progress, 50))


def elsewhere_now(made: BackupSet) -> tuple[str, ...]:
    """What of it is there no more, or cannot be asked for; nothing of the set itself is bad for it."""
    return tuple(filter(None, (_gone(each, made) for each in made.elsewhere)))


def _gone(held: Elsewhere, made: BackupSet) -> str:
    try:
        there = _is_there(held, made)
    except MainstayError as reason:
        return f"{held}, which it names, could not be asked for: {reason}"
    if there is None:
        return _unreachable(held)
    return "" if there else f"{held}, which it names, is there no more"


def _is_there(held: Elsewhere, made: BackupSet) -> bool | None:
    """None: nobody here knows how to ask."""
    if held.kind == "pgbackrest":
        stanza = stanza_wish(_places(made.system, made.environment))
        return None if stanza is None else any(each.label == held.name for each in pgbackrest.keeps(stanza))
    wish = _wish(made.system, made.environment)
    return None if wish is None else open_rds(wish).find(held.name) is not None


def _places(system: str, environment: str) -> Places:
    settings = read_settings()
    return Places(read_system(settings, system), environment, str(settings.home))


def _wish(system: str, environment: str) -> SnapshotWish | None:
    return snapshot_wish(_places(system, environment))


def _unreachable(held: Elsewhere) -> str:
    key, by_hand = _BY_HAND[held.kind]
    return (
        f"{held} is not reached from here: the descriptor says no more where it is (database.{key}). Describe that"
        f" again, or see to it by hand: {by_hand.format(name=held.name)}"
    )


_BY_HAND = {
    "rds": ("snapshots", "aws rds delete-db-snapshot --db-snapshot-identifier {name}"),
    "pgbackrest": ("pgbackrest", "pgbackrest info"),
}
