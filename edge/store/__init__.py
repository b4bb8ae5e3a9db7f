"""The store: what must survive. One door, several kinds of place behind it."""

from pathlib import Path

from edge import private
from edge.settings import Settings
from edge.store.directory import is_taken, open_directory
from edge.store.port import Door
from mainstay.errors import StoreRefused
from mainstay.store import Directory, read_place


def open_store(settings: Settings) -> Door:
    """The store of this installation, found to be there and to be ours. ``selftest.prove`` asks it for more.

    A directory is made once. If it is missing later, its disk is not mounted, and an empty store in its
    place would forget every turn and every half-done change.
    """
    place = read_place(settings.store, settings.store_endpoint)
    if not isinstance(place, Directory):
        return open_place(settings.store, settings.store_endpoint)
    known, made = settings.home / "store-made", str(place.path)
    if not is_taken(Path(place.path)) and known.exists() and known.read_text() == made:
        raise StoreRefused(
            f"The store {made} was made before and is not there now: is its disk mounted? Nothing is begun without it."
            f" If it is lost for good, and with it the record of what is half done: rm {known}"
        )
    store = open_place(settings.store)
    if not known.exists() or known.read_text() != made:
        private.folder_if_missing(settings.home)
        private.write(known, made)
    return store


def open_place(address: str, endpoint: str | None = None) -> Door:
    """The same for a place by its address, also one that a store has shown as its own."""
    place = read_place(address, endpoint)
    if isinstance(place, Directory):
        return open_directory(Path(place.path))
    from edge.store.s3 import open_bucket  # boto3 takes half a second: only who needs it waits for it

    return open_bucket(place)
