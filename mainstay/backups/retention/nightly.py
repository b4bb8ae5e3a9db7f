"""When a night's pruning begins: after its backups, and after they are proven so that they stand for older ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mainstay.backups.due import Asked, Place, slot_at
from mainstay.backups.sets import KINDS
from mainstay.descriptor.environment import BackupSlot

NIGHTLY: BackupSlot = "nightly"
AFTER = timedelta(hours=3)
APART = timedelta(minutes=1)


@dataclass(frozen=True)
class PruningDue:
    system: str
    environment: str
    time: datetime  # of the slot
    begins_at: datetime

    @property
    def key(self) -> str:
        """Under one key a run is started once."""
        return f"{NIGHTLY}/{self.time:%Y-%m-%dT%H:%M:%SZ}/{self.system}/{self.environment}/prune"

    def __str__(self) -> str:
        return f"pruning of {self.system} {self.environment}"


def prunings_due(asked: Asked, places: Sequence[Place]) -> tuple[PruningDue, ...]:
    """Of every environment that is backed up by a clock. A night that passed without one is not made up for: the next
    one takes all of it.
    """
    if asked.slot != NIGHTLY:
        return ()
    at = slot_at(NIGHTLY, asked.moment, asked.zone)
    kept = [each for each in places if any(getattr(each.backups, kind) for kind in KINDS)]
    return tuple(
        PruningDue(each.system, each.environment, at, max(at + AFTER, asked.now) + number * APART)
        for number, each in enumerate(kept)
    )
