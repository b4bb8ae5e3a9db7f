"""What releases are started with, as the store keeps it: each under its own sha256."""

from edge.store.port import Published, Store
from mainstay import keys
from mainstay.configurations import Configuration, read_configuration
from mainstay.errors import StoreLost
from mainstay.records import UnreadableRecord


def keep(store: Store, system: str, configuration: Configuration) -> None:
    """Once. The name is the content, so whoever put it there put the same."""
    key = keys.configuration(system, configuration.digest)
    if store.publish(key, configuration.data) is Published.ANOTHERS:
        raise StoreLost(
            f"Under {key} in {store.address} lies something that its content does not call so. Find out who wrote it,"
            " delete it, and deploy again."
        )


def find(store: Store, system: str, digest: str) -> Configuration | None:
    """None: it is not there, or not any more."""
    key = keys.configuration(system, digest)
    found = store.read(key)
    try:
        return read_configuration(found.data, digest) if found else None
    except UnreadableRecord as reason:
        raise UnreadableRecord(
            f"{key} in {store.address}: {reason}. Without it nobody knows what that release is started with. Update"
            " Mainstay if a newer one wrote it; otherwise delete it and deploy that commit anew."
        ) from reason
