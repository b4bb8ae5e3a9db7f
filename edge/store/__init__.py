"""The store: what must survive. One door, several kinds of place behind it."""

from pathlib import Path

from edge import durable
from edge.settings import Settings
from edge.store import known
from edge.store.directory import open_directory
from edge.store.port import Door
from edge.store.possession import MARKER
from mainstay.errors import Refused, StoreRefused
from mainstay.store import BACKUPS, STORE, Directory, read_place


def open_store(settings: Settings) -> Door:
    """The store of this installation, found to be there and to be ours. ``selftest.prove`` asks it for more."""
    return _ours(settings.home, settings.store, settings.store_endpoint, STORE)


def open_backups(settings: Settings) -> Door:
    """Where sets are kept: a place of its own, with the same promises."""
    return _ours(settings.home, settings.backups, settings.backups_endpoint, BACKUPS)


def _ours(home: Path, address: str, endpoint: str | None, setting: str) -> Door:
    place = read_place(address, endpoint, setting=setting)
    if not isinstance(place, Directory):
        return open_place(address, endpoint)
    known.expect(home, Path(place.path), setting)
    store = open_directory(Path(place.path), setting)
    known.remember(home, Path(place.path), setting)
    return store


def standing_store(settings: Settings) -> Door:
    """For those who only look: what was never begun is not begun now, and nothing is remembered."""
    place = read_place(settings.store, settings.store_endpoint)
    if isinstance(place, Directory):
        with durable.failing(str(place.path), StoreRefused):
            known.expect(settings.home, Path(place.path), STORE)
            begun = (Path(place.path) / MARKER).exists()
        if not begun:
            raise Refused(
                f"Nothing was ever kept in {place.path}, and looking begins nothing. `mainstay up` lays it out. If it"
                f" is kept elsewhere, name that place in MAINSTAY_HOME (now {settings.home}) or MAINSTAY_STORE."
            )
    return open_place(settings.store, settings.store_endpoint)


def open_place(address: str, endpoint: str | None = None) -> Door:
    """The same for a place by its address, also one that a store has shown as its own."""
    place = read_place(address, endpoint)
    if isinstance(place, Directory):
        return open_directory(Path(place.path))
    from edge.store.s3 import open_bucket  # boto3 takes half a second: only who needs it waits for it

    return open_bucket(place)
