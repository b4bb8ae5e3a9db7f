"""The door to the size of a set beside that of those before it."""

from collections.abc import Iterator

from edge import clock
from edge.backups import catalogue
from edge.backups.catalogue import Kept
from edge.store.port import Store
from mainstay.backups.sets import BackupSet, Proof
from mainstay.backups.sizes import Earlier, Size, judge_size


def look_at_size(store: Store, public: str, made: BackupSet) -> Size:
    """The same before it is published and afterwards."""
    return judge_size(made, _earlier(store, public, made))


def doubt(store: Store, public: str, made: BackupSet) -> None:
    """If it is far smaller, that stands beside it before it is a set: whoever is killed then leaves none unjudged."""
    size = look_at_size(store, public, made)
    if size.drops:
        proof = Proof(made.id, 0, True, size.sentence, clock.now(), size.numbers, suspect=True)
        catalogue.record_proof(store, made.system, made.environment, proof)


def _earlier(store: Store, public: str, made: BackupSet) -> Iterator[Earlier]:
    """Of its kind and good, newest first; of an increment its parent."""
    if made.parent is not None:
        yield Earlier(catalogue.read_set(store, public, made.system, made.environment, made.parent), trusted=True)
        return
    for each in catalogue.newest_first(store, public, made.system, made.environment, kinds=(made.kind,)):
        if isinstance(each, Kept) and each.set.id < made.id and each.level is not None:
            yield Earlier(each.set, not each.suspect)
