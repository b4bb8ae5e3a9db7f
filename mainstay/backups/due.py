"""Which backups a slot takes, when each begins, and what was missed.

A slot is known by its own time, whatever the time is when somebody asks: so it is taken once, however often, late or
from how many machines it is asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from hashlib import sha256
from itertools import pairwise

from mainstay.backups.past import Past
from mainstay.backups.sets import KINDS, NEEDS_A_PARENT, Kind
from mainstay.descriptor.environment import Backups, BackupSlot

AHEAD = timedelta(minutes=1)  # so much may our clock be behind that of Prefect's server, which begins our rounds
NIGHT = time(2)  # by the clock on the wall
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)  # nothing is between two of them


@dataclass(frozen=True)
class Clock:
    """How a slot of prefect.yaml is kept. Both are counted from the slot's time."""

    spread: timedelta  # its backups begin within it, so that they do not all begin at once
    late: timedelta  # what has not begun by then was missed


CLOCKS: Mapping[BackupSlot, Clock] = {
    "often": Clock(timedelta(seconds=30), timedelta(minutes=3)),
    "hourly": Clock(timedelta(minutes=10), timedelta(minutes=30)),
    "nightly": Clock(timedelta(minutes=30), timedelta(hours=2)),
}
_EVERY: Mapping[BackupSlot, timedelta] = {"often": timedelta(minutes=3), "hourly": timedelta(hours=1)}


@dataclass(frozen=True)
class Place:
    """An environment, what its descriptor wants, and what is known of its backups."""

    system: str
    environment: str
    backups: Backups
    past: tuple[Past, ...]


@dataclass(frozen=True)
class Asked:
    """A round, as it begins."""

    slot: BackupSlot
    at: datetime  # what it was scheduled for
    now: datetime
    zone: tzinfo  # of the installation

    @property
    def moment(self) -> datetime:
        """Now; but who was sent a little early, or by a clock that is a little ahead, comes for the slot to come. One
        that comes late finds its slot over: then it comes for the one that is.
        """
        return self.at if self.now < self.at <= self.now + AHEAD else self.now


@dataclass(frozen=True)
class Due:
    """A backup that is to be started."""

    system: str
    environment: str
    kind: Kind
    slot: BackupSlot
    time: datetime  # of the slot
    begins_at: datetime
    again: bool = False  # the first one died

    @property
    def key(self) -> str:
        """Under one key a run is started once."""
        slot = f"{self.slot}/{self.time:%Y-%m-%dT%H:%M:%SZ}/{self.system}/{self.environment}/{self.kind}"
        return f"{slot}/again" if self.again else slot

    def __str__(self) -> str:
        return f"{self.kind} of {self.system} {self.environment}"


@dataclass(frozen=True)
class Missed:
    """Slots that passed while no backup of their kind began."""

    system: str
    environment: str
    kind: Kind
    slot: BackupSlot
    since: datetime  # when the last one before them began: it tells one such stretch from another
    newest: datetime  # the last of these slots; those before it are not made up for
    whole: datetime | None  # when the last one before them began that ended well


def due(asked: Asked, places: Sequence[Place]) -> tuple[Due, ...]:
    """What this slot takes and has not been taken; and what a rarer slot should have taken a while ago, because the
    run that was to begin it may be lost.
    """
    return tuple(found for place, kind, slot in _wanted(places) if (found := _due(asked, place, kind, slot)))


def missed(asked: Asked, places: Sequence[Place]) -> tuple[Missed, ...]:
    """What was missed until now, and what was missed before the newest backup: a run that waited for its worker all the
    time begins as soon as that is back, often before anybody could look.
    """
    return tuple(found for place, kind, slot in _wanted(places) for found in _missed(asked, place, kind, slot))


def by_place(found: Sequence[Missed]) -> Mapping[tuple[str, str], tuple[Missed, ...]]:
    """People hear of a system's environment at once: after an outage all its kinds were missed."""
    places = dict.fromkeys((each.system, each.environment) for each in found)
    return {place: tuple(each for each in found if (each.system, each.environment) == place) for place in places}


def slot_at(slot: BackupSlot, moment: datetime, zone: tzinfo) -> datetime:
    """The newest time of this slot that is not after the moment."""
    if slot != "nightly":
        return moment - (moment - EPOCH) % _EVERY[slot]
    day = moment.astimezone(zone).date()
    nights = (_night(day + timedelta(days=days), zone) for days in (0, -1))
    return next(night for night in nights if night <= moment)


def offset(place: Place, slot: BackupSlot) -> timedelta:
    """The same every time, so that what is taken every three minutes is three minutes apart. Never nothing: Prefect may
    let a run go half a second early, and then it would belong to the slot before.
    """
    digest = sha256(f"{place.system}/{place.environment}".encode()).digest()
    first, all_of_them = 2, int(CLOCKS[slot].spread.total_seconds())
    return timedelta(seconds=first + int.from_bytes(digest[:4], "big") % (all_of_them - first))


def _wanted(places: Sequence[Place]) -> Iterator[tuple[Place, Kind, BackupSlot]]:
    for place in places:
        for kind in KINDS:
            slot: BackupSlot | None = getattr(place.backups, kind)
            if slot is not None:
                yield place, kind, slot


def _due(asked: Asked, place: Place, kind: Kind, slot: BackupSlot) -> Due | None:
    """Where none was ever begun, it is new here, and waits for its own slot. One that died is made up for by whichever
    round comes next, once: what kills a backup may kill every one, and users are on that machine too.
    """
    at = slot_at(slot, asked.moment, asked.zone)
    begun = [each for each in place.past if _serves(each, kind) and slot_at(slot, each.begun_at, asked.zone) == at]
    died = len(begun) == 1 and begun[0].died
    if begun and not died:
        return None
    if not died and slot != asked.slot and not (_is_known(place, kind) and asked.now - at > CLOCKS[slot].late):
        return None
    return Due(place.system, place.environment, kind, slot, at, max(at, asked.now) + offset(place, slot), died)


def _missed(asked: Asked, place: Place, kind: Kind, slot: BackupSlot) -> Iterator[Missed]:
    """Where none was ever begun, none was missed. What was begun in the future was begun by a clock that was wrong, and
    says nothing.
    """
    if not _is_known(place, kind):
        return
    past = [each for each in place.past if _serves(each, kind) and each.begun_at <= asked.now]
    begun = sorted(each.begun_at for each in past)[-2:]
    for since, until in pairwise([*begun, asked.moment]):
        newest = _last_slot(slot, until, asked.zone)
        if since < newest:
            whole = max((each.begun_at for each in past if each.good and each.begun_at <= since), default=None)
            yield Missed(place.system, place.environment, kind, slot, since, newest, whole)


def _is_known(place: Place, kind: Kind) -> bool:
    return any(each.kind == kind for each in place.past)


def _serves(past: Past, kind: Kind) -> bool:
    """An increment that has nothing to stand on becomes a full set, and is called so."""
    return past.kind == kind or (past.kind == "full" and kind == NEEDS_A_PARENT)


def _last_slot(slot: BackupSlot, moment: datetime, zone: tzinfo) -> datetime:
    """The newest whose backup should have begun by then."""
    at = slot_at(slot, moment, zone)
    return at if moment - at > CLOCKS[slot].late else slot_at(slot, at - MOMENT, zone)


def _night(day: date, zone: tzinfo) -> datetime:
    """Once a day: of two hours of one name the first; where the clock jumps over it, the hour before, as Prefect has
    it.
    """
    wall = datetime.combine(day, NIGHT, zone)
    return min(wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC))
