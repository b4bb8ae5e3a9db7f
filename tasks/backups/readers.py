"""While sets are read nobody deletes them."""

from collections.abc import Iterator, Sequence
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
    with sets_being_read(made.system, made.environment, ids, f"{what} of {made.id}", source):
        yield


@contextmanager
def sets_being_read(system: str, environment: str, ids: Sequence[str], what: str, source: Source) -> Iterator[None]:
    """The same, of sets by their names."""
    with reading(open_sets(read_settings(), source), system, environment, ids, what, asked_by()):
        yield
