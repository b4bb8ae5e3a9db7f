"""While sets are read nobody deletes them."""

from collections.abc import Iterator
from contextlib import contextmanager

from edge.backups.retention.readers import reading
from edge.settings import read_settings
from edge.store import open_sets
from mainstay.backups.restores import Restore
from mainstay.store import Source
from tasks.telling import asked_by


@contextmanager
def being_read(restore: Restore, what: str, source: Source) -> Iterator[None]:
    """``Refused`` if one of them is being deleted already."""
    made = restore.sets[-1]
    ids = [*(each.id for each in restore.sets), *(each.id for each in (restore.replay.bases if restore.replay else ()))]
    store = open_sets(read_settings(), source)
    with reading(store, made.system, made.environment, ids, f"{what} of {made.id}", asked_by()):
        yield
