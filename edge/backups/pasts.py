"""The door to when an environment was last backed up, and to what was said of it."""

from datetime import datetime

from edge.store.port import Published, Store
from mainstay import keys
from mainstay.backups.due import Missed
from mainstay.backups.past import Past, Refusal, pasts
from mainstay.backups.sets import Kind, sets_folder
from mainstay.records import encode


def read_pasts(store: Store, system: str, environment: str) -> tuple[Past, ...]:
    """Every backup that was begun there, by the names in the store alone."""
    return pasts((each.key, each.modified_at) for each in store.listing(sets_folder(system, environment)))


def note_missed(store: Store, missed: Missed, nonce: str) -> bool:
    """Whether it is we who noticed: of all rounds that see this stretch, one."""
    key = keys.missed_backup(missed.system, missed.environment, missed.kind, missed.since)
    return store.publish(key, encode(missed, nonce=nonce)) is not Published.ANOTHERS


def note_refused(store: Store, system: str, environment: str, kind: Kind | None, now: datetime, nonce: str) -> bool:
    """Whether it is we who tell now that none could be begun; ``kind``: None: of any."""
    key = keys.refused_backup(system, environment, kind or "any", now)
    return store.publish(key, encode(Refusal(system, environment, kind, now), nonce=nonce)) is not Published.ANOTHERS
