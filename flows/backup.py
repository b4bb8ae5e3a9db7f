"""A set is taken: one moment of what a system keeps, sealed, signed, and looked at before it is called one."""

from contextlib import suppress
from typing import Any

from prefect.client.schemas.objects import State

from flows.endings import done
from flows.story import story
from mainstay.backups.plans import SetPlan
from mainstay.backups.sets import BackupSet, Kind
from mainstay.errors import NotFinished
from tasks.backups import (
    Taking,
    begin_set,
    keep_database,
    keep_files,
    keep_files_again,
    mark_moment,
    observe_what_to_keep,
    open_folders,
    prove_complete,
    publish_set,
    tell_failed,
)
from tasks.bases import await_log, keep_base, mark_point, observe_physical, tell_without_log
from tasks.telling import tell_progress
from tasks.turns import before_any_turn


@story("{kind} backup of {system} {environment}")
def backup(system: str, environment: str, kind: Kind = "full") -> State[Any]:
    """Take a set: one moment of database and files, sealed to keys that this machine need not have.

    It holds nobody up: users, deploys and other backups go on. Until its manifest is written, at the very end, there
    is no set; whoever is killed before leaves nothing that could be taken for one.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Which of its environments, for example production.
        kind: "full": everything. "database" or "files": that alone. "incremental": which files changed since the
            newest set; where there is none to stand on, it becomes a full one, and says why.
    """
    with before_any_turn(system, environment):
        plan = observe_what_to_keep(system, environment, kind)
        taking = begin_set(system, environment, plan)
    try:
        made = _take(taking, plan)
        proof = prove_complete(made)
        if not proof.good:
            raise NotFinished(
                f"The set {made.id} is not what its manifest says: {proof.sentence}. Look at its store; take it again."
            )
    except BaseException as reason:
        with suppress(Exception):  # what broke it off may keep us from telling too, and must not be lost with that
            tell_failed(taking, str(reason) or type(reason).__name__)
        raise
    return done(f"{made.id}: {proof.sentence}; {'; '.join(made.notes)}")


def _take(taking: Taking, plan: SetPlan) -> BackupSet:
    """Files are read before the moment and again after it, so that nothing the database speaks of then is missing."""
    folders = open_folders(taking, plan)
    cluster = observe_physical(taking, plan)
    tell_progress(2, "the cluster")
    base = keep_base(taking, plan, cluster)
    for number, folder in enumerate(folders):
        tell_progress(20 + 30 * number / len(folders), f"files {folder.name}")
        keep_files(folder)
    mark_moment(taking)
    made = mark_point(taking, plan, cluster, base)
    database = None
    if plan.database is not None and (plan.kind != "database" or made.point is None):
        tell_progress(50, "the database")
        database = keep_database(taking, plan.database)
    tell_progress(80, "what changed meanwhile")
    for folder in folders:
        keep_files_again(folder)
    tell_progress(90, "the log")
    physical = await_log(taking, cluster, made)
    if plan.database is not None and database is None and physical.point is None:
        mark_moment(taking)
        database = keep_database(taking, plan.database)
    if plan.log is not None and physical.point is None:
        with suppress(Exception):  # the set is whole, and telling must not lose it
            tell_without_log(taking, "; ".join(physical.notes))
    tell_progress(95, "the manifest")
    return publish_set(taking, plan, folders, database, physical)
