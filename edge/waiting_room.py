"""Where a notice waits that could not be delivered: in the store, or on this machine when the store is lost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge import alarms, clock
from edge.store.directory import open_directory
from edge.store.port import Store
from mainstay import keys, records
from mainstay.notices import Undelivered, unreadable

ASIDE = "aside"  # below settings.home: a small store of this machine's own


@dataclass(frozen=True)
class Waiting:
    """One notice and the place it waits in; ``id`` stays the same while what is left of it changes."""

    id: str
    undelivered: Undelivered
    place: Store


def is_used(home: Path) -> bool:
    return (home / ASIDE).is_dir()


def aside(home: Path) -> Store:
    return open_directory(home / ASIDE)


def keep(all_of_them: Sequence[Undelivered], place: Store) -> tuple[Waiting, ...]:
    """News under a key that waits already is not queued again."""
    for each in all_of_them:
        place.publish(keys.undelivered(each.id), records.encode(each, nonce=clock.new_nonce()))
    return tuple(Waiting(each.id, each, place) for each in all_of_them)


def waiting(place: Store, now: datetime) -> Iterator[Waiting]:
    """All that waits here. What cannot be read holds up nobody, and is an alarm."""
    for entry in place.listing(keys.UNDELIVERED):
        id = entry.key.removeprefix(keys.UNDELIVERED).removesuffix(".json")
        try:
            if found := place.read(entry.key):
                yield Waiting(id, records.decode(Undelivered, found.data), place)
        except records.UnreadableRecord as reason:
            alarms.raise_alarm(place, unreadable(id, str(reason), now))


def replace(old: Waiting, new: Undelivered) -> None:
    """Only what still waits: a slow delivery that succeeded meanwhile has taken it away, and that stays."""
    key = keys.undelivered(old.id)
    if found := old.place.read(key):
        old.place.swap(key, records.encode(new, nonce=clock.new_nonce()), expected=found.version)


def drop(old: Waiting) -> None:
    old.place.delete(keys.undelivered(old.id))
