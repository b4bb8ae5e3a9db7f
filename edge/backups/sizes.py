"""The door to the size of a set beside that of those before it."""

from collections.abc import Iterator

from edge import clock
from edge.backups import catalogue
from edge.backups.catalogue import Kept
from edge.store.port import Store
from mainstay.backups.sets import NEEDS_A_PARENT, BackupSet, Proof
from mainstay.backups.sizes import Size, judge_size


def look_at_size(store: Store, public: str, made: BackupSet) -> Size:
    """The same before it is published and afterwards."""
    last = next(_earlier(store, public, made), None)
    trusted = last
    if last is not None and last.suspect and made.kind != NEEDS_A_PARENT:
        trusted = next((each for each in _earlier(store, public, made) if not each.suspect), None)
    return judge_size(made, last.set if last else None, trusted.set if trusted else None)


def doubt(store: Store, public: str, made: BackupSet) -> None:
    """If it is far smaller, that stands beside it before it is a set: whoever is killed then leaves none unjudged."""
    size = look_at_size(store, public, made)
    if size.drops:
        proof = Proof(made.id, 0, True, size.sentence, clock.now(), size.numbers, suspect=True)
        catalogue.record_proof(store, made.system, made.environment, proof)


def _earlier(store: Store, public: str, made: BackupSet) -> Iterator[Kept]:
    """Of its kind and good, newest first; of an increment its parent."""
    if made.parent is not None:
        parent = catalogue.read_set(store, public, made.system, made.environment, made.parent)
        yield Kept(parent, catalogue.read_proofs(store, made.system, made.environment, made.parent))
        return
    for each in catalogue.newest_first(store, public, made.system, made.environment, kinds=(made.kind,)):
        if isinstance(each, Kept) and each.set.id < made.id and each.level is not None:
            yield each
