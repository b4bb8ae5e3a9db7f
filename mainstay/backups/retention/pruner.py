"""Of all who would prune an environment one does, and one that died keeps nobody from it for long.

What keeps sets is their tombstones: two pruners at once would only be in each other's way.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

LONGEST = timedelta(hours=6)  # of a pruner whose process cannot be seen from here


@dataclass(frozen=True)
class Pruner:
    by: str
    here: str  # where its process number means something
    pid: int
    started: str
    since: datetime

    def __str__(self) -> str:
        return f"{self.by} since {self.since:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True)
class PruningRecord:
    pruner: Pruner | None = None
    last: datetime | None = None  # when a plan that could be believed was acted upon
    deleted: datetime | None = None  # when a set was deleted; None: never yet


def may_begin(record: PruningRecord, alive: bool | None, now: datetime) -> bool:
    """``alive``: whoever is written there, as far as he can be seen from here."""
    if record.pruner is None or alive is False:
        return True
    return alive is None and abs(now - record.pruner.since) > LONGEST


def done(record: PruningRecord, *, acted: datetime | None, deleted: datetime | None) -> PruningRecord:
    """The pruner has gone home. ``acted``: when, if its plan could be believed; ``deleted``: when, if a set went."""
    return replace(record, pruner=None, last=acted or record.last, deleted=deleted or record.deleted)
