"""The door to when an environment was last backed up, and to what was said of it."""

from edge.store.port import Published, Store
from mainstay import keys
from mainstay.backups.due import Missed
from mainstay.backups.past import Past, pasts
from mainstay.backups.sets import sets_folder
from mainstay.records import encode


def read_pasts(store: Store, system: str, environment: str) -> tuple[Past, ...]:
    """Every backup that was begun there, by the names in the store alone."""
    return pasts((each.key, each.modified_at) for each in store.listing(sets_folder(system, environment)))


def note_missed(store: Store, missed: Missed, nonce: str) -> bool:
    """Whether it is we who noticed: of all rounds that see this stretch, one."""
    key = keys.missed_backup(missed.system, missed.environment, missed.kind, missed.since)
    return store.publish(key, encode(missed, nonce=nonce)) is not Published.ANOTHERS
