"""The store: what must survive. One door, several kinds of place behind it."""

from pathlib import Path

from edge import durable
from edge.settings import Settings
from edge.store import known
from edge.store.directory import open_directory
from edge.store.port import Door
from edge.store.possession import MARKER
from mainstay.errors import Refused, StoreLost, StoreRefused
from mainstay.store import BACKUPS, COPY, STORE, Bucket, Directory, Source, read_place, refuse_one_place


def open_store(settings: Settings) -> Door:
    """The store of this installation, found to be there and to be ours. ``selftest.prove`` asks it for more."""
    return _ours(settings.home, read_place(settings.store, settings.store_endpoint), STORE)


def open_backups(settings: Settings) -> Door:
    """Where sets are kept: a place of its own, with the same promises."""
    return _ours(settings.home, _backups(settings), BACKUPS)


def open_copy(settings: Settings) -> Door:
    """Where the second copy of the sets is kept."""
    place = _copy(settings)
    if place is None:
        raise Refused(
            f"There is no second copy: {COPY} names no place. Nothing was done. Name one in the environment (a"
            " directory on another disk, better s3://bucket/prefix of another provider), then: mainstay up"
        )
    refuse_one_place(_backups(settings), place)
    return _ours(settings.home, place, COPY)


def open_sets(settings: Settings, source: Source) -> Door:
    """For those who read; while the first place is away, the sentence says where the sets are besides."""
    if source == "copy":
        return open_copy(settings)
    try:
        return open_backups(settings)
    except (StoreLost, StoreRefused) as reason:
        if settings.copy is None:
            raise
        raise type(reason)(
            f"{reason} The second copy in {_copy(settings)} can be read meanwhile: --from copy"
        ) from None


def _backups(settings: Settings) -> Directory | Bucket:
    return read_place(settings.backups, settings.backups_endpoint, setting=BACKUPS, profile=settings.backups_profile)


def _copy(settings: Settings) -> Directory | Bucket | None:
    if settings.copy is None:
        return None
    return read_place(settings.copy, settings.copy_endpoint, setting=COPY, profile=settings.copy_profile)


def _ours(home: Path, place: Directory | Bucket, setting: str) -> Door:
    if not isinstance(place, Directory):
        return _bucket(place)
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
    return _bucket(place)


def _bucket(place: Bucket) -> Door:
    from edge.store.s3 import open_bucket  # boto3 takes half a second: only who needs it waits for it

    return open_bucket(place)
