"""What a second store lacks of the first: which sets are brought over, in which order, and what is left, with reasons.

All that is asked of the stores is their listings; of a set that is not in the copy as it is in the first also its
manifest, which says what belongs to it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mainstay.backups.sets import BEGUN, MANIFEST, BackupSet, Piece, sets_folder
from mainstay.backups.shown import shown_age

LATE = timedelta(hours=24)  # a copy that lacks what is older does not protect from much
ON_ITS_WAY = timedelta(
    hours=2
)  # the log is written all the time and brought every hour: what is younger is not missing

Sizes = Mapping[str, int]  # of what lies in a store, by key


@dataclass(frozen=True)
class Lacking:
    """A set, and which of its pieces are not in the copy."""

    set: BackupSet
    pieces: tuple[Piece, ...]

    @property
    def bytes(self) -> int:
        return sum(each.bytes for each in self.pieces)


@dataclass(frozen=True)
class CopyPlan:
    sets: tuple[Lacking, ...]  # whatever one stands on comes before it
    left: Mapping[str, str]  # by set, why it is not brought over
    damaged: Mapping[str, str]  # by set, what is wrong with it in the copy

    @property
    def bytes(self) -> int:
        return sum(each.bytes for each in self.sets)


@dataclass(frozen=True)
class Copied:
    """What is remembered of a copy."""

    address: str
    at: datetime  # when it was last looked at
    whole_at: datetime | None  # when it last lacked nothing


@dataclass(frozen=True)
class Behind:
    """How far a copy is behind."""

    sets: int  # that it lacks
    since: datetime | None  # when the oldest of what it lacks was stored
    log: int = 0  # how many pieces of the write-ahead log it lacks

    def is_late(self, now: datetime) -> bool:
        return self.since is not None and now - self.since > LATE


def to_look_at(first: Sizes, copy: Sizes, system: str, environment: str) -> tuple[str, ...]:
    """The sets of the first store that do not lie in the copy as they do there, oldest first."""
    folder = sets_folder(system, environment) + "/"
    names: defaultdict[str, set[str]] = defaultdict(set)
    for key in first:
        if key.startswith(folder):
            id, _, name = key.removeprefix(folder).partition("/")
            names[id].add(name)
    return tuple(
        id
        for id, there in sorted(names.items())
        if MANIFEST in there and any(_differs(f"{folder}{id}/{name}", first, copy) for name in there - {BEGUN})
    )


def plan_copy(
    looked: Iterable[tuple[BackupSet, int | None]],
    copy: Sizes,
    held: Collection[str],
    *,
    once_there: Collection[str] = (),
    condemned: Collection[str] = (),
) -> CopyPlan:
    """``looked``: oldest first, each with its level in the first store. ``held``: the ids of the sets in the copy.
    ``once_there``: sets that were in the copy and that somebody deleted there since. ``condemned``: sets of the first
    store that are to go, or are going; one that is pardoned comes with the next copy.
    """
    sets, left, damaged = list[Lacking](), dict[str, str](), dict[str, str]()
    coming = set(held)
    for made, level in looked:
        missing, wrong = _pieces(made, copy)
        if wrong:
            damaged[made.id] = f"{', '.join(each.key for each in wrong)}: not as long as the manifest says"
        elif made.id in held and not missing:
            continue  # what a broken try left in the first store is no part of it
        elif why := _why_not(made, level, coming, once_there, condemned):
            left[made.id] = why
        else:
            coming.add(made.id)
            sets.append(Lacking(made, missing))
    return CopyPlan(tuple(sets), left, damaged)


def behind(stored: Mapping[str, datetime], held: Collection[str], log: Iterable[datetime], now: datetime) -> Behind:
    """``stored``: when each set of the first store got its manifest. ``log``: when each piece of the log was stored
    that the copy lacks.
    """
    missing = [at for id, at in stored.items() if id not in held]
    pieces = [at for at in log if now - at > ON_ITS_WAY]
    return Behind(len(missing), min((*missing, *pieces), default=None), len(pieces))


def behind_since(stored: Mapping[str, datetime], whole_at: datetime | None) -> Behind:
    """What is known while the copy does not answer. ``whole_at``: when it was last seen to lack nothing."""
    missing = [at for at in stored.values() if whole_at is None or at > whole_at]
    return Behind(len(missing), min(missing, default=None))


def told(behind: Behind, now: datetime) -> str:
    if behind.since is None:
        return "every set is in it"
    counted = ((behind.sets, "set", "sets"), (behind.log, "piece of the log", "pieces of the log"))
    lacking = " and ".join(f"{count} {one if count == 1 else many}" for count, one, many in counted if count)
    how = "is not in it" if behind.sets + behind.log == 1 else "are not in it, the oldest"
    return f"{lacking} {how} since {shown_age(now - behind.since)}"


def log_to_bring(first: Iterable[str], copy: Collection[str], record: str, parts: str) -> tuple[str, ...]:
    """Of the write-ahead log: the records that the copy lacks, in order; each is brought after its piece. Parts of a
    segment that is there as a whole are of no use any more.

    ``record``: how the key of a record ends. ``parts``: the name of the folder of parts.
    """
    records = [key for key in first if key.endswith(record)]
    whole = {key.removesuffix(record) for key in records if f"/{parts}/" not in key}
    return tuple(key for key in records if key not in copy and _segment(key, parts) not in whole)


def _segment(key: str, parts: str) -> str:
    """The whole segment that a part is of; nothing for what is no part."""
    cluster, found, rest = key.partition(f"/{parts}/")
    return f"{cluster}/{rest.split('/')[0]}" if found else ""


def _differs(key: str, first: Sizes, copy: Sizes) -> bool:
    return copy.get(key) != first[key]


def _pieces(made: BackupSet, copy: Sizes) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Those that are missing, and those that are not as long as they should be."""
    missing = tuple(each for each in made.pieces if each.key not in copy)
    return missing, tuple(each for each in made.pieces if copy.get(each.key, each.bytes) != each.bytes)


def _why_not(
    made: BackupSet,
    level: int | None,
    coming: Collection[str],
    once_there: Collection[str],
    condemned: Collection[str],
) -> str:
    if level is None:
        return "it was found to be bad"
    if made.id in condemned:
        return "it is condemned, and goes in the first store"
    if made.id in once_there:
        return "somebody deleted it in the copy. If that was no pruning: mainstay copy SYSTEM ENVIRONMENT --again"
    if lost := [each for each in made.needs if each not in coming]:
        return f"it cannot be restored without {', '.join(lost)}, and that is not in the copy"
    return ""
