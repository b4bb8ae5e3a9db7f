"""The door to the release records: one for each deploy, published once when its change is closed."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from edge import owed
from edge.store.port import Published, Store
from mainstay import keys
from mainstay.records import UnreadableRecord, decode, encode
from mainstay.releases import ReleaseRecord

_LATE = "late-releases/"


def publish(
    store: Store | None,
    system: str,
    environment: str,
    record: ReleaseRecord,
    *,
    home: Path,
    budget_seconds: float = owed.INSIDE_A_CHANGE_SECONDS,
) -> bool:
    """True: the store has it. False: it waits on this machine until the store is back. The first of a change stays."""
    key = keys.release(system, environment, record.change)
    data = encode(record, nonce=record.change)
    put = partial(store.publish, key, data) if store else None
    return owed.put_or_owe(put, home=home, key=_LATE + key, data=data, budget_seconds=budget_seconds)


def catch_up(store: Store, *, home: Path) -> int:
    """How many the store had not heard of."""

    def put(key: str, data: bytes) -> bool:
        return store.publish(key.removeprefix(_LATE), data) is Published.CREATED

    return owed.pay(home, _LATE, put)


def records(store: Store, system: str, environment: str, *, home: Path) -> list[ReleaseRecord]:
    """Newest first, with those that still wait on this machine: what was switched back is never forgotten."""
    folder = keys.releases(system, environment)
    waiting = ((entry.key.removeprefix(_LATE), found.data) for entry, found in owed.owed(home, _LATE + folder))
    found = {**dict(waiting), **dict(_stored(store, folder))}
    return [_decoded(key, found[key]) for key in sorted(found, reverse=True)]


def _stored(store: Store, folder: str) -> Iterator[tuple[str, bytes]]:
    for entry in store.listing(folder):
        if found := store.read(entry.key):
            yield entry.key, found.data


def _decoded(key: str, data: bytes) -> ReleaseRecord:
    """One that cannot be read may be the one that forbids what is about to be done, so none is passed over."""
    try:
        return decode(ReleaseRecord, data)
    except UnreadableRecord as reason:
        raise UnreadableRecord(
            f"{key} in the store: {reason}. Without it nobody knows what may go live; nothing was begun. Update "
            "Mainstay if a newer one wrote it, or move the record out of the store."
        ) from reason
