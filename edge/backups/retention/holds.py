"""The door to what people want kept."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from edge import clock
from edge.backups.retention.tombstones import Tombstones, TooLate
from edge.store.port import Store
from mainstay import keys, records
from mainstay.backups import sets
from mainstay.backups.listed import Hold
from mainstay.backups.sets import MANIFEST
from mainstay.errors import BadInput, StoreLost

HOLD_DIGITS = 6


def hold(store: Store, system: str, environment: str, set: str, hold: Hold) -> Hold:
    """From now on it stays. Written down first, then the set is looked for: whoever is about to delete it looks in the
    other order.
    """
    nonce = clock.new_nonce()
    key = keys.hold(system, environment, set, nonce[:HOLD_DIGITS])
    _refuse_missing(store, system, environment, set)
    store.publish(key, records.encode(replace(hold, id=""), nonce=nonce))
    try:
        Tombstones(store, system, environment).spare([set])
        _refuse_missing(store, system, environment, set)
    except (TooLate, BadInput):
        with suppress(StoreLost):  # where we may not delete it holds nothing, for good
            store.delete(key)
        raise
    return replace(hold, id=nonce[:HOLD_DIGITS])


def release(store: Store, system: str, environment: str, set: str, id: str) -> Hold:
    """``id``: which of several; may be empty where there is one."""
    found = {each.id: each for each in read_holds(store, system, environment).get(set, ())}
    if not found:
        raise BadInput(f"Nobody holds the set {set} of {system} {environment}: mainstay backups shows who holds which.")
    if id not in found and (id or len(found) > 1):
        known = "; ".join(f"{each.id}: {each.why}, by {each.by}" for each in found.values())
        raise BadInput(f"Several hold the set {set}, or none as you say. Say which: --hold ID. There are: {known}.")
    chosen = found[id] if id else next(iter(found.values()))
    store.delete(keys.hold(system, environment, set, chosen.id))
    return chosen


def read_holds(store: Store, system: str, environment: str) -> Mapping[str, tuple[Hold, ...]]:
    """By set; one that cannot be read holds all the same."""
    found: defaultdict[str, list[Hold]] = defaultdict(list)
    folder = keys.holds(system, environment)
    for entry in store.listing(folder):
        set, _, name = entry.key.removeprefix(f"{folder}/").partition("/")
        if (read := _read(store, entry.key, name.removesuffix(".json"))) is not None:
            found[set].append(read)
    return {set: tuple(holds) for set, holds in found.items()}


def _read(store: Store, key: str, id: str) -> Hold | None:
    found = store.read(key)
    if found is None:
        return None  # it was released just now
    try:
        return replace(records.decode(Hold, found.data), id=id)
    except records.UnreadableRecord:
        return Hold("a hold that cannot be read", "somebody", id)


def _refuse_missing(store: Store, system: str, environment: str, set: str) -> None:
    if store.read(sets.piece_key(system, environment, set, MANIFEST)) is None:
        raise BadInput(f"There is no set {set!a} of {system} {environment} to hold: mainstay backups lists them.")
