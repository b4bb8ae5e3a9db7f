"""The door to changes that somebody left half-done: which they are, and whether their holder is really gone."""

from collections.abc import Iterator
from dataclasses import dataclass

from edge import clock
from edge.held_turn import read
from edge.journals import read_journal
from edge.store.port import Store
from edge.turns import alive, read_turns
from mainstay import keys
from mainstay.turn import RENEWAL_SECONDS, TERM_SECONDS, Holder, Sighting

LOOK_SECONDS = RENEWAL_SECONDS / 5


@dataclass(frozen=True)
class Unsettled:
    """One change whose journal nobody has closed, and who has the turn now, if anybody."""

    system: str
    environment: str
    change: str
    epoch: int
    holder: Holder | None


def unsettled(store: Store) -> Iterator[Unsettled]:
    for system, environment, turn in read_turns(store):
        for change in turn.unsettled:
            yield Unsettled(system, environment, change, turn.epoch, turn.holder)


def find(store: Store, run_or_change: str) -> Unsettled | None:
    """The open change that is called so, or that this Prefect run began."""
    return next((each for each in unsettled(store) if run_or_change in (each.change, _run(store, each))), None)


def still_held(store: Store, found: Unsettled) -> Holder | None:
    """Who lives and renews this turn; None: nobody does. A hung holder takes a whole term to tell from a slow one."""
    key, sighting = keys.turn(found.system, found.environment), Sighting(clock.monotonic())
    first: str | None = None
    while True:
        turn, version = read(store, key)
        if turn.holder is None or alive(turn.holder) is False:
            return None
        first = first or version
        if version != first:
            return turn.holder
        now = clock.monotonic()
        sighting = sighting.look(version, turn, now)
        if sighting.seen(None, now).unchanged_seconds >= TERM_SECONDS:
            return None
        clock.sleep(LOOK_SECONDS)


def _run(store: Store, each: Unsettled) -> str | None:
    if each.holder is not None and each.holder.change == each.change:
        return each.holder.run
    request = read_journal(store, each.system, each.environment, each.change).request
    return request.run if request else None
