"""Who else makes physical copies of a system's database, as its descriptor says."""

from dataclasses import dataclass

from mainstay.backups.elsewhere.snapshots import SnapshotWish, snapshot_wish
from mainstay.places import Places


@dataclass(frozen=True)
class ElsewhereWish:
    snapshots: SnapshotWish | None = None


def elsewhere_wish(places: Places) -> ElsewhereWish | None:
    """None: nobody."""
    snapshots = snapshot_wish(places)
    return ElsewhereWish(snapshots) if snapshots else None
