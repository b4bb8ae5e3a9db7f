"""How old the newest byte off the host is, of everything that is kept: written down, and told when it is too old."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from edge import clock, notices
from edge.backups import rpo
from edge.backups.log import state as wal_state
from edge.backups.signers import signers_of
from edge.notices import alarms
from edge.settings import Settings
from edge.store import open_backups
from edge.store.port import Door, Store
from edge.stories import Started
from edge.systems import read_readable
from mainstay.backups.log import news as stream_news
from mainstay.backups.log.streaming import Break
from mainstay.backups.rpo import Kept, Meter, is_kept, mended, tries
from mainstay.descriptor.system import System
from mainstay.destinations import destinations
from mainstay.errors import MainstayError, NotFinished
from mainstay.notices import Alarm, Notice
from mainstay.store import Directory, read_place

PATIENCE = timedelta(minutes=1)  # what passes by itself sooner is nobody's business
ALARMS = ("rpo-", "stream-", "break-")

log = logging.getLogger("keeper")

StartFull = Callable[[str, str, str], Started]  # system, environment, key


class Rpo:
    """A chore. Sets are looked for now and then; how old what they hold is, is told each time."""

    def __init__(self, settings: Settings, store: Callable[[], Store], start_full: StartFull) -> None:
        self._settings, self._store, self._start_full = settings, store, start_full
        self._backups: Door | None = None
        rpo.sweep(settings.home)
        self._since = rpo.watched_since(settings.home)
        self._kept: dict[tuple[str, str], tuple[float, tuple[Kept, ...]]] = {}
        self._begun: set[str] = set()  # full backups, by their keys
        self._met: dict[str, datetime] = {}  # since when it is not well, by key of the alarm
        self._told: set[str] = set()
        self._alarmed: frozenset[str] | None = None  # None: not asked yet which an earlier keeper raised

    def __call__(self) -> None:
        """One environment whose sets cannot be read keeps none of the others from being told."""
        faults, meters, bad = list[str](), list[Meter](), dict[str, tuple[System, Notice]]()
        good, _ = read_readable(self._settings)
        for system in good:
            for environment in system.environments:
                try:
                    meter = self._meter(system, environment)
                except MainstayError as reason:
                    faults.append(f"{system.name} {environment}: {reason}")
                    continue
                meters.append(meter)
                bad |= {key: (system, notice) for key, notice in self._bad(system, meter)}
        rpo.write_meters(self._settings.home, meters)
        self._tell(bad, sure=not faults)
        if faults:
            raise NotFinished(" ".join(faults))

    def _meter(self, system: System, environment: str) -> Meter:
        now = clock.now()
        since = self._since.setdefault((system.name, environment), now)
        return rpo.read_meter(
            self._settings, system, environment, self._sets(system, environment), since=since, now=now
        )

    def _sets(self, system: System, environment: str) -> tuple[Kept, ...]:
        """Those that were known go on ageing while the store is away; that it is away is told by others."""
        if not is_kept(system, environment):
            return ()  # also no store is laid out for it
        place = (system.name, environment)
        read_at, kept = self._kept.get(place, (float("-inf"), ()))
        if clock.monotonic() - read_at < self._look_seconds:
            return kept
        try:
            kept = rpo.newest_kept(
                self._open(), signers_of(self._settings, system.name, environment), system, environment
            )
        except MainstayError:
            if place not in self._kept:
                raise
        self._kept[place] = (clock.monotonic(), kept)
        return kept

    @property
    def _look_seconds(self) -> float:
        """A bucket is asked more rarely, because each question has a price."""
        local = isinstance(read_place(self._settings.backups, self._settings.backups_endpoint), Directory)
        return 5.0 if local else 30.0

    def _open(self) -> Door:
        if self._backups is None:
            self._backups = open_backups(self._settings)
        return self._backups

    def _bad(self, system: System, meter: Meter) -> Iterator[tuple[str, Notice]]:
        """What is not well, by the key of its alarm."""
        place = (meter.system, meter.environment)
        if meter.late:
            yield f"rpo-{'-'.join(place)}", stream_news.too_old(meter)
        state = wal_state.recall(self._settings.home, *place) if system.streams else None
        if state is None:
            return
        for trouble in stream_news.troubles(state, meter.at):
            notice = stream_news.stream_stands_still(*place, trouble, state.covered_until)
            yield f"stream-{trouble.kind}-{'-'.join(place)}", notice
        _, kept = self._kept.get(place, (0.0, ()))
        if state.broken is not None and not mended(kept, state):
            self._begin_full(place, state.broken, tries(kept, state, clock.now()))
            yield f"break-{'-'.join(place)}", stream_news.stream_broke(*place, state.broken)

    def _begin_full(self, place: tuple[str, str], broken: Break, number: int) -> None:
        """At once; and again as ``tries`` counts them: under one key it is started once."""
        key = f"break/{'/'.join(place)}/{broken.at:%Y%m%dT%H%M%SZ}/{number}"
        if key not in self._begun:
            started = self._start_full(*place, key)
            self._begun.add(key)
            log.warning("the log of %s %s broke, so a full backup is %s %s", *place, started.how, started.id)

    def _tell(self, bad: Mapping[str, tuple[System, Notice]], *, sure: bool) -> None:
        """``sure``: everything was looked at, so what is not bad is well."""
        now = clock.now()
        self._met = {key: self._met.get(key, now) for key in bad}
        lasting = {key for key, since in self._met.items() if now - since >= PATIENCE or key.startswith("break-")}
        try:
            store: Store | None = self._store()
        except MainstayError:
            store = None  # people are told all the same; that it is away is told by others
        if store is not None and self._alarmed is None:
            self._alarmed = _standing(store)
            self._told |= self._alarmed
        for key in sorted(lasting - self._told):
            system, notice = bad[key]
            notices.deliver(
                notice, destinations(system.notices), store, now, home=self._settings.home,
                budget_seconds=notices.BY_THE_KEEPER_SECONDS,
            )  # fmt: skip
        self._told = (self._told & bad.keys()) | lasting
        if store is not None:
            alarmed = self._alarmed or frozenset()
            well = alarmed - bad.keys() if sure else frozenset()
            for key in lasting - alarmed:
                alarms.raise_alarm(store, Alarm(key, self._met[key], bad[key][1].english))
            for key in well:
                alarms.clear_alarm(store, key)
            self._alarmed = (alarmed - well) | lasting


def _standing(store: Store) -> frozenset[str]:
    """Those that an earlier keeper raised."""
    return frozenset(each.key for each in alarms.alarms(store) if each.key.startswith(ALARMS))
