"""Which set is restored next for proof, and which could not be: decided whenever a clock comes round.

Of each environment it is the newest full set, once; of one machine one at a time. A proof that ended without a
verdict says nothing of the set, so it is tried again, and a person hears of it when that does not help.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mainstay.backups.due import CLOCKS, Asked, Place, slot_at
from mainstay.backups.sets import RESTORED, Proof
from mainstay.backups.shown import shown_age
from mainstay.descriptor.environment import BackupSlot

MOST_TRIES = 3
BETWEEN = timedelta(hours=1)  # tries: what stood in the way may be over by then
SETTLED = timedelta(minutes=15)  # whoever took a set by hand may prove it by hand too
LONGEST = timedelta(hours=6)  # somebody else's try that began before and has no verdict will have none
TOO_LONG = timedelta(hours=12)  # a full set may wait for its proof
AFTER_THE_SPREAD = timedelta(minutes=1)


@dataclass(frozen=True)
class Try:
    """Somebody began to restore a set for proof. Unless a verdict is younger: it goes on, or ended without one."""

    set: str
    at: datetime
    who: str
    machine: str


@dataclass(frozen=True)
class Full:
    """The newest full set of an environment, and what was done to prove it."""

    system: str
    environment: str
    id: str
    ended_at: datetime
    proofs: tuple[Proof, ...]
    tries: tuple[Try, ...]

    @property
    def is_judged(self) -> bool:
        """Restored, well or badly, or as far as this machine can; or known to be bad: nobody need restore it."""
        return any(proof.level >= RESTORED or proof.unstarted or not proof.good for proof in self.proofs)

    @property
    def last_try(self) -> datetime | None:
        return max((each.at for each in self.tries), default=None)

    @property
    def free_at(self) -> datetime:
        """From then on it may be tried, for the first time or again."""
        return self.ended_at + SETTLED if self.last_try is None else self.last_try + BETWEEN


@dataclass(frozen=True)
class DueProof:
    """A proof that is to be started."""

    system: str
    environment: str
    set: str
    number: int  # of the try
    hour: int  # since it could have begun: what was started in one and has not begun is made up for in the next
    begins_at: datetime
    why: str

    @property
    def key(self) -> str:
        """Under one key a run is started once."""
        return f"prove/{self.system}/{self.environment}/{self.set}/{self.number}/{self.hour}"

    def __str__(self) -> str:
        return f"proof of {self.set} of {self.system} {self.environment} ({self.why})"


@dataclass(frozen=True)
class Unproven:
    """A set that the clock could not have restored."""

    system: str
    environment: str
    set: str
    tries: int
    since: datetime  # when it was whole


def next_proof(
    asked: Asked, places: Sequence[Place], fulls: Sequence[Full], *, machine: str, busy: bool
) -> DueProof | str:
    """Or why there is none now. ``busy``: a proof is at work on this machine."""
    if asked.slot != "often":
        return "proofs are started by the clock that comes most often"
    if busy:
        return "a proof is at work on this machine, and they are taken one at a time"
    if begins := _backups_begin(asked, places):
        return f"the backups of the slot {begins} begin now"
    if taking := _being_taken(asked.now, places):
        return f"a full backup of {taking} is being taken"
    wanted = [each for each in fulls if _is_wanted(each, asked.now, machine)]
    if not wanted:
        return "no full set waits for its proof"
    return _chosen(min(wanted, key=lambda each: (each.ended_at, each.id)), asked)


def unproven(fulls: Sequence[Full], now: datetime, *, busy: bool) -> Iterator[Unproven]:
    """Whose tries came to nothing, or who waits for too long. While one is at work it may still come to something."""
    for each in fulls if not busy else ():
        tried = each.last_try is not None and len(each.tries) >= MOST_TRIES and now - each.last_try >= BETWEEN
        if not each.is_judged and (tried or now - each.ended_at > TOO_LONG):
            yield Unproven(each.system, each.environment, each.id, len(each.tries), each.ended_at)


def _chosen(full: Full, asked: Asked) -> DueProof:
    begins_at = max(asked.moment, asked.now) + CLOCKS[asked.slot].spread + AFTER_THE_SPREAD
    number, hour = len(full.tries) + 1, int((asked.now - full.free_at) / BETWEEN)
    again = f", try {number} of {MOST_TRIES}" if number > 1 else ""
    why = f"whole for {shown_age(asked.now - full.ended_at)} and never restored{again}"
    return DueProof(full.system, full.environment, full.id, number, hour, begins_at, why)


def _is_wanted(full: Full, now: datetime, machine: str) -> bool:
    if full.is_judged or now < full.free_at or len(full.tries) >= MOST_TRIES:
        return False
    return not any(each.machine != machine and now - each.at < LONGEST for each in full.tries)


def _backups_begin(asked: Asked, places: Sequence[Place]) -> BackupSlot | None:
    used = {slot for place in places for slot in (place.backups.full, place.backups.database, place.backups.files)}
    slots: tuple[BackupSlot, ...] = ("nightly", "hourly")
    return next((slot for slot in slots if slot in used and _is_beginning(slot, asked)), None)


def _is_beginning(slot: BackupSlot, asked: Asked) -> bool:
    return asked.moment - slot_at(slot, asked.moment, asked.zone) < CLOCKS[slot].spread


def _being_taken(now: datetime, places: Sequence[Place]) -> str:
    for place in places:
        for each in place.past:
            taken = each.kind == "full" and each.ended_at is None and not each.died
            if taken and now - each.begun_at < CLOCKS["nightly"].late:
                return f"{place.system} {place.environment}"
    return ""
