"""Where the keepers of copies are, as the descriptor says now; and what to do with what it no longer speaks of."""

from edge.settings import read_settings
from edge.systems import read_system
from mainstay.backups.elsewhere.held import Elsewhere
from mainstay.backups.elsewhere.snapshots import SnapshotWish, snapshot_wish
from mainstay.places import Places


def places_of(system: str, environment: str) -> Places:
    settings = read_settings()
    return Places(read_system(settings, system), environment, str(settings.home))


def where_snapshots_are(system: str, environment: str) -> SnapshotWish | None:
    return snapshot_wish(places_of(system, environment))


def unreachable(held: Elsewhere) -> str:
    key, by_hand = _BY_HAND[held.kind]
    return (
        f"{held} is not reached from here: the descriptor says no more where it is (database.{key}). Describe that"
        f" again, or see to it by hand: {by_hand.format(name=held.name)}"
    )


_BY_HAND = {
    "rds": ("snapshots", "aws rds delete-db-snapshot --db-snapshot-identifier {name}"),
    "pgbackrest": ("pgbackrest", "pgbackrest info"),
}
