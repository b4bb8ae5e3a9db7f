"""A set is taken: one moment of what a system keeps, sealed, signed, and looked at before it is called one."""

from contextlib import suppress
from functools import partial
from typing import Any

from prefect.client.schemas.objects import State

from flows import elsewhere
from flows.endings import done, told_if_broken_off
from flows.story import story
from mainstay.backups.dumps.tenants import TenantDumps
from mainstay.backups.elsewhere.held import Named
from mainstay.backups.plans import SetPlan
from mainstay.backups.sets import BackupSet, Dump, Kind
from mainstay.errors import MainstayError, NotFinished
from tasks.backups.bases import await_log, keep_base, mark_point, observe_physical, tell_without_log
from tasks.backups.copies import start_copy
from tasks.backups.news import tell_failed, tell_spoiled
from tasks.backups.proofs import tell_found
from tasks.backups.refusals import tell_refused
from tasks.backups.sets import (
    BucketTaking,
    FolderTaking,
    Parts,
    Taking,
    begin_set,
    keep_database,
    keep_files,
    keep_files_again,
    keep_redis,
    mark_moment,
    observe_what_to_keep,
    open_buckets,
    open_folders,
    prove_complete,
    publish_set,
)
from tasks.backups.sizes import look_at_size, tell_shrunk
from tasks.backups.tenants import keep_databases
from tasks.telling import tell_progress
from tasks.turns import before_any_turn


@story("{kind} backup of {system} {environment}")
def backup(system: str, environment: str, kind: Kind = "full") -> State[Any]:
    """Take a set: one moment of database, files, buckets and Redis, sealed to keys that this machine need not have.

    It holds nobody up: users, deploys and other backups go on. Until its manifest is written, at the very end, there
    is no set; whoever is killed before leaves nothing that could be taken for one.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Which of its environments, for example production.
        kind: "full": everything. "database" alone. "files": files and buckets alone. "incremental": what of these
            changed since the newest set, and Redis; where there is none to stand on, it becomes a full one, and says
            why.
    """
    try:
        with before_any_turn(system, environment):
            plan = observe_what_to_keep(system, environment, kind)
            taking = begin_set(system, environment, plan)
    except Exception as reason:
        with suppress(Exception):  # the clock hears no refusal, so people must; but that is not why it was refused
            tell_refused(system, environment, kind, str(reason) or type(reason).__name__)
        raise
    with told_if_broken_off(partial(tell_failed, taking)):
        made, named = _take(taking, plan)
    size, proof = look_at_size(made), prove_complete(made)
    if size.news:
        tell_shrunk(made, size)
    if not proof.good:
        tell_found(system, environment, proof)
        raise NotFinished(
            f"The set {made.id} is not what its manifest says: {proof.sentence}. Look at its store; take it again."
        )
    said = [f"{made.id}: {proof.sentence}", *made.notes, size.sentence if size.drops else "", _start_copy(made)]
    said.append(elsewhere.when_it_is_a_set(taking, plan, named))
    return done("; ".join(filter(None, said)))


def _start_copy(made: BackupSet) -> str:
    """The set is there, whatever becomes of that; the next backup, and every hour, starts it too."""
    try:
        return start_copy(made)
    except MainstayError as reason:
        return f"its copy was not begun: {reason}"


def _take(taking: Taking, plan: SetPlan) -> tuple[BackupSet, Named]:
    """Files are read before the moment and again after it, so that nothing the database speaks of then is missing."""
    folders, buckets = open_folders(taking, plan), open_buckets(taking, plan)
    read_twice: tuple[FolderTaking | BucketTaking, ...] = (*folders, *buckets)
    cluster = observe_physical(taking, plan)
    tell_progress(2, "the cluster")
    base = keep_base(taking, plan, cluster)
    named = elsewhere.before_the_moment(taking, plan)
    for number, each in enumerate(read_twice):
        tell_progress(20 + 30 * number / len(read_twice), f"files {each.name}")
        keep_files(each)
    for each in read_twice:
        keep_files(each)  # what came while the first of them were read: little, so the moment is near
    mark_moment(taking)
    marked = mark_point(taking, plan, cluster, base)
    named = elsewhere.at_the_moment(taking, plan, named)
    redis = keep_redis(taking, plan.redis) if plan.redis is not None else None
    database, tenants = None, TenantDumps()
    if plan.database is not None and (plan.kind != "database" or marked.point is None):
        tell_progress(50, "the database")
        database, tenants = _dump(taking, plan.database, plan.tenants)
    tell_progress(80, "what changed meanwhile")
    for each in read_twice:
        keep_files_again(each)
    tell_progress(90, "the log")
    physical = await_log(taking, cluster, marked)
    if plan.database is not None and database is None and physical.point is None:
        mark_moment(taking)
        database, tenants = _dump(taking, plan.database, plan.tenants)
    if plan.log is not None and physical.point is None:
        with suppress(Exception):  # the set is whole, and telling must not lose it
            tell_without_log(taking, "; ".join(physical.notes))
    tell_progress(95, "the manifest")
    made = publish_set(
        taking, plan, Parts(tuple(folders), tuple(buckets), database, redis, physical, tenants=tenants, named=named)
    )
    if plan.parent is None:
        tell_spoiled(made, folders)
    return made, named


def _dump(taking: Taking, database: str, tenants: str | None) -> tuple[Dump, TenantDumps]:
    """``tenants``: the query for those that have a database of their own."""
    if tenants is None:
        return keep_database(taking, database), TenantDumps()
    return keep_databases(taking, database, tenants)
