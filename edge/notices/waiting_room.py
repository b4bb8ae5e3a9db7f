"""Where a notice waits that could not be delivered: in the store, or on this machine when the store is lost."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from edge import clock
from edge.notices import alarms
from edge.store.port import Store
from mainstay import keys, records
from mainstay.notices import Answer, Undelivered, alarm_key, kept_again, unreadable


@dataclass(frozen=True)
class Waiting:
    """One notice and the place it waits in; ``id`` stays the same while what is left of it changes."""

    id: str
    undelivered: Undelivered
    place: Store


def keep(undelivered: Undelivered, place: Store) -> Waiting:
    """News under a key that waits already is not queued again."""
    key = keys.undelivered(undelivered.id)
    place.publish(key, records.encode(undelivered, nonce=clock.new_nonce()))
    return Waiting(undelivered.id, undelivered, place)


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


def settle(old: Waiting, answer: Answer, now: datetime) -> None:
    """Struck out with its alarm if it was delivered; otherwise written down when to try again."""
    if answer.delivered:
        old.place.delete(keys.undelivered(old.id))
        alarms.clear_alarm(old.place, alarm_key(old.id))
    else:
        replace(old, kept_again(old.undelivered, answer, now))


class Written:
    """One notice in every place that has taken it: one that was given up as too slow may take it yet."""

    def __init__(self, undelivered: Undelivered) -> None:
        self.undelivered = undelivered
        self._kept: list[Waiting] = []
        self._last: tuple[Answer, datetime] | None = None
        self._changing = threading.Lock()

    def keep(self, open_place: Callable[[], Store]) -> None:
        kept = keep(self.undelivered, open_place())
        with self._changing:
            self._kept.append(kept)
            told = self._last
        if told:
            settle(kept, *told)

    def settle(self, answer: Answer, now: datetime) -> None:
        with self._changing:
            self._last = (answer, now)
            everywhere = list(self._kept)
        for kept in everywhere:
            settle(kept, answer, now)

    @property
    def kept_in(self) -> str | None:
        return self._kept[0].place.address if self._kept else None
