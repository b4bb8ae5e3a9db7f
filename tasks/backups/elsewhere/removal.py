"""Snapshots go when the set has gone that named them."""

from edge import clock
from edge.backups.elsewhere import snapshots
from edge.backups.elsewhere.rds import open_rds
from edge.backups.retention.pruning import Pruning
from edge.settings import read_settings
from edge.store import open_store
from edge.systems import read_system
from mainstay.backups.elsewhere.held import Elsewhere
from mainstay.backups.elsewhere.news import snapshots_stay
from mainstay.backups.elsewhere.snapshots import SnapshotWish, snapshot_name, snapshot_tags
from mainstay.backups.sets import kind_of
from mainstay.errors import MainstayError
from tasks.backups.elsewhere.places import unreachable, where_snapshots_are
from tasks.policies import once
from tasks.telling import tell_all_of


def left_elsewhere(pruning: Pruning, set: str) -> "Leaving":
    """What is to be done with what a set names, once its manifest is gone."""
    wish = where_snapshots_are(pruning.system, pruning.environment)
    named = next((each.elsewhere for each in pruning.stock.sets if each.id == set), ())
    return Leaving(pruning.system, pruning.environment, pruning.stock.store.address, wish, named)


class Leaving:
    """Called by whoever deletes a set, with its id, when it is none any more. False: it is to be tried again.

    No dataclass, on purpose: Prefect walks through those.
    """

    def __init__(
        self, system: str, environment: str, store: str, wish: SnapshotWish | None, named: tuple[Elsewhere, ...]
    ) -> None:
        self._system, self._environment, self._store = system, environment, store
        self._wish, self._named = wish, named
        self.said = ""  # what stays, and why

    def __call__(self, set: str) -> bool:
        if kind_of(set) != "full":
            return True
        where = (self._system, self._environment, set)
        if self._wish is None:
            self.said = " ".join(unreachable(each) for each in self._named if each.kind == "rds")
            return True
        try:
            tags = snapshot_tags(*where, self._store)
            self.said = snapshots.remove_of_set(open_rds(self._wish), snapshot_name(*where), tags)
        except MainstayError as reason:
            self.said = f"The snapshot of {set}: {reason}"
            return False
        return True


@once("people hear which copies of {pruning.system} {pruning.environment} stay elsewhere")
def tell_snapshots_stay(pruning: Pruning, why: tuple[str, ...]) -> None:
    settings = read_settings()
    notice = snapshots_stay(pruning.system, pruning.environment, clock.now(), why)
    tell_all_of(read_system(settings, pruning.system), open_store(settings), notice)
