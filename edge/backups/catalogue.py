"""The door to the sets in a store: what is there is what their manifests say, and each is read with its signature.

A set that is being taken has a ``begun.json``; its manifest comes last, after everything it names and after its own
signature, so whoever finds a manifest finds a whole set.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from edge import clock
from edge.backups import signing
from edge.backups.proofs.listing import proof_keys
from edge.backups.retention.tombstones import Tombstones
from edge.backups.signing import NotOurs
from edge.store.port import Published, Store
from mainstay import records
from mainstay.backups import sets
from mainstay.backups.fallen import brought_down
from mainstay.backups.sets import BEGUN, KINDS, MANIFEST, SIGNATURE, BackupSet, Begun, Kind, Proof
from mainstay.errors import BadInput, NotFinished, Refused, StoreLost
from mainstay.records import UnreadableRecord


@dataclass(frozen=True)
class Kept:
    """A set, and what is known of it."""

    set: BackupSet
    proofs: tuple[Proof, ...]
    leans_on_bad: str = ""  # a bad set without which it is nothing

    @property
    def level(self) -> int | None:
        """None: it was found to be bad, or what it stands on was."""
        return None if self.leans_on_bad else sets.level_reached(self.proofs)

    @property
    def suspect(self) -> bool:
        return sets.is_suspect(self.proofs)

    @property
    def suspicion(self) -> str:
        """Why it is suspect; empty: it is not."""
        return next(proof.sentence for proof in reversed(self.proofs) if proof.suspect) if self.suspect else ""


@dataclass(frozen=True)
class Catalogue:
    """All newest first."""

    kept: tuple[Kept, ...]
    unfinished: tuple[Begun, ...]  # being taken, or given up
    strange: tuple[str, ...]  # what lies there and cannot be trusted: a sentence each


def begin(store: Store, system: str, environment: str, begun: Begun) -> None:
    key = sets.piece_key(system, environment, begun.id, BEGUN)
    store.publish(key, records.encode(begun, nonce=begun.id))


def publish(store: Store, key_file: Path, made: BackupSet) -> None:
    """From here on it is a set. Safe to do again with the same one."""
    data = records.encode(made, nonce=made.id)
    for name, content in ((SIGNATURE, signing.sign(key_file, data)), (MANIFEST, data)):
        key = sets.piece_key(made.system, made.environment, made.id, name)
        if store.publish(key, content) is Published.ANOTHERS and name == MANIFEST:
            raise StoreLost(
                f"Under {key} in {store.address} somebody else wrote another manifest, so ours was not"
                " kept. Find out who writes there, then take the set again."
            )


def secure(store: Store, system: str, environment: str, needs: Iterable[str]) -> None:
    """Whoever builds on these finds them there. Asked after it was written down who that is: whoever deletes a set
    looks for that last of all.
    """
    wanted = tuple(needs)
    Tombstones(store, system, environment).spare(wanted)
    for id in wanted:
        if not has_manifest(store, system, environment, id):
            raise Refused(
                f"Nothing was backed up: {id}, on which it was to stand, is gone. Take it again: it stands on another"
                " one, or becomes a full one."
            )


def refuse_swept(store: Store, made: BackupSet) -> None:
    """A backup that slept for a week was given up, and its pieces are going or gone. Its tombstone goes last of all,
    after what says that it was begun: so whoever finds neither was swept.
    """
    where = (made.system, made.environment)
    stands = Tombstones(store, *where).builds_on(made.id)
    if not stands or store.read(sets.piece_key(*where, made.id, BEGUN)) is None:
        raise NotFinished(
            f"The set {made.id} took so long that it was given up and is being removed. Take it again, and find out"
            " what held it up: this machine slept, or its store did."
        )


@dataclass(frozen=True)
class Signed:
    """A manifest as it lies there, and as it was signed."""

    set: BackupSet
    manifest: bytes
    signature: bytes


def read_set(store: Store, public: str, system: str, environment: str, id: str) -> BackupSet:
    """``BadInput`` if there is none, ``NotOurs`` if it is not what its writer signed."""
    return read_signed(store, public, system, environment, id).set


def read_signed(store: Store, public: str, system: str, environment: str, id: str) -> Signed:
    """The same, with the bytes."""
    found = find_signed(store, public, system, environment, id)
    if found is None:
        raise BadInput(
            f"There is no set {id!a} of {system} {environment} in {store.address}: mainstay backups lists them."
        )
    return found


def find_set(store: Store, public: str, system: str, environment: str, id: str) -> BackupSet | None:
    """None: there is no manifest, so it is none. ``NotOurs`` if it is not what its writer signed."""
    found = find_signed(store, public, system, environment, id)
    return found.set if found else None


def find_signed(store: Store, public: str, system: str, environment: str, id: str) -> Signed | None:
    found = store.read(sets.piece_key(system, environment, id, MANIFEST))
    if found is None:
        return None
    signature = store.read(sets.piece_key(system, environment, id, SIGNATURE))
    try:
        if signature is None:
            raise NotOurs("its signature is missing")
        signing.check(public, found.data, signature.data)
        made = records.decode(BackupSet, found.data)
        if (made.id, made.system, made.environment) != (id, system, environment):
            raise NotOurs(f"it is the manifest of {made.system} {made.environment} {made.id}")
    except (NotOurs, UnreadableRecord) as reason:
        raise NotOurs(
            f"The set {id} of {system} {environment} in {store.address} is not trusted: {reason}. Nothing was done with"
            " it. Find out who wrote there; other sets are not touched by it. Was it a machine of yours? Then add its"
            " key to backups.keys.signers of the descriptor: what recovery-key showed there, from ssh-ed25519 on."
        ) from reason
    return Signed(made, found.data, signature.data)


def is_there(store: Store, made: BackupSet) -> bool:
    """Of a set that goes the manifest goes first, so whoever misses a piece asks whether it is a set still."""
    return has_manifest(store, made.system, made.environment, made.id)


def has_manifest(store: Store, system: str, environment: str, id: str) -> bool:
    """Before its manifest it is no set."""
    return store.read(sets.piece_key(system, environment, id, MANIFEST)) is not None


def newest_first(
    store: Store, public: str, system: str, environment: str, *, kinds: Collection[Kind] = KINDS
) -> Iterator[Kept | Begun | str]:
    """One by one, as far as one cares to look; a sentence for what cannot be trusted. What nobody looks at is asked of
    the store by its name alone, and other kinds are not even read.
    """
    bad, known = _refuted(store, system, environment), _Known(store, public, system, environment)
    for id in sorted(store.folders(sets.sets_folder(system, environment)), reverse=True):
        if sets.kind_of(id) in (*kinds, None):
            proofs = (entry.key for entry in store.listing(sets.proofs_folder(system, environment, id)))
            for each in _told(store, public, system, environment, id, proofs):
                yield _fallen(each, bad, known) if isinstance(each, Kept) else each


def read_catalogue(store: Store, public: str, system: str, environment: str) -> Catalogue:
    """Everything, from the store alone."""
    ids = sorted(store.folders(sets.sets_folder(system, environment)), reverse=True)
    proofs = proof_keys(store, system, environment, ids)
    found = [each for id in ids for each in _told(store, public, system, environment, id, proofs.get(id, ()))]
    kept = {each.set.id: each for each in found if isinstance(each, Kept)}
    bad, sets_of = {id for id, each in kept.items() if each.level is None}, {id: each.set for id, each in kept.items()}
    return Catalogue(
        tuple(_fallen(each, bad, sets_of.get) for each in kept.values()),
        tuple(each for each in found if isinstance(each, Begun)),
        tuple(each for each in found if isinstance(each, str)),
    )


def record_proof(store: Store, system: str, environment: str, proof: Proof) -> None:
    """Never edited: a later one stands beside it. That there is a bad one is written down first: it may be forgotten
    that there is none, and never that there is one.
    """
    nonce = clock.new_nonce()
    if not proof.good:
        store.publish(f"{sets.refuted_folder(system, environment)}/{proof.set}", records.encode(proof.set, nonce=nonce))
    key = f"{sets.proofs_folder(system, environment, proof.set)}/{proof.at:%Y%m%d-%H%M%S}-{nonce[:6]}.json"
    store.publish(key, records.encode(proof, nonce=nonce))


def read_proof(store: Store, key: str) -> Proof | str | None:
    """A sentence if it cannot be read; that hides no set, and no other proof of it."""
    found = store.read(key)
    try:
        proof = records.decode(Proof, found.data) if found else None
        if proof is not None and proof.set != key.split("/")[-2]:
            raise UnreadableRecord(f"it speaks of {proof.set}, another set")
        return proof
    except UnreadableRecord as reason:
        return f"{key} in {store.address}: {reason}. Prove that set again, then move this away."


def read_proofs(store: Store, system: str, environment: str, id: str) -> tuple[Proof, ...]:
    """Of one set, oldest first: those that can be read."""
    found = (read_proof(store, entry.key) for entry in store.listing(sets.proofs_folder(system, environment, id)))
    return tuple(each for each in found if isinstance(each, Proof))


def read_begun(store: Store, system: str, environment: str, id: str) -> Begun | str | None:
    """A sentence if it cannot be read; None: there is none."""
    found = store.read(sets.piece_key(system, environment, id, BEGUN))
    try:
        return records.decode(Begun, found.data) if found else None
    except UnreadableRecord as reason:
        return f"The set {id} of {system} {environment} was begun by somebody whose word cannot be read: {reason}."


class _Known:
    """Sets that are read because others stand on them, each once."""

    def __init__(self, store: Store, public: str, system: str, environment: str) -> None:
        self._read = partial(find_set, store, public, system, environment)
        self._found: dict[str, BackupSet | None] = {}

    def __call__(self, id: str) -> BackupSet | None:
        if id not in self._found:
            try:
                self._found[id] = self._read(id)
            except NotOurs:  # told when its own turn comes
                self._found[id] = None
        return self._found[id]


def _refuted(store: Store, system: str, environment: str) -> frozenset[str]:
    """A later look may have found one to be good after all."""
    folder = sets.refuted_folder(system, environment)
    ids = [entry.key.removeprefix(f"{folder}/") for entry in store.listing(folder)]
    return frozenset(id for id in ids if sets.level_reached(read_proofs(store, system, environment, id)) is None)


def _fallen(each: Kept, bad: Collection[str], find: Callable[[str], BackupSet | None]) -> Kept:
    down = brought_down(each.set, bad, find)
    return replace(each, leans_on_bad=down) if down else each


def _told(
    store: Store, public: str, system: str, environment: str, id: str, proofs: Iterable[str]
) -> Iterator[Kept | Begun | str]:
    try:
        made = find_set(store, public, system, environment, id)
    except NotOurs as reason:
        yield str(reason)
        return
    if made is None:
        if begun := read_begun(store, system, environment, id):
            yield begun
        return
    found = [read_proof(store, key) for key in proofs]
    yield Kept(made, tuple(each for each in found if isinstance(each, Proof)))
    yield from (each for each in found if isinstance(each, str))
