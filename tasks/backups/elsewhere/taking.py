"""The steps of a backup that begin physical copies which others keep."""

from functools import partial

from edge.backups.elsewhere import pgbackrest, snapshots
from edge.backups.elsewhere.clusters import superuser
from edge.backups.elsewhere.rds import open_rds
from edge.backups.taking import Taking
from edge.settings import read_settings
from edge.store import open_store
from edge.systems import read_system
from mainstay.backups.elsewhere import stanzas
from mainstay.backups.elsewhere.held import NOTHING_NAMED, Named
from mainstay.backups.elsewhere.news import nothing_elsewhere
from mainstay.backups.elsewhere.snapshots import NOT_OFF_THE_PROVIDER, as_held, snapshot_name, snapshot_tags
from mainstay.backups.elsewhere.stanzas import TYPES
from mainstay.backups.plans import SetPlan
from mainstay.errors import MainstayError
from tasks.policies import converges, observes, once
from tasks.telling import tell_all_of, tell_progress

SNAPSHOT_SECONDS = 3600.0  # a first one reads all there is


@converges("pgBackRest for {taking.id}")
def keep_by_pgbackrest(taking: Taking, plan: SetPlan) -> Named:
    """Where it keeps the database, a backup of its own; tried again it finds the one that it made."""
    wish = plan.elsewhere.stanza if plan.elsewhere else None
    if wish is None or plan.database is None or plan.kind not in TYPES:
        return NOTHING_NAMED
    try:
        pgbackrest.refuse_far(wish, plan.database)
        owner = superuser(plan.database)
        made = pgbackrest.take(wish, TYPES[plan.kind], taking.id)
    except pgbackrest.AtWork as reason:
        return Named(notes=(str(reason),))
    except MainstayError as reason:
        return Named(failed=(str(reason),))
    held = stanzas.as_held(made, wish, owner)
    return Named((held,), (f"{held}: {stanzas.ITS_OWN_RETENTION}",))


@converges("a copy of {taking.id} that somebody else keeps is begun")
def begin_elsewhere(taking: Taking, plan: SetPlan) -> Named:
    """It goes on while the dump runs. Whoever is killed here finds it again by its name."""
    wish = plan.elsewhere.snapshots if plan.elsewhere else None
    if wish is None or plan.kind != "full":
        return NOTHING_NAMED
    name = snapshot_name(taking.system, taking.environment, taking.id)
    tags = snapshot_tags(taking.system, taking.environment, taking.id, taking.store.address)
    try:
        begun = open_rds(wish).begin(name, tags)
    except MainstayError as reason:
        return Named(failed=(f"no snapshot: {reason}",))
    held = as_held(begun, wish, taking.moment)
    return Named((held,), (f"{held}: {NOT_OFF_THE_PROVIDER}",), awaited=name)


@observes("the copy of {taking.id} that somebody else keeps")
def await_elsewhere(taking: Taking, plan: SetPlan, named: Named, seconds: float = SNAPSHOT_SECONDS) -> Named:
    """Waited for when the set is published: it is whole without it. What became of one that does not come, or not in
    time.
    """
    wish = plan.elsewhere.snapshots if plan.elsewhere else None
    if wish is None or not named.awaited:
        return NOTHING_NAMED
    try:
        rds = open_rds(wish)
        begun = rds.find(named.awaited)
        if begun is None:
            return Named(failed=(f"no snapshot: {named.awaited} of {wish} was deleted meanwhile",))
        snapshots.await_available(rds, begun, seconds=seconds, told=partial(tell_progress, 98))
    except MainstayError as reason:
        return Named(failed=(str(reason),))
    return NOTHING_NAMED


@once("people hear that {taking.id} has no physical copy elsewhere")
def tell_nothing_elsewhere(taking: Taking, named: Named) -> None:
    settings = read_settings()
    notice = nothing_elsewhere(taking.system, taking.environment, taking.begun_at, named.failed)
    tell_all_of(read_system(settings, taking.system), open_store(settings), notice)
