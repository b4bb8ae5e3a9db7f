"""The door to what keeps sets from being deleted: locks where a store has them, and rights, which only trying tells."""

from datetime import datetime, timedelta

from edge import clock
from edge.store.port import Guarded, Store
from mainstay import keys, records
from mainstay.backups import sets
from mainstay.backups.copies.protection import OF_A_DIRECTORY, Protection, judge
from mainstay.backups.sets import MANIFEST, SIGNATURE, BackupSet
from mainstay.records import UnreadableRecord
from mainstay.store import Source

TRIAL_FOLDER = "trials"  # a lifecycle rule of the bucket removes what we cannot
TRIAL_LOCK = timedelta(minutes=10)
NEAR = timedelta(hours=1)  # a lock that ends so little before is not prolonged for that


def locking(store: Store, until: datetime) -> Store:
    """The same store; what is written this way cannot be deleted before, where the store can see to that."""
    return store.locking(until) if isinstance(store, Guarded) else store


def can_lock(store: Store) -> bool:
    return isinstance(store, Guarded) and store.locks


def prolong(store: Store, made: BackupSet, until: datetime) -> bool:
    """All of a set, its manifest last: what that is locked for, all of it is. Whether there was anything to do."""
    manifest = sets.piece_key(made.system, made.environment, made.id, MANIFEST)
    if not isinstance(store, Guarded):
        return False
    known = store.locked_until(manifest)
    if known is not None and known >= until - NEAR:
        return False
    signature = sets.piece_key(made.system, made.environment, made.id, SIGNATURE)
    for key in (*(piece.key for piece in made.pieces), signature, manifest):
        store.lock(key, until)
    return True


def find_out(store: Store) -> Protection:
    """Whether we, and so whoever has this machine, may delete what is there."""
    now = clock.now()
    if not isinstance(store, Guarded):
        return judge(OF_A_DIRECTORY, store.address, now)
    key = f"{TRIAL_FOLDER}/{now:%Y%m%d-%H%M%S}-{clock.new_nonce()[:6]}"
    return judge(store.try_to_destroy(key, now + TRIAL_LOCK), store.address, now)


def recall(store: Store, source: Source) -> Protection | None:
    found = store.read(keys.protection(source))
    try:
        return records.decode(Protection, found.data) if found else None
    except UnreadableRecord:
        return None


def remember(store: Store, source: Source, found: Protection) -> None:
    """Somebody who found out at the same moment found the same."""
    key = keys.protection(source)
    before = store.read(key)
    store.swap(key, records.encode(found, nonce=clock.new_nonce()), expected=before.version if before else None)
