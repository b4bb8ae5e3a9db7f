"""The door to who reads sets just now."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from edge import clock, identities, machine
from edge.backups.retention.tombstones import Tombstones
from edge.store.port import Store
from mainstay import keys, records
from mainstay.backups.retention.readers import Reading, goes_on
from mainstay.errors import StoreForbids, StoreLost
from mainstay.records import UnreadableRecord


@contextmanager
def reading(store: Store, system: str, environment: str, sets: Iterable[str], what: str, by: str) -> Iterator[None]:
    """None of these sets is deleted meanwhile. Refused if one is going. Where nothing may be written, or a tombstone
    cannot be read, they are read all the same: on the day on which that is all one has.
    """
    me, nonce = identities.myself(), clock.new_nonce()
    key = keys.reading(system, environment, nonce)
    told = Reading(what, by, machine.here(), me.pid, me.started, clock.now())
    version = None
    with suppress(StoreLost, UnreadableRecord):  # where one cannot be read nobody deletes anything
        version = store.swap(key, records.encode(told, nonce=nonce), expected=None)
        Tombstones(store, system, environment).spare(sets)
    try:
        yield
    finally:
        with suppress(StoreLost):  # then it lapses with this process, or in a day
            _take_back(store, key, told, version)


def _take_back(store: Store, key: str, told: Reading, version: str | None) -> None:
    try:
        store.delete(key)
    except StoreForbids:
        store.swap(key, records.encode(replace(told, over=True), nonce=clock.new_nonce()), expected=version)


def at_work(store: Store, system: str, environment: str) -> tuple[str, ...]:
    """Who reads there, and what a dead reader left is not counted."""
    return tuple(said for _, said in _all(store, system, environment) if said)


def forget_dead(store: Store, system: str, environment: str) -> None:
    """What dead readers left."""
    for key, said in _all(store, system, environment):
        if not said:
            store.delete(key)


def _all(store: Store, system: str, environment: str) -> Sequence[tuple[str, str]]:
    """Each by its key, and what it does; empty: it does nothing any more."""
    listed = [entry.key for entry in store.listing(keys.readings(system, environment))]
    return [(key, _doing(found.data)) for key in listed if (found := store.read(key)) is not None]


def _doing(data: bytes) -> str:
    try:
        reading = records.decode(Reading, data)
    except UnreadableRecord:
        return "somebody whose word cannot be read"
    alive = identities.seen_from_here(reading.here, reading.pid, reading.started)
    return str(reading) if goes_on(reading, alive, clock.now()) else ""
