"""The steps of a restore: into a place where nothing is, for a person, or for proof that it can be done."""

from dataclasses import dataclass
from pathlib import Path

from edge import clock
from edge.backups import catalogue, opening
from edge.backups.keyring import keyring
from edge.backups.opening import BadSet
from edge.scratch import scratch
from edge.settings import read_settings
from edge.store import open_backups, open_store
from edge.store.port import Store
from edge.systems import read_system
from mainstay.backups.chain import chain, layers
from mainstay.backups.sets import BackupSet, Proof
from mainstay.errors import BadInput
from mainstay.news import set_is_bad
from tasks.policies import observes, once
from tasks.telling import tell_all_of, tell_progress

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


@once("{restore.id} into {into}")
def lay_out_set(restore: Restore, into: str) -> int:
    """All of it or nothing; each file compared with its hash on the way. How many there are."""
    settings = read_settings()
    store, key = open_backups(settings), keyring(settings.home).proving_key()
    with opening.fresh(Path(into)) as place:
        return _lay_out(restore, store, key, place)


@once("restoring {restore.id} for proof")
def prove_by_restoring(restore: Restore) -> Proof:
    """Level 3: laid out in a place of its own, and removed again. A store that is away proves nothing either way."""
    settings = read_settings()
    store, key = open_backups(settings), keyring(settings.home).proving_key()
    began, files, good = clock.monotonic(), 0, True
    try:
        with scratch(settings.home / "proofs", restore.id) as place:
            files = _lay_out(restore, store, key, place)
        sentence = f"restored: {files} files, each with the hash it had"
    except BadSet as reason:
        good, sentence = False, str(reason)
    made, seconds = restore.sets[-1], clock.monotonic() - began
    proof = Proof(made.id, 3, good, sentence, clock.now(), {"seconds": round(seconds, 3), "files": files})
    catalogue.record_proof(store, made.system, made.environment, proof)
    return proof


@once("people hear that {proof.set} is bad")
def tell_bad(system: str, environment: str, proof: Proof) -> None:
    settings = read_settings()
    notice = set_is_bad(system, environment, proof.set, proof.sentence)
    tell_all_of(read_system(settings, system), open_store(settings), notice)


def _lay_out(restore: Restore, store: Store, key: str, place: Path) -> int:
    found = 0
    for number, name in enumerate(restore.folders):
        tell_progress(5 + 90 * number / len(restore.folders), f"files {name}")
        found += opening.lay_out(store, key, layers(restore.sets, name), place / name).files
    return found
