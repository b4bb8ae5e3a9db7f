"""The door through which what nobody needs of a database's log leaves the store."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from edge.store.port import Store
from mainstay.backups.log.kept import LogObject, Needed, log_may_go
from mainstay.backups.log.places import wal_folder


def log_going(
    store: Store, system: str, environment: str, needed: Mapping[str, Needed], window: datetime
) -> Iterator[str]:
    """Keys, in the order in which they may be deleted."""
    for cluster in store.folders(f"wal/{system}/{environment}"):
        if cluster.isdecimal():  # PostgreSQL's own number; other folders there are not of a log
            folder = wal_folder(system, environment, cluster)
            lying = [LogObject(each.key.removeprefix(f"{folder}/"), each.modified_at) for each in store.listing(folder)]
            yield from (f"{folder}/{name}" for name in log_may_go(lying, cluster, needed, window))
