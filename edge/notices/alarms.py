"""What a person must see although nobody could be told: it stands in the store until it is cleared."""

from edge import clock
from edge.store.port import Store
from mainstay import keys, records
from mainstay.notices import Alarm

_TRIES = 5  # to clear what is raised again meanwhile


def raise_alarm(store: Store, alarm: Alarm) -> None:
    """Raised twice, it stands once, since the first time, with the newest words."""
    key = keys.alarm(alarm.key)
    data = records.encode(alarm, nonce=clock.new_nonce())
    for _ in range(_TRIES):
        found = store.read(key)
        if store.swap(key, data, expected=found.version if found else None):
            return


def clear_alarm(store: Store, key: str) -> None:
    store.delete(keys.alarm(key))


def alarms(store: Store) -> tuple[Alarm, ...]:
    """All that stand. A store that does not answer raises ``StoreLost``, which is an alarm in itself."""
    found = [store.read(entry.key) for entry in store.listing(keys.ALARMS)]
    return tuple(records.decode(Alarm, each.data) for each in found if each)
