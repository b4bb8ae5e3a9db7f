"""Which sets are read back tonight: a part of all there is, so that each comes round about once a week.

What was looked at longest ago comes first. A set that was never read counts from when it was written, because its
bytes were hashed on the way.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.backups.due import CLOCKS, Asked, Place, offset, slot_at
from mainstay.backups.sets import READ_BACK, BackupSet, Proof
from mainstay.backups.shown import shown_age, shown_bytes

NIGHTS = 7  # in which all of it comes round
DUE = "due"  # in place of a set's id: those whose turn it is
AFTER = CLOCKS["nightly"].late  # the backups of the night have begun by then, or never will


@dataclass(frozen=True)
class Standing:
    """A set, and when all of it was last seen by somebody."""

    id: str
    bytes: int
    seen_at: datetime
    was_read: bool


@dataclass(frozen=True)
class DueReading:
    """Of an environment, tonight."""

    system: str
    environment: str
    night: datetime
    begins_at: datetime

    @property
    def key(self) -> str:
        return f"nightly/{self.night:%Y-%m-%dT%H:%M:%SZ}/{self.system}/{self.environment}/read"

    def __str__(self) -> str:
        return f"reading of sets of {self.system} {self.environment}"


@dataclass(frozen=True)
class Reading:
    id: str
    bytes: int
    why: str


def due_readings(asked: Asked, places: Sequence[Place]) -> Iterator[DueReading]:
    """Wherever there is a whole set. A missed night is not made up for: the next one reads what waits longest."""
    if asked.slot != "nightly":
        return
    night = slot_at("nightly", asked.moment, asked.zone)
    for place in places:
        if any(past.good for past in place.past):
            begins_at = max(night + AFTER, asked.now) + offset(place, "nightly")
            yield DueReading(place.system, place.environment, night, begins_at)


def standing(made: BackupSet, proofs: Iterable[Proof]) -> Standing:
    read = [proof.at for proof in proofs if proof.level >= READ_BACK]
    return Standing(made.id, made.bytes, max(read, default=made.ended_at), bool(read))


def choose_readings(sets: Iterable[Standing], now: datetime) -> tuple[Reading, ...]:
    """At least one, and then until a seventh of all bytes is reached."""
    oldest_first = sorted(sets, key=lambda each: (each.seen_at, each.id))
    left = sum(each.bytes for each in oldest_first) / NIGHTS
    chosen = list[Reading]()
    for each in oldest_first:
        if left <= 0 and chosen:
            break
        left -= each.bytes
        chosen.append(Reading(each.id, each.bytes, _why(each, now)))
    return tuple(chosen)


def told(chosen: Iterable[Reading], sets: Iterable[Standing]) -> str:
    tonight, there = tuple(chosen), tuple(sets)
    share = f"{shown_bytes(sum(each.bytes for each in tonight))} of {shown_bytes(sum(each.bytes for each in there))}"
    return f"{len(tonight)} of {len(there)} sets, {share}"


def closed(ids: Sequence[str]) -> tuple[str, ...]:
    """Of those that the key here does not open, newest first."""
    if not ids:
        return ()
    others = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
    return (
        f"Not read: {ids[0]}{others}, sealed to another key than the proving key here. Nothing was found against them,"
        " and nobody looks whether they are whole: read them back where that key is.",
    )


def _why(each: Standing, now: datetime) -> str:
    age = shown_age(now - each.seen_at)
    return f"last read {age} ago" if each.was_read else f"written {age} ago and never read since"
