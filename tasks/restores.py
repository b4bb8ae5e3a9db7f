"""The steps of a restore into a place where nothing is."""

from dataclasses import dataclass
from pathlib import Path

from edge.backups import catalogue, opening
from edge.backups.keyring import keyring
from edge.backups.opening import LaidOut
from edge.settings import read_settings
from edge.store import open_backups
from mainstay.backups.chain import chain, layers
from mainstay.backups.sets import BackupSet
from mainstay.errors import BadInput
from tasks.policies import observes, once

NEWEST = "newest"


@dataclass(frozen=True)
class Restore:
    """What is restored: the set and all it stands on, oldest first; and which of its folders."""

    sets: tuple[BackupSet, ...]
    folders: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.sets[-1].id


@observes("what a restore of {system} {environment} needs")
def observe_chain(system: str, environment: str, set: str, only: str) -> Restore:
    settings = read_settings()
    store, ring = open_backups(settings), keyring(settings.home)
    known = catalogue.read_catalogue(store, ring.writer_public, system, environment)
    by_id = {each.set.id: each.set for each in known.kept}
    good = [each.set for each in known.kept if each.level is not None]
    if set == NEWEST and not good:
        raise BadInput(
            f"There is no set of {system} {environment} in {store.address} that could be restored."
            f" {' '.join(known.strange) or 'Take one: mainstay backup ' + system + ' ' + environment}"
        )
    id = good[0].id if set == NEWEST else set
    if id not in by_id:
        catalogue.read_set(store, ring.writer_public, system, environment, id)  # it says what is wrong with it
    found = chain(by_id, id)
    names = tuple(dict.fromkeys(folder.name for each in found for folder in each.folders))
    if only:
        layers(found, only)
    return Restore(found, (only,) if only else names)


@once("files {name} into {into}")
def lay_out_files(restore: Restore, name: str, into: str) -> LaidOut:
    """The folder as it was, whole or not there; each file compared with its hash on the way."""
    settings = read_settings()
    key = keyring(settings.home).proving_key()
    return opening.lay_out(open_backups(settings), key, layers(restore.sets, name), Path(into) / name)
