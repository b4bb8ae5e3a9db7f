"""The door to the sets in a store: what is there is what their manifests say, and each is read with its signature.

A set that is being taken has a ``begun.json``; its manifest comes last, after everything it names and after its own
signature, so whoever finds a manifest finds a whole set.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge import clock
from edge.backups import signing
from edge.backups.signing import NotOurs
from edge.store.port import Published, Store
from mainstay import records
from mainstay.backups import sets
from mainstay.backups.sets import BEGUN, MANIFEST, SIGNATURE, BackupSet, Begun, Proof
from mainstay.errors import BadInput, StoreLost
from mainstay.records import UnreadableRecord


@dataclass(frozen=True)
class Kept:
    """A set, and what is known of it."""

    set: BackupSet
    proofs: tuple[Proof, ...]

    @property
    def level(self) -> int | None:
        """None: it was found to be bad."""
        return sets.level_reached(self.proofs)


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


def read_set(store: Store, public: str, system: str, environment: str, id: str) -> BackupSet:
    """``BadInput`` if there is none, ``NotOurs`` if it is not what its writer signed."""
    found = store.read(sets.piece_key(system, environment, id, MANIFEST))
    if found is None:
        raise BadInput(
            f"There is no set {id!a} of {system} {environment} in {store.address}: mainstay backups lists them."
        )
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
            " it. Find out who wrote there; older sets are not touched by it."
        ) from reason
    return made


def is_there(store: Store, made: BackupSet) -> bool:
    """Of a set that goes the manifest goes first, so whoever misses a piece asks whether it is a set still."""
    return store.read(sets.piece_key(made.system, made.environment, made.id, MANIFEST)) is not None


def newest_first(store: Store, public: str, system: str, environment: str) -> Iterator[Kept | Begun | str]:
    """One by one, as far as one cares to look; a sentence for what cannot be trusted."""
    for id, names in reversed(_folders(store, system, environment)):
        try:
            if MANIFEST in names:
                proofs, faults = read_proofs(store, system, environment, id)
                yield Kept(read_set(store, public, system, environment, id), proofs)
                yield from faults
            elif BEGUN in names:
                yield from _begun(store, system, environment, id)
        except NotOurs as reason:
            yield str(reason)


def read_catalogue(store: Store, public: str, system: str, environment: str) -> Catalogue:
    """Everything, from the store alone."""
    found = list(newest_first(store, public, system, environment))
    return Catalogue(
        tuple(each for each in found if isinstance(each, Kept)),
        tuple(each for each in found if isinstance(each, Begun)),
        tuple(each for each in found if isinstance(each, str)),
    )


def record_proof(store: Store, system: str, environment: str, proof: Proof) -> None:
    """Never edited: a later one stands beside it."""
    nonce = clock.new_nonce()
    key = f"{sets.proofs_folder(system, environment, proof.set)}/{proof.at:%Y%m%d-%H%M%S}-{nonce[:6]}.json"
    store.publish(key, records.encode(proof, nonce=nonce))


def read_proofs(store: Store, system: str, environment: str, id: str) -> tuple[tuple[Proof, ...], tuple[str, ...]]:
    """Oldest first; and a sentence for each that cannot be read. That hides no set, and no other proof of it."""
    good, strange = list[Proof](), list[str]()
    for entry in store.listing(sets.proofs_folder(system, environment, id)):
        try:
            if found := store.read(entry.key):
                good.append(records.decode(Proof, found.data))
        except UnreadableRecord as reason:
            strange.append(f"{entry.key} in {store.address}: {reason}. Prove that set again, then move this away.")
    return tuple(good), tuple(strange)


def _begun(store: Store, system: str, environment: str, id: str) -> Iterator[Begun | str]:
    found = store.read(sets.piece_key(system, environment, id, BEGUN))
    try:
        if found is not None:
            yield records.decode(Begun, found.data)
    except UnreadableRecord as reason:
        yield f"The set {id} of {system} {environment} was begun by somebody whose word cannot be read: {reason}."


def _folders(store: Store, system: str, environment: str) -> Sequence[tuple[str, set[str]]]:
    """By set, oldest first, the names of the objects in it."""
    found: dict[str, set[str]] = {}
    prefix = sets.sets_folder(system, environment) + "/"
    for entry in store.listing(prefix):
        id, _, name = entry.key.removeprefix(prefix).partition("/")
        found.setdefault(id, set()).add(name)
    return sorted(found.items())
