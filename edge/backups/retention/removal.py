"""How a set leaves the store: its manifest first, so that from then on it is none, and its pieces after it."""

from collections.abc import Callable
from dataclasses import replace

from edge.backups.retention.tombstones import Standing, Tombstones
from mainstay.backups import sets
from mainstay.backups.sets import BEGUN, MANIFEST, SIGNATURE


def let_go(tombstones: Tombstones, standing: Standing) -> bool:
    """Nothing stops it from here on. False: somebody wanted the set meanwhile, and has it."""
    return tombstones.put(replace(standing.tombstone, state="going"), standing) is not None


Elsewhere = Callable[[str], bool]  # does what is to be done with what a set named; False: it is to be tried again


def remove(tombstones: Tombstones, set: str, elsewhere: Elsewhere | None = None) -> None:
    """Of one that goes. Killed in it, it is done again: what proves that it was wanted gone is removed last."""
    store, where = tombstones.store, (tombstones.system, tombstones.environment, set)
    for name in (MANIFEST, SIGNATURE):
        store.delete(sets.piece_key(*where, name))
    begun = sets.piece_key(*where, BEGUN)
    for key in [entry.key for entry in store.listing(sets.set_folder(*where)) if entry.key != begun]:
        store.delete(key)
    store.delete(begun)
    if elsewhere is None or elsewhere(set):
        tombstones.bury(set)
