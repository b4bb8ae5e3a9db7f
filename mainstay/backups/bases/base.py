"""Physical copies of a database's cluster: what is taken next, full or increment, on which a point stands, and why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mainstay.backups.log.places import position
from mainstay.backups.pg_versions import major
from mainstay.backups.sets import BackupSet, Base, Kind, Point

INCREMENTS_SINCE = 17  # of PostgreSQL
LONGEST_CHAIN = 6  # increments on one full base
OLDEST_FULL = timedelta(days=7)
LARGEST_INCREMENT = 0.5  # of its full base
POINT_BYTES = 63  # the longest name that PostgreSQL takes


@dataclass(frozen=True)
class Cluster:
    """What a server says of itself to whoever receives its log."""

    id: str  # PostgreSQL's own number of it
    timeline: int
    server: str  # its version
    summarizes: bool  # it keeps what increments are made of
    segment_bytes: int
    superuser: str = "postgres"  # who made it, and may do everything in it


@dataclass(frozen=True)
class HeldBase:
    """A set with a base."""

    set: BackupSet
    level: int | None  # None: it was found to be bad
    remembered: bool  # this machine has PostgreSQL's list of it
    broken_since: str = ""  # what of its log is not in the store, as the end of a sentence; empty: nothing


@dataclass(frozen=True)
class BasePlan:
    on: BackupSet | None  # the set whose base it is an increment of; None: it is a full one
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Physical:
    """What of a set is made of the cluster itself."""

    base: Base | None = None
    point: Point | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PhysicalPlan:
    base: BasePlan | None  # None: the point stands on a base that is there
    on: BackupSet | None  # the set with that
    cluster: Cluster | None  # None: nothing is taken of it, and the reasons say why
    reasons: tuple[str, ...] = ()


NOTHING = PhysicalPlan(None, None, None)
DIVERGED = (
    "the log in the store is not that of this database, which was put back to an earlier state beside us: no base can"
    " stand on it until the database has a timeline of its own (pg_promote on a standby of it makes one)"
)


def plan_physical(kind: Kind, cluster: Cluster, tool: str, held: Sequence[HeldBase], now: datetime) -> PhysicalPlan:
    """``held``: newest first; ``tool``: the version of pg_basebackup. The database alone is a point on the base that is
    there: that takes milliseconds.
    """
    if kind != "database":
        return PhysicalPlan(plan_base(cluster, tool, held, now), None, cluster)
    on, why = plan_point(cluster, held)
    if on is None:
        return PhysicalPlan(BasePlan(None, (f"a full base: {why}",)), None, cluster)
    return PhysicalPlan(None, on, cluster, (f"a point on the base of {on.id}",))


def waits_for(base: Base, point: Point | None) -> int:
    """Up to which place the log must be in the store for either to be of use."""
    return max(position(base.stop), position(point.at) if point else 0)


def plan_base(cluster: Cluster, tool: str, held: Sequence[HeldBase], now: datetime) -> BasePlan:
    by_id = {each.set.id: each for each in held}
    why = _too_old(cluster, tool) or _why_full(cluster, held, by_id, now)
    if why:
        return BasePlan(None, (f"a full base: {why}",))
    return BasePlan(held[0].set, (f"a base of what changed since {held[0].set.id}",))


def plan_point(cluster: Cluster, held: Sequence[HeldBase]) -> tuple[BackupSet | None, str]:
    """The newest base that a point can stand on; or why there is none."""
    by_id = {each.set.id: each for each in held}
    why = "there is no base yet"
    for number, each in enumerate(held):
        found = _other_cluster(cluster, each.set) or _unusable(each, by_id)
        if not found:
            return each.set, ""
        why = found if number == 0 else why
    return None, why


def refuses_increment(said: str) -> bool:
    """By what pg_basebackup says, PostgreSQL makes none on that base; or its summarizer stands still, and a full base
    needs none.
    """
    return re.search(r"WAL summari|incremental|manifest", said, re.IGNORECASE) is not None


def point_name(set: str) -> str:
    """As the server is told to call it, and as it calls it when it comes there again."""
    return f"mainstay {set}"[:POINT_BYTES]


def bases_of(known: Mapping[str, BackupSet], id: str) -> tuple[BackupSet, ...]:
    """The set's base and all it is an increment of, oldest first. Shorter than it should be: the first one is missing
    what it stands on.
    """
    found: list[BackupSet] = []
    wanted: str | None = id
    while wanted is not None and wanted in known and known[wanted] not in found:
        made = known[wanted]
        if made.base is None:
            break
        found.append(made)
        wanted = made.base.on
    return tuple(found[::-1])


def _too_old(cluster: Cluster, tool: str) -> str:
    if major(cluster.server) < INCREMENTS_SINCE:
        return f"PostgreSQL {cluster.server} makes no increments, {INCREMENTS_SINCE} and newer do"
    if major(tool) < INCREMENTS_SINCE:
        return f"pg_basebackup {tool} makes no increments, {INCREMENTS_SINCE} and newer do"
    if not cluster.summarizes:
        return "the server does not keep what increments are made of; set there: summarize_wal = on"
    return ""


def _why_full(cluster: Cluster, held: Sequence[HeldBase], by_id: Mapping[str, HeldBase], now: datetime) -> str:
    if not held:
        return "there is none yet"
    newest = held[0]
    base, chain = newest.set.base, bases_of({id: each.set for id, each in by_id.items()}, newest.set.id)
    assert base is not None
    reasons = (
        _other_cluster(cluster, newest.set),
        _unusable(newest, by_id),
        "" if newest.remembered else f"this machine does not know what the base of {newest.set.id} held",
        f"{base.depth} increments stand on one already" if base.depth >= LONGEST_CHAIN else "",
        _aged(chain[0], now),
        _grown(chain),
    )
    return next(filter(None, reasons), "")


def _other_cluster(cluster: Cluster, made: BackupSet) -> str:
    base = made.base
    assert base is not None
    if base.cluster != cluster.id:
        return f"{made.id} is of another cluster"
    if base.timeline != cluster.timeline:
        return f"the server is on timeline {cluster.timeline}, {made.id} on {base.timeline}"
    return ""


def _unusable(held: HeldBase, by_id: Mapping[str, HeldBase]) -> str:
    """It, or something it stands on, is not there, or cannot be trusted."""
    chain = bases_of({id: each.set for id, each in by_id.items()}, held.set.id)
    missing = chain[0].base.on if chain[0].base else None
    if missing is not None:
        return f"{missing}, which {held.set.id} needs, is not there"
    bad = next((each for each in chain if by_id[each.id].level is None), None)
    if bad is not None:
        return f"the proof of {bad.id} failed"
    return f"the log since {held.set.id} is not whole: {held.broken_since}" if held.broken_since else ""


def _aged(full: BackupSet, now: datetime) -> str:
    return "" if now - full.moment < OLDEST_FULL else f"the last one, {full.id}, is {OLDEST_FULL.days} days old"


def _grown(chain: Sequence[BackupSet]) -> str:
    full, newest = (each.base for each in (chain[0], chain[-1]))
    assert full is not None and newest is not None
    share = newest.piece.plain_bytes / max(full.piece.plain_bytes, 1)
    if len(chain) > 1 and share > LARGEST_INCREMENT:
        return f"the last increment was {share:.0%} of its full base"
    return ""
