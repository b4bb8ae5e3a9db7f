"""The steps of a backup that are made of the database's cluster itself: a base, a point in its log, and the log's way
into the store.
"""

from collections.abc import Iterator

from edge import clock
from edge.backups import catalogue
from edge.backups.bases import manifests
from edge.backups.bases.base import NoIncrement, take_base, tool_for
from edge.backups.bases.clusters import make_point, observe_cluster
from edge.backups.catalogue import Kept
from edge.backups.log import state as wal_state
from edge.backups.log.store import reach
from edge.backups.retention.tombstones import Tombstones
from edge.backups.signers import signers_of
from edge.backups.taking import Taking
from edge.settings import read_settings
from edge.store import open_store
from edge.systems import read_system
from mainstay.backups.bases.base import (
    DIVERGED,
    NOTHING,
    BasePlan,
    Cluster,
    HeldBase,
    Physical,
    PhysicalPlan,
    plan_physical,
    point_name,
    waits_for,
)
from mainstay.backups.bases.news import without_log
from mainstay.backups.log.places import lsn, position
from mainstay.backups.log.streaming import Break, cannot_go_on
from mainstay.backups.newest import has_been
from mainstay.backups.plans import SetPlan
from mainstay.backups.sets import BackupSet, Base, Point
from mainstay.errors import CommandFailed, Refused
from tasks.policies import converges, observes, once
from tasks.telling import tell_all_of

LOG_SECONDS = 100.0  # what receives it ships a closed segment at once, and within 90 s whatever it has
PAUSE_SECONDS = 0.5


@observes("the cluster of {taking.system} {taking.environment}")
def observe_physical(taking: Taking, plan: SetPlan) -> PhysicalPlan:
    """Whether a base is taken, and on which one; where none can be, the dump alone is taken, and it is said why."""
    if plan.log is None or plan.database is None:
        return NOTHING
    try:
        cluster = observe_cluster(plan.log, plan.database)
        tool = tool_for(plan.log, cluster)
    except Refused as reason:
        return PhysicalPlan(None, None, None, (str(reason),))
    if any(cannot_go_on(broken, cluster.id, cluster.timeline) for broken in _breaks(taking)):
        return PhysicalPlan(None, None, None, (DIVERGED,))
    return plan_physical(plan.kind, cluster, tool.version, _held(taking), clock.now())


@converges("a base of the cluster")
def keep_base(taking: Taking, plan: SetPlan, cluster: PhysicalPlan) -> Physical:
    """An increment that PostgreSQL does not make becomes a full base at once. A base that breaks off, as of a cluster
    with a page that rotted, keeps nobody from the dump.
    """
    if plan.log is None or cluster.cluster is None or cluster.base is None:
        return Physical(notes=cluster.reasons)
    try:
        return _taken(taking, plan.log, cluster.cluster, cluster.base)
    except CommandFailed as reason:
        return Physical(notes=(*cluster.base.reasons, str(reason)))


@once("a point in the log of {taking.system} {taking.environment}")
def mark_point(taking: Taking, plan: SetPlan, cluster: PhysicalPlan, base: Physical) -> Physical:
    """The moment, as the database's own log knows it."""
    if plan.database is None or cluster.cluster is None:
        return base
    name, on = point_name(taking.id), cluster.on.id if cluster.on else taking.id
    try:
        at, timeline = make_point(plan.database, name)
    except Refused as reason:
        return Physical(base.base, None, (*base.notes, str(reason)))
    if timeline != cluster.cluster.timeline:
        return Physical(None, None, (*base.notes, f"the server changed to timeline {timeline} meanwhile"))
    return Physical(base.base, Point(name, cluster.cluster.id, timeline, at, on), base.notes)


@observes("the log of {taking.system} {taking.environment} reaches the store")
def await_log(taking: Taking, cluster: PhysicalPlan, made: Physical, seconds: float = LOG_SECONDS) -> Physical:
    """What was made counts only with the log it needs. That does not come in time: it is left out, and said."""
    base = made.base or (cluster.on.base if cluster.on else None)
    if cluster.cluster is None or base is None or (made.base is None and made.point is None):
        return Physical(notes=made.notes)
    until, since = waits_for(base, made.point), position(base.start)
    end, reached = clock.monotonic() + seconds, -1
    while (reached := _reach(taking, cluster.cluster, since)) < until:
        if clock.monotonic() > end:
            late = (
                f"no base and no point: of the log there is nothing after {lsn(reached)} in the store, {lsn(until)} did"
                f" not come within {seconds:g} s. Is what receives it at work? mainstay status"
            )
            return Physical(notes=(*made.notes, late))
        clock.sleep(PAUSE_SECONDS)
    return made


@once("people hear that the log of {taking.system} {taking.environment} is of no use")
def tell_without_log(taking: Taking, why: str) -> None:
    settings = read_settings()
    notice = without_log(taking.system, taking.environment, taking.begun_at, why)
    tell_all_of(read_system(settings, taking.system), open_store(settings), notice)


def _taken(taking: Taking, log: str, cluster: Cluster, plan: BasePlan) -> Physical:
    on, reasons = plan.on, plan.reasons
    if on is not None:
        try:
            parent = manifests.recall(read_settings().home, taking.system, taking.environment, on.id)
            if parent is None:
                raise NoIncrement(f"this machine does not know any more what the base of {on.id} held")
            return Physical(_kept(taking, log, cluster, on, parent), None, reasons)
        except NoIncrement as reason:
            reasons = (f"a full base: no increment could be made on that of {on.id} ({reason})",)
    return Physical(_kept(taking, log, cluster, None, None), None, reasons)


def _kept(taking: Taking, log: str, cluster: Cluster, on: BackupSet | None, parent: bytes | None) -> Base:
    base, manifest = take_base(taking, log, cluster, on=on, parent=parent)
    manifests.remember(read_settings().home, taking.system, taking.environment, taking.id, manifest)
    return base


def _held(taking: Taking) -> tuple[HeldBase, ...]:
    """Newest first, back to a full one that is not known to be bad; without those at which nobody has looked yet."""
    found = list[HeldBase]()
    for each in _bases(taking):
        remembered = manifests.recall(read_settings().home, taking.system, taking.environment, each.set.id) is not None
        found.append(HeldBase(each.set, each.level, remembered, "" if found else _gap(taking, each.set)))
        if each.level is not None and each.set.base is not None and each.set.base.on is None:
            break
    return tuple(found)


def _bases(taking: Taking) -> Iterator[Kept]:
    public = signers_of(read_settings(), taking.system, taking.environment)
    known = catalogue.newest_first(taking.store, public, taking.system, taking.environment, kinds=("full", "database"))
    tombstones = Tombstones(taking.store, taking.system, taking.environment)
    bases = (each for each in known if isinstance(each, Kept) and each.set.base is not None and each.level != 0)
    yield from (each for each in bases if has_been(each.set, clock.now()) and tombstones.builds_on(each.set.id))


def _breaks(taking: Taking) -> Iterator[Break]:
    """The last that this machine remembers. One that remembers nothing asks the store for all that were ever told."""
    settings = read_settings()
    state = wal_state.recall(settings.home, taking.system, taking.environment)
    if state is None:
        public = signers_of(settings, taking.system, taking.environment)
        yield from wal_state.breaks(taking.store, public, taking.system, taking.environment)
    elif state.broken is not None:
        yield state.broken


def _gap(taking: Taking, made: BackupSet) -> str:
    """Of the log that the base itself needs: what came later is waited for when a point is made."""
    base = made.base
    assert base is not None
    cluster = Cluster(base.cluster, base.timeline, base.server, False, base.segment_bytes)
    reached = _reach(taking, cluster, position(base.start))
    return "" if reached >= position(base.stop) else f"it ends at {lsn(reached)}"


def _reach(taking: Taking, cluster: Cluster, since: int) -> int:
    return reach(
        taking.store, signers_of(read_settings(), taking.system, taking.environment), taking.system,
        taking.environment, cluster.id, cluster.timeline, since, segment_bytes=cluster.segment_bytes,
    )  # fmt: skip
