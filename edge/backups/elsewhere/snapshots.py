"""Snapshots on their way: waited for while they are made, removed when their set has gone, made an instance again."""

from collections.abc import Callable, Mapping

from edge import clock
from edge.backups.elsewhere.rds import Rds
from edge.backups.elsewhere.rds_failures import RdsLost, RdsRefused
from mainstay.backups.elsewhere.snapshots import AVAILABLE, CREATING, Seen, late, unavailable
from mainstay.errors import BadInput, CommandFailed

PAUSE_SECONDS = 5.0
# An instance that is restored passes through several states; these are the ones that it does not leave by itself.
_LOST = (
    "failed",
    "incompatible-restore",
    "incompatible-network",
    "incompatible-parameters",
    "storage-full",
    "deleting",
)
Told = Callable[[str], None]


def await_available(rds: Rds, begun: Seen, *, seconds: float, pause: float = PAUSE_SECONDS, told: Told) -> Seen:
    """``RdsRefused``: it did not become one that can be restored, or not in time. What failed is removed.

    A provider that is silent for a while keeps nobody from waiting on: the snapshot is made without us.
    """
    end, seen, silence = clock.monotonic() + seconds, begun, ""
    while seen.status != AVAILABLE:
        if seen.status != CREATING:
            rds.remove(seen.name)
            raise RdsRefused(unavailable(seen.name, seen.status, rds.wish))
        if clock.monotonic() > end:
            raise RdsRefused(late(seen.name, rds.wish, seconds / 60, silence))
        told(f"the snapshot, {seen.percent}%" if seen.percent else "the snapshot")
        clock.sleep(min(pause, max(end - clock.monotonic(), 0.01)))
        try:
            # One that was begun a moment ago may not be listed yet.
            seen, silence = rds.find(seen.name) or begun, ""
        except RdsLost as reason:
            silence = str(reason)
    return seen


def remove_of_set(rds: Rds, name: str, tags: Mapping[str, str]) -> str:
    """Afterwards it is gone. What is left alone because it is not ours, as a sentence; empty: nothing is."""
    found = rds.find(name)
    if found is None:
        return ""
    if not found.is_ours(tags):
        return (
            f"The snapshot {name} of {rds.wish} has not the tags of our set in this store, so it was left alone. Delete"
            " it by hand if nobody needs it."
        )
    rds.remove(name)
    return ""


def restore_into(rds: Rds, snapshot: str, instance: str) -> tuple[str, ...]:
    """Begins it; what a person should know of the new instance. Never over one that is there."""
    if rds.instance(instance) is not None:
        raise BadInput(
            f"There is an instance {instance} in RDS {rds.wish.region} already, and a snapshot is never restored over"
            " one. Nothing was done. Name another; or, if a restore that was broken off made it, wait until it is"
            " available and use it."
        )
    found = rds.find(snapshot)
    if found is None or found.status != AVAILABLE:
        state = f"is {found.status!a}" if found else "is not there (any more)"
        raise BadInput(
            f"The snapshot {snapshot} of {rds.wish} {state}, so nothing was restored. Choose another set: mainstay"
            " backups lists them. The dump of this one is as it was."
        )
    return rds.restore(found, instance)


def await_address(rds: Rds, name: str, *, seconds: float, pause: float = PAUSE_SECONDS, told: Told) -> str:
    """Where it answers."""
    end, status = clock.monotonic() + seconds, "being made"
    while clock.monotonic() < end:
        try:
            found = rds.instance(name)
        except RdsLost:
            found = None
        status = found.status if found else status
        if found and found.status == AVAILABLE and found.address:
            return found.address
        if status in _LOST:
            break
        told(f"the instance {name} is {status}")
        clock.sleep(pause)
    raise CommandFailed(
        f"The instance {name} of RDS {rds.wish.region} is {status!a}, and did not become available within"
        f" {seconds / 60:g} min. It stands there and costs money: look at it in RDS, then use it or delete it."
    )
