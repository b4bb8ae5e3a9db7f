"""What a slot starts beside the backups: the second copy is brought up to date, sets are kept from being deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.backups.due import Asked, Place, offset, slot_at
from mainstay.descriptor.environment import BackupSlot

COPY_AT: BackupSlot = "hourly"  # every backup starts it too: this is for what was not brought then
PROTECT_AT: BackupSlot = "nightly"


@dataclass(frozen=True)
class Beside:
    """A story of an environment that is to be started."""

    story: str
    system: str
    environment: str
    key: str  # under one key a run is started once
    begins_at: datetime  # not all at once: each place has its own offset

    def __str__(self) -> str:
        return f"{self.story} of {self.system} {self.environment}"


def beside(asked: Asked, places: Sequence[Place], *, has_copy: bool) -> tuple[Beside, ...]:
    """For whatever was ever backed up, by the clock or by hand."""
    if asked.slot == COPY_AT:
        return _for_each(asked, places, "copy") if has_copy else ()
    return _for_each(asked, places, "protect") if asked.slot == PROTECT_AT else ()


def _for_each(asked: Asked, places: Sequence[Place], story: str) -> tuple[Beside, ...]:
    slot = slot_at(asked.slot, asked.moment, asked.zone)
    at = f"{slot:%Y-%m-%dT%H:%M:%SZ}"
    return tuple(
        Beside(
            story,
            each.system,
            each.environment,
            f"{asked.slot}/{at}/{each.system}/{each.environment}/{story}",
            max(slot, asked.now) + offset(each, asked.slot),
        )
        for each in places
        if each.past
    )
