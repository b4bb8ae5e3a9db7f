"""The door to who prunes an environment, and what a store tells of its clock."""

from dataclasses import replace
from datetime import datetime

from edge import clock, identities, machine
from edge.store.port import Store
from mainstay import keys, records
from mainstay.backups.retention.pruner import Pruner, PruningRecord, may_begin
from mainstay.backups.retention.refusals import not_from_here
from mainstay.errors import NotFromHere, Overtaken, StoreForbids


def read_record(store: Store, system: str, environment: str) -> tuple[PruningRecord, str | None]:
    found = store.read(keys.pruning(system, environment))
    return (records.decode(PruningRecord, found.data), found.version) if found else (PruningRecord(), None)


def claim(store: Store, system: str, environment: str, by: str) -> tuple[PruningRecord, str]:
    """That we prune it, and which version says so; ``Overtaken`` while another one does."""
    me = identities.myself()
    record, version = read_record(store, system, environment)
    mine = replace(record, pruner=Pruner(by, machine.here(), me.pid, me.started, clock.now()))
    if may_begin(record, _alive(record.pruner), clock.now()):
        data = records.encode(mine, nonce=clock.new_nonce())
        if (taken := store.swap(keys.pruning(system, environment), data, expected=version)) is not None:
            return mine, taken
    raise Overtaken(
        f"{system} {environment} is being pruned by {record.pruner or 'somebody who was faster'}, so nothing was done."
        " What it leaves goes with the next pruning."
    )


def leave(store: Store, system: str, environment: str, record: PruningRecord, version: str) -> None:
    """If another one has taken our place since, what he writes counts."""
    data = records.encode(replace(record, pruner=None), nonce=clock.new_nonce())
    store.swap(keys.pruning(system, environment), data, expected=version)


def store_time(store: Store, system: str, environment: str) -> datetime:
    """When the store says that something was written which is written now. ``NotFromHere`` where we may write and not
    delete: that is found out before any set is touched.
    """
    nonce = clock.new_nonce()
    folder = keys.pruning_trials(system, environment)
    store.publish(f"{folder}/{nonce}", nonce.encode())
    written = {entry.key: entry.modified_at for entry in store.listing(folder)}
    try:
        for key in written:  # also what others left who died here
            store.delete(key)
    except StoreForbids as reason:
        raise NotFromHere(not_from_here(system, environment, store.address)) from reason
    return written[f"{folder}/{nonce}"]


def _alive(pruner: Pruner | None) -> bool | None:
    """None: it cannot be seen from here."""
    return identities.seen_from_here(pruner.here, pruner.pid, pruner.started) if pruner else None
