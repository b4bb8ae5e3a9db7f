"""A set is brought back into a place where nothing is: beside what users have, never over it."""

from collections.abc import Mapping
from typing import Any

from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.endings import done
from flows.story import story
from mainstay.backups.elsewhere.snapshots import judge_instance
from mainstay.backups.restores import NEWEST, Restore, choose_bucket, judge_places
from mainstay.store import Source
from tasks.backups.elsewhere.clusters import lay_out_by_pgbackrest, observe_stanza
from tasks.backups.elsewhere.instances import await_instance, begin_instance, observe_snapshot
from tasks.backups.readers import being_read, sets_being_read
from tasks.backups.restores import lay_out_set, observe_restore, restore_bucket, restore_part
from tasks.turns import before_any_turn


def _name() -> str:
    asked = flow_run.parameters
    alone = " of ".join(filter(None, (asked.get("part"), asked.get("tenant"))))
    what = f"{alone} of {asked['set']}" if alone else asked.get("at") or asked["set"]
    where = asked.get("into") or asked.get("bucket") or asked.get("instance") or "a database"
    return f"restore {what} of {asked['system']} {asked['environment']} into {where}"


@story(_name)
def restore(
    system: str,
    environment: str,
    into: str = "",
    set: str = NEWEST,
    only: str = "",
    database: str = "",
    part: str = "",
    bucket: str = "",
    redis: str = "",
    at: str = "",
    instance: str = "",
    source: Source = "first",
    tenant: str = "",
) -> State[Any]:
    """Bring a set back into a fresh place. What users have is not touched; nothing stands there before it is whole.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Of which environment the set is.
        into: An absolute path that is not there yet; each of the set's folders becomes one in it. A part needs none.
        set: Its id, as `mainstay backups` lists it; otherwise the newest; for `database`, `part` or `tenant` the
            newest with a dump.
        only: One of its folders or buckets, by the name it has in the descriptor; otherwise everything.
        database: Where the address of an empty database lies, such as file:///root/address; the dump goes into it.
            Otherwise it lies beside the folders, as database.dump, for pg_restore.
        part: One schema of the database, such as a tenant's, or one table: "office" or "office.deals"; with what it is
            made of, into that empty database, and nothing else.
        bucket: An empty bucket, or an empty prefix in one: "s3://shop-restored"; the set's bucket goes into it, and
            nothing else. It is asked where the descriptor says of that bucket, and by the same login.
        redis: Where the address of an empty Redis lies; all keys go into it but those that redis: flush: names.
            Otherwise it lies beside the folders, as redis.rdb.
        at: A moment, such as "2026-11-28 14:00" (UTC) or "2026-11-28 14:00+03:00"; or "latest". The database as it was
            then becomes a folder `cluster` in `into`, on which PostgreSQL can be started.
        instance: A name that no instance of RDS has yet: the snapshot that a set names becomes that server, and nothing
            else is restored.
        source: From which store: the "first", or the second "copy" when the first is away or not trusted.
        tenant: Where every tenant has a database of its own: whose goes, alone, into that empty database. Otherwise
            all of them lie beside the folders, in database.tenants.
    """
    if instance:
        others = {"into": into, "only": only, "database": database, "part": part, "bucket": bucket, "tenant": tenant}
        return _as_instance(system, environment, set, instance, {**others, "redis": redis, "at": at}, source)
    with before_any_turn(system, environment):
        judge_places(into, database, part, bucket, (only, set if set != NEWEST else "", redis), at, tenant)
        stanza = observe_stanza(system, environment) if at else None
        if stanza is not None:
            return done(lay_out_by_pgbackrest(stanza, into, at))
        into_a_database = bool(database) and not bucket
        found = observe_restore(system, environment, set, only, part, at, source, dump=into_a_database, tenant=tenant)
        with being_read(found, "restore", source):
            brought = _bring(found, into, database, bucket, redis, source)
    return done("; ".join(filter(None, (brought, found.without))))


def _bring(found: Restore, into: str, database: str, bucket: str, redis: str, source: Source) -> str:
    if bucket:
        return f"{choose_bucket(found)} of {found.id} is in {bucket}: {restore_bucket(found, bucket, source)}"
    if found.alone:
        return f"{found.alone} of {found.id} is in that database: {restore_part(found, database, source)}"
    return f"{found.id} is in {into}: {lay_out_set(found, into, database, redis, source)}"


def _as_instance(
    system: str, environment: str, set: str, instance: str, others: Mapping[str, str], source: Source
) -> State[Any]:
    """The snapshot lies with its provider, and becomes a server there."""
    with before_any_turn(system, environment):
        judge_instance(instance, others)
        chosen = observe_snapshot(system, environment, set, source)
    with sets_being_read(system, environment, (chosen.set,), f"restore into {instance}", source):
        with before_any_turn(system, environment):
            notes = begin_instance(system, environment, chosen, instance)
        address = await_instance(system, environment, instance)
    return done("; ".join((f"the instance {instance} answers at {address}", *notes)))
