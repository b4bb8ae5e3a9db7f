"""The steps of a restore: into a place where nothing is, for a person."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from edge import clock
from edge.backups import catalogue, opening
from edge.backups.buckets import restores as bucket_restores
from edge.backups.buckets.bucket import open_bucket
from edge.backups.buckets.restores import lay_out_bucket
from edge.backups.redis import restores as redis_restores
from edge.backups.signers import signers_of
from edge.redis_talk import talking
from edge.scratch import scratch
from edge.settings import read_settings
from edge.store import open_sets, open_store
from edge.systems import read_system
from mainstay.backups.bases.replays import read_moment
from mainstay.backups.buckets.places import read_bucket
from mainstay.backups.newest import believed
from mainstay.backups.news import set_is_bad
from mainstay.backups.plans import bucket_wishes
from mainstay.backups.restores import NEWEST, Restore, bucket_layers, choose_bucket, plan_restore, plan_restore_at
from mainstay.backups.sets import READ_BACK
from mainstay.errors import BadInput, MainstayError, Refused
from mainstay.places import Places
from mainstay.store import Source
from tasks.backups.bringing import Brought as Brought
from tasks.backups.bringing import bring_database, bring_files, bring_redis, opened_for, record_bad
from tasks.backups.cluster_restores import bring_cluster
from tasks.backups.tenants import lay_out_tenants
from tasks.policies import observes, once
from tasks.telling import tell_all_of, tell_progress


@observes("what a restore of {system} {environment} needs")
def observe_restore(
    system: str,
    environment: str,
    set: str,
    only: str = "",
    part: str = "",
    at: str = "",
    source: Source = "first",
    *,
    dump: bool = False,
    tenant: str = "",
) -> Restore:
    """``dump``: one must be in it; ``tenant``: of this one."""
    settings = read_settings()
    store, public = open_sets(settings, source), signers_of(settings, system, environment)
    if set != NEWEST:
        catalogue.read_set(store, public, system, environment, set)  # it says what is wrong with it
    known = catalogue.read_catalogue(store, public, system, environment)
    if known.strange and not known.kept:
        raise Refused(f"No set of {system} {environment} is trusted here, so none was restored. {known.strange[0]}")
    now = clock.now()
    sets, ahead = believed([(each.set, each.level) for each in known.kept], now)
    if at:
        found = plan_restore_at(sets, read_moment(at, now))
    else:
        found = plan_restore(sets, set, only, part, dump=dump, tenant=tenant)
    suspicion = next((each.suspicion for each in known.kept if each.set.id == found.id), "")
    doubt = f"this set is suspect: {suspicion}. Is data missing? Then take an older one" if suspicion else ""
    said = (found.without, doubt, ahead if set == NEWEST else "")
    return replace(found, without="; ".join(filter(None, said)))


@once("{restore.id} into {into}")
def lay_out_set(restore: Restore, into: str, database: str, redis: str = "", source: Source = "first") -> Brought:
    """All of it or nothing, each file compared with its hash on the way. ``database``, ``redis``: the references of
    empty ones, into which the dump and the keys go; without them both lie beside the files.
    """
    opened = opened_for(restore, source)
    if redis and restore.redis is not None:
        with talking(redis) as target:
            redis_restores.refuse_used(target)  # before hours are spent on the rest
    with _remembered(restore, source), opening.fresh(Path(into)) as place:
        brought, _ = bring_files(restore, opened, place)
        brought = lay_out_tenants(restore, opened, place, brought)
        if restore.replay is not None and restore.dump is None:
            brought = brought.noting(*bring_cluster(restore.replay, opened, place))
        elif restore.dump is not None and not database:
            opened.write_file(restore.dump.piece, place / "database.dump")
        else:
            brought = bring_database(restore, opened, database, brought)
        return bring_redis(restore, opened, place, redis, brought)  # what is poured into one cannot be taken back


@once("{restore.alone} of {restore.id}")
def restore_part(restore: Restore, database: str, source: Source = "first") -> Brought:
    """Into an empty database, whose reference this is."""
    with _remembered(restore, source):
        return bring_database(restore, opened_for(restore, source), database, Brought())


@once("a bucket of {restore.id} into {bucket}")
def restore_bucket(restore: Restore, bucket: str, source: Source = "first") -> Brought:
    """Into an empty one on the server that the descriptor names for it, by the same login. It is laid out here first:
    nothing is sent before it was compared.
    """
    name, settings, made = choose_bucket(restore), read_settings(), restore.sets[-1]
    places = Places(read_system(settings, made.system), made.environment, str(settings.home))
    wish = next((each for each in bucket_wishes(places) if each.name == name), None)
    if wish is None:
        raise BadInput(
            f"The descriptor of {made.system} speaks of no bucket {name}, so it is not known where its server is and"
            " who we are to it. Nothing was done. Describe it: buckets:"
        )
    target = open_bucket(wish, read_bucket(bucket, wish.place.endpoint))
    bucket_restores.refuse_used(target)
    with _remembered(restore, source), scratch(settings.home / "restores", restore.id) as place:
        tell_progress(5, f"bucket {name}")
        laid = lay_out_bucket(opened_for(restore, source), bucket_layers(restore.sets, name), place)
        tell_progress(50, f"bucket {name} into {bucket}")
        return Brought(objects=bucket_restores.fill(target, place, name, laid))


@contextmanager
def _remembered(restore: Restore, source: Source) -> Iterator[None]:
    """A set that is found to be bad is bad for whoever comes next, and people hear of it."""
    try:
        yield
    except opening.BadSet as reason:
        made, settings = restore.sets[-1], read_settings()
        with suppress(MainstayError):  # what was found must not be lost with that
            if (proof := record_bad(restore, reason, READ_BACK, source)) is not None:
                notice = set_is_bad(made.system, made.environment, proof.set, proof.sentence)
                tell_all_of(read_system(settings, made.system), open_store(settings), notice)
        raise
