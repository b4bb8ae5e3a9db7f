"""A set of a database of which others keep physical copies, taken step by step."""

from edge.backups.taking import Taking
from mainstay.backups.bases.base import Physical
from mainstay.backups.elsewhere.held import NOTHING_NAMED, Named
from mainstay.backups.plans import SetPlan
from mainstay.backups.sets import BackupSet, Kind
from tasks.backups.elsewhere.taking import await_elsewhere, begin_elsewhere, keep_by_pgbackrest, tell_nothing_elsewhere
from tasks.backups.sets import (
    Parts,
    begin_set,
    keep_database,
    mark_moment,
    observe_what_to_keep,
    prove_complete,
    publish_set,
)
from tests.doors.backups.shop_rig import WHERE, Shop


def take(kind: Kind = "full", *, seconds: float = 30) -> BackupSet:
    """As the flow does, of the database alone. ``seconds``: for so long a snapshot is waited for."""
    plan = observe_what_to_keep.fn(*WHERE, kind)
    taking = begin_set.fn(*WHERE, plan)
    named = keep_by_pgbackrest.fn(taking, plan)
    mark_moment.fn(taking)
    named = _begun(taking, plan, named)
    assert plan.database is not None
    database = keep_database.fn(taking, plan.database)
    made = publish_set.fn(taking, plan, Parts((), (), database, None, Physical(), named=named))
    assert prove_complete.fn(made).good
    left = await_elsewhere.fn(taking, plan, named, seconds) if named.awaited else named
    if left.failed:
        tell_nothing_elsewhere.fn(taking, left)
    return made


def describe(shop: Shop, more: str) -> None:
    """``more``: what is said of the database beside its address."""
    address = f"file://{shop.folder.parent}/address-{{environment}}"
    shop.describe(more=f'database: {{address: "{address}", {more}}}\n')


def _begun(taking: Taking, plan: SetPlan, named: Named) -> Named:
    return begin_elsewhere.fn(taking, plan) if named == NOTHING_NAMED else named
