"""Why no set goes now: the plan or the clock cannot be trusted, a set may be wanted, or it would be too much."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from mainstay.backups.listed import Listed
from mainstay.backups.retention.keeping import Plan
from mainstay.backups.shown import shown_bytes

SKEW = timedelta(minutes=5)  # clocks of machines that agree are no further apart
PLAN_HOLDS = timedelta(minutes=10)  # afterwards the store is listed anew
SILENCE = timedelta(hours=48)  # without any new set: backups stand still, or the clock ran away
MOST_AT_ONCE = 0.30  # of all bytes, without a person's word


@dataclass(frozen=True)
class Circumstances:
    """What was seen when the plan was made."""

    now: datetime
    store_now: datetime  # when the store says that an object was written which was written just now: a second clock
    last_pruning: datetime | None  # as it was recorded
    unreadable: tuple[str, ...] = ()  # sets whose manifest cannot be read, so nobody knows what they are built on
    last_backup_failed: str | None = None  # which, when and why
    at_work: tuple[str, ...] = ()  # restores and drills that go on


@dataclass(frozen=True)
class Agreement:
    """A person's word that exactly these sets may go, however many bytes they are."""

    sets: frozenset[str]
    by: str


def unbelievable(plan: Plan, seen: Circumstances) -> tuple[str, ...]:
    """Why nothing follows from this plan at this time."""
    newest = max(plan.sets, key=_known_until, default=None)
    sentences = (
        *_older_than_the_newest(newest, seen),
        *_older_than_the_last_pruning(seen),
        *_apart_from_the_store(seen),
        *_silent(newest, seen),
        *_stale(plan, seen),
        *_unreadable(seen),
    )
    return tuple(f"No set was deleted: {sentence}" for sentence in sentences)


def untimely(seen: Circumstances) -> tuple[str, ...]:
    """Why it waits for a better hour."""
    said = []
    if seen.last_backup_failed is not None:
        said.append(
            f"No set was deleted: the last backup failed ({seen.last_backup_failed.rstrip('.')}), so what is there may"
            " be all there will be. Mend that; after the next good backup it goes on by itself."
        )
    if seen.at_work:
        said.append(
            f"No set was deleted: sets are being read by {_and_more(seen.at_work)}. It goes on by itself when that is"
            " over."
        )
    return tuple(said)


def too_much(going: Sequence[Listed], sets: Sequence[Listed], agreed: Agreement | None) -> tuple[str, ...]:
    bytes_going, bytes_there = sum(each.bytes for each in going), sum(each.bytes for each in sets)
    if bytes_going <= MOST_AT_ONCE * bytes_there or (agreed and agreed.sets.issuperset(each.id for each in going)):
        return ()
    sets_going = "1 set" if len(going) == 1 else f"{len(going)} sets"
    return (
        f"No set was deleted: {sets_going} of {shown_bytes(bytes_going)} would go at once,"
        f" {bytes_going / bytes_there:.0%} of all bytes, and more than {MOST_AT_ONCE:.0%} go only by a person's word."
        " Somebody may have changed how long sets are kept. Look at the list; agree to just that with --agree"
        f" {word_for(each.id for each in going)}, or mend backups.keep.",
    )


def not_from_here(system: str, environment: str, store: str) -> str:
    return (
        f"Nothing was pruned: what we write sets with may not delete in {store}, and that is right, because"
        " whoever breaks in here cannot either. Prune from another machine or with other credentials, which may:"
        f" mainstay prune {system} {environment}"
    )


def word_for(sets: Iterable[str]) -> str:
    """By which a person agrees that these go, and no others."""
    return sha256("\n".join(sorted(sets)).encode()).hexdigest()[:8]


def _known_until(each: Listed) -> datetime:
    return max(each.moment, each.ended_at)


def _older_than_the_newest(newest: Listed | None, seen: Circumstances) -> Iterator[str]:
    if newest is not None and _known_until(newest) > seen.now + SKEW:
        yield (
            f"it is {_at(seen.now)} here, and set {newest.id} is of {_at(_known_until(newest))}. The clock was put"
            " back, or ran ahead when that set was taken. Set it right; if it is right, move that set away by hand."
        )


def _older_than_the_last_pruning(seen: Circumstances) -> Iterator[str]:
    if seen.last_pruning is not None and seen.last_pruning > seen.now + SKEW:
        yield (
            f"it is {_at(seen.now)} here, and the last pruning was recorded at {_at(seen.last_pruning)}. The clock was"
            " put back, or ran ahead then. Set it right; if it is right, remove that record with its tombstones."
        )


def _apart_from_the_store(seen: Circumstances) -> Iterator[str]:
    if abs(seen.now - seen.store_now) > SKEW:
        yield (
            f"it is {_at(seen.now)} here, and {_at(seen.store_now)} by the store's clock. One of the two is wrong, so"
            " nobody knows how old a set is. Set this machine's clock, or have the store's set."
        )


def _silent(newest: Listed | None, seen: Circumstances) -> Iterator[str]:
    """On a store with no clock of its own this is all that tells of a clock that ran ahead."""
    if newest is not None and seen.now - _known_until(newest) > SILENCE:
        yield (
            f"the newest, {newest.id}, is of {_at(_known_until(newest))}, and it is {_at(seen.now)} here. Backups stand"
            " still, or the clock ran ahead. Take a backup, or set the clock."
        )


def _stale(plan: Plan, seen: Circumstances) -> Iterator[str]:
    if not timedelta(0) <= seen.now - plan.at <= PLAN_HOLDS:
        yield (
            f"the plan is of {_at(plan.at)}, and it is {_at(seen.now)}. Meanwhile somebody may have built on a set, or"
            " asked to hold it. List the store anew."
        )


def _unreadable(seen: Circumstances) -> Iterator[str]:
    if seen.unreadable:
        yield (
            f"{_and_more(seen.unreadable)} cannot be read, so nobody knows what is needed to restore it. Bring its"
            " manifest back from the second copy, or move the set away by hand."
        )


def _and_more(words: Sequence[str]) -> str:
    return f"{words[0]} and {len(words) - 1} more" if len(words) > 1 else words[0]


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
