"""Open changes whose holder is gone are settled: an undo is started for each, again and again until it is closed."""

import logging
from collections.abc import Callable

from edge import clock, processes, turns
from edge.notices import alarms
from edge.store.port import Store
from edge.stories import Started
from edge.turns import StoredTurn
from edge.unsettled import Unsettled, open_in
from mainstay import settling
from mainstay.errors import NotFinished, StoreLost
from mainstay.records import UnreadableRecord
from mainstay.settling import ALARMS, Pursuit
from mainstay.turn import Sighting

log = logging.getLogger("keeper")

StartUndo = Callable[[str, str, bool], Started]  # the change, the key, whether to ask Prefect first


class Settling:
    """A chore. It remembers how long it has watched each turn, and what it tried for each change."""

    def __init__(self, open_store: Callable[[], Store], start_undo: StartUndo) -> None:
        us = processes.myself()
        self._keeper = f"{us.pid}@{us.started}"
        self._open_store = open_store
        self._start_undo = start_undo
        self._sightings: dict[tuple[str, str], Sighting] = {}
        self._pursuits: dict[str, Pursuit] = {}
        self._alarmed: frozenset[str] | None = None  # None: not asked yet which alarms an earlier keeper raised

    def __call__(self) -> None:
        try:
            store = self._open_store()
            changes, faults = self._open_changes(store)
        except StoreLost:
            self._sightings = {place: sighting.store_lost() for place, sighting in self._sightings.items()}
            raise
        self._pursuits = {each.change: self._pursued(each, why) for each, why in changes.items()}
        faults += self._raise_alarms(store, {each.change: each for each in changes})
        if faults:
            raise NotFinished(" ".join(faults))

    def _open_changes(self, store: Store) -> tuple[dict[Unsettled, str], list[str]]:
        """Each with why nobody alive will close it, or nothing; and what cannot be read."""
        found: dict[Unsettled, str] = {}
        try:
            for each in turns.standing(store):
                why = self._why_forsaken(each)
                found |= dict.fromkeys(open_in(each), why)
        except UnreadableRecord as reason:
            return found, [str(reason)]
        return found, []

    def _why_forsaken(self, each: StoredTurn) -> str:
        place, now = (each.system, each.environment), clock.monotonic()
        sighting = self._sightings.get(place, Sighting(now)).look(each.version, each.turn, now)
        self._sightings[place] = sighting
        return settling.why_forsaken(each.turn, sighting.seen(turns.alive(each.turn.holder), now))

    def _pursued(self, each: Unsettled, why: str) -> Pursuit:
        """Prefect is asked first; every second time not, in case it takes runs that nobody carries out."""
        pursuit, now = self._pursuits.get(each.change, Pursuit()), clock.monotonic()
        if not why or not pursuit.due(now):
            return pursuit
        key = settling.key(each.change, each.epoch, self._keeper, pursuit)
        started = self._start_undo(each.change, key, pursuit.tries % 2 == 0)
        log.warning("%s is open: %s. Its undo is %s %s", each.change, why, started.how, started.id)
        return pursuit.again(now)

    def _raise_alarms(self, store: Store, changes: dict[str, Unsettled]) -> list[str]:
        """Each stands from the third try until its change is closed."""
        if self._alarmed is None:
            standing = (each.key for each in alarms.alarms(store) if each.key.startswith(ALARMS))
            self._alarmed = frozenset(key.removeprefix(ALARMS) for key in standing)
        for change in self._alarmed - changes.keys():
            alarms.clear_alarm(store, f"{ALARMS}{change}")
        alarming = frozenset(change for change, pursuit in self._pursuits.items() if pursuit.alarming)
        for each in (changes[change] for change in alarming - self._alarmed):
            pursuit = self._pursuits[each.change]
            words = settling.alarm(each.system, each.environment, each.change, pursuit, clock.now())
            alarms.raise_alarm(store, words)
        self._alarmed = (self._alarmed & changes.keys()) | alarming
        return [f"{change} is still open after several undos; see logs/undo.log." for change in sorted(self._alarmed)]
