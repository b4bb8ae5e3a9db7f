"""The door to changes that somebody left half-done: which they are, and whether their holder is really gone."""

from collections.abc import Iterator
from dataclasses import dataclass

from edge import clock
from edge.held_turn import read
from edge.journals import read_journal
from edge.store.port import Store
from edge.turns import StoredTurn, alive, read_turn, standing
from mainstay import keys
from mainstay.records import UnreadableRecord
from mainstay.turn import RENEWAL_SECONDS, TERM_SECONDS, Holder, Sighting, Turn
from mainstay.unsettled import Bringing, bringing

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
    """Turns that cannot be read come last, as ``UnreadableRecord``."""
    for found in standing(store):
        yield from open_in(found)


def open_in(found: StoredTurn) -> Iterator[Unsettled]:
    for change in found.turn.unsettled:
        yield Unsettled(found.system, found.environment, change, found.turn.epoch, found.turn.holder)


def find(store: Store, run_or_change: str) -> Unsettled | None:
    """The open change that is called so, or that this Prefect run began.

    What cannot be read hides no other change. Only if none is found it is raised: it may have been the one.
    """
    changes, unreadable = unsettled(store), list[UnreadableRecord]()
    while True:
        try:
            each = next(changes, None)
            if each is None:
                break
            if run_or_change == each.change or run_or_change == _run(store, each):
                return each
        except UnreadableRecord as reason:
            unreadable.append(reason)
    if unreadable:
        raise unreadable[0]
    return None


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


def brought(store: Store, system: str, environment: str) -> tuple[Bringing, ...]:
    """The open changes by which users of one environment get a release, the oldest first."""
    turn = read_turn(store, system, environment)
    journals = (read_journal(store, system, environment, change) for change in turn.unsettled)
    found = (bringing(journal, _carries_out(turn, journal.change)) for journal in journals)
    return tuple(each for each in found if each is not None)


def _carries_out(turn: Turn, change: str) -> Holder | None:
    holder = turn.holder
    return holder if holder is not None and holder.change == change and alive(holder) is not False else None


def _run(store: Store, each: Unsettled) -> str | None:
    if each.holder is not None and each.holder.change == each.change:
        return each.holder.run
    request = read_journal(store, each.system, each.environment, each.change).request
    return request.run if request else None
