"""Which of the copies that others keep is brought back."""

from collections.abc import Sequence
from dataclasses import dataclass

from mainstay.backups.elsewhere.held import Elsewhere
from mainstay.backups.restores import NEWEST
from mainstay.backups.sets import BackupSet
from mainstay.errors import BadInput


@dataclass(frozen=True)
class Chosen:
    set: str  # which names it
    held: Elsewhere


def choose_snapshot(known: Sequence[BackupSet], wanted: str) -> Chosen:
    """``known``: newest first; ``wanted``: an id, or NEWEST: the newest set that names one."""
    found = [Chosen(each.id, held) for each in known for held in each.elsewhere if held.kind == "rds"]
    chosen = next((each for each in found if wanted in (NEWEST, each.set)), None)
    if chosen is None:
        which = f"The set {wanted!a} names no snapshot" if wanted != NEWEST else "No set names a snapshot"
        newest = f"; the newest that does is {found[0].set}" if found else ""
        raise BadInput(f"{which}, so no instance was made{newest}. Restore the dump of a set instead (--database).")
    return chosen
