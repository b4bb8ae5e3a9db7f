"""How much would be lost if this host were gone now: for each thing that is kept, the moment up to which it is safe.

What is safe lies in the store, can be restored from there, and was found bad by no look at it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mainstay.backups.log.streaming import StreamState, cannot_go_on
from mainstay.backups.newest import has_been
from mainstay.backups.sets import BackupSet, Kind
from mainstay.backups.shown import shown_age
from mainstay.descriptor.environment import Backups, BackupSlot
from mainstay.descriptor.system import System

STREAMED = timedelta(minutes=5)
FIRST = timedelta(minutes=30)
# One slot, and the time its backup may take.
SLOTS: Mapping[BackupSlot, timedelta] = {
    "often": timedelta(minutes=5),
    "hourly": timedelta(minutes=90),
    "nightly": timedelta(hours=28),
}
HOLDS_THE_DATABASE: tuple[Kind, ...] = ("full", "database")
HOLDS_FILES: tuple[Kind, ...] = ("full", "files", "incremental")
HOLDS_REDIS: tuple[Kind, ...] = ("full", "incremental")
DATABASE, REDIS = "database", "Redis"


@dataclass(frozen=True)
class Kept:
    """A set, and whether it was found to be good. Newest first wherever there are several."""

    set: BackupSet
    good: bool


@dataclass(frozen=True)
class Source:
    """One thing that is kept."""

    name: str
    until: datetime | None  # what was written by then is safe; None: nothing of it is
    target: timedelta | None  # None: the descriptor names no backup that holds it, so nobody waits for one
    why: str

    def age(self, now: datetime) -> timedelta | None:
        return None if self.until is None else max(now - self.until, timedelta(0))

    def late(self, now: datetime, since: datetime) -> bool:
        """Older than its target. What is new here is given the time to come into its first backup."""
        if self.target is None:
            return False
        age = self.age(now)
        return now - since > max(self.target, FIRST) if age is None else age > self.target


@dataclass(frozen=True)
class Meter:
    """Of one environment."""

    system: str
    environment: str
    sources: tuple[Source, ...]
    same_machine: bool  # the store is a directory: it is gone together with what it should save
    since: datetime  # it is watched
    at: datetime

    @property
    def counted(self) -> tuple[Source, ...]:
        return tuple(each for each in self.sources if each.target is not None)

    @property
    def worst(self) -> Source | None:
        """The oldest of what is backed up; one of which nothing is safe is older than any."""
        return max(self.counted, key=lambda each: each.age(self.at) or timedelta.max, default=None)

    @property
    def late(self) -> tuple[Source, ...]:
        return tuple(each for each in self.counted if each.late(self.at, self.since))

    @property
    def headline(self) -> str:
        if self.same_machine:
            return "RPO: none, same machine"
        if self.worst is None:
            return "RPO: none, nothing is backed up"
        age = self.worst.age(self.at)
        return (
            f"RPO: none, {self.worst.name} is in no backup"
            if age is None
            else f"RPO: {shown_age(age)}, {self.worst.name}"
        )


def measure(
    system: System,
    environment: str,
    kept: Sequence[Kept],
    stream: StreamState | None,
    *,
    same_machine: bool,
    since: datetime,
    now: datetime,
) -> Meter:
    """``stream``: what is known of the log that is received, if one is."""
    good = [each.set for each in kept if each.good and has_been(each.set, now)]
    backups = system.at(environment).backups
    return Meter(system.name, environment, tuple(_sources(system, backups, good, stream)), same_machine, since, now)


def lines(meter: Meter) -> Iterator[str]:
    """How old each thing is, and by what."""
    for each in meter.sources:
        age = each.age(meter.at)
        shown = "" if each.target is None else "nothing" if age is None else f"{shown_age(age)} old"
        late = f", too old: the target is {shown_age(each.target)}" if each in meter.late and each.target else ""
        yield f"  {each.name:<24} {shown:>10}  {each.why}{late}"


def mended(kept: Sequence[Kept], stream: StreamState) -> bool:
    """Whether a base was taken since the log broke, of what it is received from now: on nothing else it can be
    replayed. Where none can be taken, because it diverged, a full backup is all there is to wait for.
    """
    since = [each.set for each in _good_since(kept, stream)]
    if cannot_go_on(stream.broken, stream.cluster, stream.timeline):
        return any(made.kind == "full" for made in since)
    return any(_on(made, stream.cluster, stream.timeline) for made in since)


def tries(kept: Sequence[Kept], stream: StreamState, now: datetime) -> int:
    """How many full backups should have been begun by now to mend it: one an hour, and one a day when one came that
    has no base: what keeps it from that (tablespaces) may never end, and each takes all files.
    """
    hours = 0 if stream.broken is None else int((now - stream.broken.at) / timedelta(hours=1))
    came = any(each.set.kind == "full" for each in _good_since(kept, stream))
    return hours - hours % 24 if came else hours


def is_kept(system: System, environment: str) -> bool:
    """Whether the descriptor wants any of it to be backed up."""
    return any(each.target for each in _sources(system, system.at(environment).backups, (), None))


def names(system: System) -> frozenset[str]:
    """All that is to be found in sets."""
    return frozenset(each.name for each in _sources(system, Backups(), (), None))


def _sources(
    system: System, backups: Backups, good: Sequence[BackupSet], stream: StreamState | None
) -> Iterator[Source]:
    asked = None if backups.rpo_minutes is None else timedelta(minutes=backups.rpo_minutes)
    if system.database is not None:
        dumped = _in_sets(DATABASE, HOLDS_THE_DATABASE, backups, good, asked)
        yield dumped if system.database.stream is None else _streamed(dumped, good, stream, asked)
    for name in system.files:
        yield _in_sets(f"files {name}", HOLDS_FILES, backups, good, asked)
    for name in system.buckets:
        yield _in_sets(f"bucket {name}", HOLDS_FILES, backups, good, asked)
    if system.redis is not None:
        yield _in_sets(REDIS, HOLDS_REDIS, backups, good, asked)


def held(made: BackupSet) -> Iterator[str]:
    """What a set brings back as it was at its moment, by name."""
    if made.database or made.base or made.point:
        yield DATABASE
    yield from (f"files {folder.name}" for folder in made.folders)
    yield from (f"bucket {bucket.name}" for bucket in made.buckets)
    if made.redis:
        yield REDIS


def _in_sets(
    name: str, kinds: Sequence[Kind], backups: Backups, good: Sequence[BackupSet], asked: timedelta | None
) -> Source:
    slots: list[BackupSlot] = [slot for kind in kinds if (slot := getattr(backups, kind)) is not None]
    newest = next((made for made in good if name in held(made)), None)
    if not slots:
        return Source(
            name, newest.moment if newest else None, None, "not backed up: the descriptor names no slot for it"
        )
    why = f"in {newest.id}" if newest else "in no good set yet"
    return Source(name, newest.moment if newest else None, asked or min(SLOTS[slot] for slot in slots), why)


def _streamed(dumped: Source, good: Sequence[BackupSet], stream: StreamState | None, asked: timedelta | None) -> Source:
    """The log counts only on a base that it continues; the sets go on counting beside it."""
    until, why = _of_the_log(good, stream)
    if until is None or (dumped.until is not None and dumped.until > until):
        until, why = dumped.until, f"{dumped.why}; its log does not count: {why}" if dumped.until else why
    return Source(DATABASE, until, asked or STREAMED, why)


def _of_the_log(good: Sequence[BackupSet], stream: StreamState | None) -> tuple[datetime | None, str]:
    if stream is None or not stream.cluster:
        return None, "it was not received yet"
    bases = [made for made in good if made.base is not None]
    broken, place = stream.broken, (stream.cluster, stream.timeline)
    if any(_on(made, *place) and (broken is None or made.begun_at > broken.at) for made in bases):
        return stream.covered_until, "its log is shipped as it is written"
    if broken is None:
        return None, "there is no base yet to replay it on; the next full backup takes one"
    why = f"it broke at {broken.at:%Y-%m-%d %H:%M} UTC ({broken.why}), and no full backup was taken since"
    stood = any(_on(made, broken.cluster, broken.timeline) for made in bases)
    return (broken.covered_until if stood else None), why


def _good_since(kept: Sequence[Kept], stream: StreamState) -> Iterator[Kept]:
    """After the newest break."""
    broken = stream.broken
    yield from (each for each in kept if each.good and (broken is None or each.set.begun_at > broken.at))


def _on(made: BackupSet, cluster: str, timeline: int) -> bool:
    return made.base is not None and (made.base.cluster, made.base.timeline) == (cluster, timeline)
