"""The way of sets from one store into another, as they are: sealed, signed, compared with their manifests on the way.

The manifest comes last here too, so whoever finds one in the copy finds a whole set there. All of it may be done
twice, by two at once, and be killed anywhere: what is there stays, and what is missing is brought by the next.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from edge import clock, private
from edge.backups import catalogue
from edge.backups.log.store import believed
from edge.backups.opening import BadSet
from edge.backups.signing import NotOurs
from edge.store.port import Published, Store
from mainstay import keys, records
from mainstay.backups import sets
from mainstay.backups.copies.lacking import Copied, Lacking, log_to_bring
from mainstay.backups.log.places import wal_of
from mainstay.backups.log.shipped import PARTIAL, SIGNED, logs_of
from mainstay.backups.sets import COMPLETE, MANIFEST, RESTORED, SIGNATURE, Piece, Proof
from mainstay.errors import MainstayError, NotThere
from mainstay.records import UnreadableRecord

CHUNK_BYTES = 1 << 20


class Deleted(MainstayError):
    """The set was pruned in the first store while it was brought over: it is not bad, there is none any more."""


class BadCopy(MainstayError):
    """In the copy stands something else than in the first store."""


@dataclass(frozen=True)
class Seen:
    """What lies in one store of one environment."""

    sizes: Mapping[str, int]  # by key
    stored: Mapping[str, datetime]  # by set, when it got its manifest


def look(store: Store, folder: str) -> Seen:
    sizes, stored = dict[str, int](), dict[str, datetime]()
    for entry in store.listing(folder):
        sizes[entry.key] = entry.size
        if entry.key.endswith(f"/{MANIFEST}"):
            stored[entry.key.split("/")[-2]] = entry.modified_at
    return Seen(sizes, stored)


def bring_set(first: Store, copy: Store, public: str, lacking: Lacking, done: Callable[[int], None]) -> None:
    """``BadSet``: the first store does not hold what its manifest says, and nothing of that is kept in the copy.
    ``Deleted``: it was pruned meanwhile. We are no reader for whom a pruner waits: a copy may take days to catch up,
    the first store would fill up, and nobody wants what retention lets go. ``done``: is told how many bytes arrived.
    """
    made = lacking.set
    try:
        for piece in lacking.pieces:
            bring_piece(first, copy, piece, done)
    except BadSet:
        if catalogue.is_there(first, made):
            raise
    signed = catalogue.find_signed(first, public, made.system, made.environment, made.id)
    if signed is None:
        raise Deleted(f"{made.id} was deleted in {first.address} while it was copied. Nothing is to be done.")
    for name, data in ((SIGNATURE, signed.signature), (MANIFEST, signed.manifest)):
        key = sets.piece_key(made.system, made.environment, made.id, name)
        if copy.publish(key, data) is Published.ANOTHERS:
            raise _another(copy, key)
    folder = sets.set_folder(made.system, made.environment, made.id)
    complete = sets.complete(made, {entry.key: entry.size for entry in copy.listing(folder)}, clock.now())
    catalogue.record_proof(copy, made.system, made.environment, complete)


def bring_piece(first: Store, copy: Store, piece: Piece, done: Callable[[int], None] = lambda _bytes: None) -> None:
    """As it is, in constant memory. It stands in the copy only if it is what was written once."""
    hashed, size = sha256(), 0
    try:
        with first.open(piece.key) as stream, copy.upload(piece.key) as upload:
            while chunk := stream.read(CHUNK_BYTES):
                hashed.update(chunk)
                size += len(chunk)
                upload.write(chunk)
                done(len(chunk))
            if (hashed.hexdigest(), size) != (piece.sha256, piece.bytes):
                raise BadSet(
                    f"{piece.key} in {first.address} is not what was written there: {size} bytes with the sha256"
                    f" {hashed.hexdigest()}, not {piece.bytes} with {piece.sha256}. Nothing of it was copied. Restore"
                    " another set, and find out what happened to this one."
                )
            if upload.commit() is Published.ANOTHERS:
                raise _another(copy, piece.key)
    except NotThere as reason:
        raise BadSet(f"{reason} Its set was not copied. Restore another one, and find out who deleted that.") from None


def bring_proofs(first: Store, copy: Store, missing: list[str], without_log: Collection[str] = ()) -> int:
    """Of sets that are in the copy, those that speak well of them. A bad one speaks of the store it was found in: the
    copy may be the one that is left. ``missing``: keys, of which a strange one is left where it is. ``without_log``:
    sets of which the copy may lack the log; what was read or restored with it in the first store proves nothing there.
    """
    brought = 0
    for key in missing:
        found = first.read(key)
        deepest = COMPLETE if key.split("/")[3] in without_log else RESTORED
        if found is not None and _is_good(found.data, deepest):
            brought += copy.publish(key, found.data) is Published.CREATED
    return brought


def need_log(copy: Store, public: str, system: str, environment: str, ids: Iterable[str]) -> frozenset[str]:
    """Those of these sets that are nothing, or less, without the write-ahead log; also whoever cannot be asked."""

    def needs(id: str) -> bool:
        try:
            made = catalogue.find_set(copy, public, system, environment, id)
        except NotOurs:
            return True
        return made is None or made.base is not None or made.point is not None

    return frozenset(id for id in ids if needs(id))


def bring_records(first: Store, copy: Store, missing: list[str]) -> int:
    """Small ones, as they are."""
    brought = 0
    for key in missing:
        if found := first.read(key):
            brought += copy.publish(key, found.data) is Published.CREATED
    return brought


def bring_log(
    first: Store, copy: Store, public: str, system: str, environment: str, there: Iterable[str], held: Collection[str]
) -> Iterator[str]:
    """The write-ahead log: each record after its piece, both compared with what was signed. A sentence for each that
    is not what its writer signed: it stays where it is. ``there``: the keys in the first store, in order.
    """
    for key in log_to_bring(there, held, SIGNED, PARTIAL):
        if (found := first.read(key)) is None:
            continue  # nobody needs it any more
        try:
            shipped = believed(first.address, public, logs_of(system, environment, key), key, found.data)
            bring_piece(first, copy, shipped.piece)
        except (NotOurs, BadSet, BadCopy) as reason:
            if first.read(key) is None:
                continue  # it was pruned since: of the log, too, what makes it whole goes first
            yield f"{key} was not copied: {reason}"
            continue
        if copy.publish(key, found.data) is Published.ANOTHERS:
            yield str(_another(copy, key))


def lacking_log(first: Store, copy: Store, system: str, environment: str) -> Mapping[str, datetime]:
    """The records of the log that are not in the copy, and when each was stored. The first store is looked at first:
    what it gets meanwhile is not missing.
    """
    folder = wal_of(system, environment)
    there = {entry.key: entry.modified_at for entry in first.listing(folder)}
    held = {entry.key for entry in copy.listing(folder)}
    return {key: there[key] for key in log_to_bring(there, held, SIGNED, PARTIAL)}


@contextmanager
def alone(home: Path, system: str, environment: str) -> Iterator[bool]:
    """Whether nobody else on this machine brings these sets over. Two would only do the same twice."""
    folder = private.folder(private.folder_if_missing(home) / "copies")
    with private.free(folder / f"{system}.{environment}.lock") as free:
        yield free


def recall(store: Store, system: str, environment: str) -> Copied | None:
    """What is remembered; what cannot be read is no memory."""
    found = store.read(keys.copied(system, environment))
    try:
        return records.decode(Copied, found.data) if found else None
    except UnreadableRecord:
        return None


def remember(store: Store, system: str, environment: str, address: str, *, whole: bool) -> None:
    """Somebody who writes at the same moment has seen the same."""
    key, now = keys.copied(system, environment), clock.now()
    before, known = store.read(key), recall(store, system, environment)
    whole_at = now if whole else known.whole_at if known and known.address == address else None
    data = records.encode(Copied(address, now, whole_at), nonce=clock.new_nonce())
    store.swap(key, data, expected=before.version if before else None)


def is_news(store: Store, system: str, environment: str, what: str) -> bool:
    """Whether nobody was told of it yet: from now on somebody was."""
    nonce = clock.new_nonce()
    key = keys.told_of_copy(system, environment, what)
    return store.publish(key, records.encode(what, nonce=nonce)) is Published.CREATED


def _is_good(data: bytes, deepest: int) -> bool:
    try:
        proof = records.decode(Proof, data)
    except UnreadableRecord:
        return False
    return proof.good and proof.level <= deepest


def _another(copy: Store, key: str) -> BadCopy:
    return BadCopy(
        f"Under {key} in {copy.address} stands something else than in the first store, and it was left alone. Find out"
        " who writes there. To have it copied anew, move that set away there by hand."
    )
