"""The door to what keeps sets from being deleted: locks where a store has them, and rights, which only trying tells."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby

from edge import clock
from edge.store.port import Guarded, Store
from mainstay import keys, records
from mainstay.backups import sets
from mainstay.backups.copies.protection import OF_A_DIRECTORY, Protection, judge
from mainstay.backups.log.locked import LockedLog
from mainstay.backups.log.places import SEGMENT_LETTERS, wal_folder
from mainstay.backups.log.shipped import SIGNED
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


def prolong_log(store: Store, system: str, environment: str, locked: Mapping[str, LockedLog]) -> int:
    """What of the log these sets need, by cluster; each record last, like a manifest. How many segments that were."""
    if not isinstance(store, Guarded):
        return 0
    return sum(
        _prolong_segment(store, wal_folder(system, environment, cluster), segment, tuple(names), log.until(segment))
        for cluster, log in locked.items()
        for segment, names in _by_segment(store, wal_folder(system, environment, cluster))
    )


def _prolong_segment(store: Guarded, folder: str, segment: str, names: tuple[str, ...], until: datetime | None) -> bool:
    record = f"{segment}{SIGNED}"
    if until is None or record not in names:
        return False
    known = store.locked_until(f"{folder}/{record}")
    if known is not None and known >= until - NEAR:
        return False
    for name in (*(each for each in names if each != record), record):
        store.lock(f"{folder}/{name}", until)
    return True


def _by_segment(store: Store, folder: str) -> Iterator[tuple[str, Iterator[str]]]:
    names = (each.key.removeprefix(f"{folder}/") for each in store.listing(folder))
    return groupby(names, key=lambda name: name[:SEGMENT_LETTERS])


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
