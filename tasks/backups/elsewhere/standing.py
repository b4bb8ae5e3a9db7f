"""What is still there of the copies that a set names."""

from edge.backups.elsewhere import pgbackrest
from edge.backups.elsewhere.rds import open_rds
from mainstay.backups.elsewhere.held import Elsewhere
from mainstay.backups.elsewhere.stanzas import stanza_wish
from mainstay.backups.sets import BackupSet
from mainstay.errors import MainstayError
from tasks.backups.elsewhere.places import places_of, unreachable, where_snapshots_are


def elsewhere_now(made: BackupSet) -> tuple[str, ...]:
    """What of it is there no more, or cannot be asked for; nothing of the set itself is bad for it."""
    return tuple(filter(None, (_gone(each, made) for each in made.elsewhere)))


def _gone(held: Elsewhere, made: BackupSet) -> str:
    try:
        there = _is_there(held, made)
    except MainstayError as reason:
        return f"{held}, which it names, could not be asked for: {reason}"
    if there is None:
        return unreachable(held)
    return "" if there else f"{held}, which it names, is there no more"


def _is_there(held: Elsewhere, made: BackupSet) -> bool | None:
    """None: nobody here knows how to ask."""
    if held.kind == "pgbackrest":
        stanza = stanza_wish(places_of(made.system, made.environment))
        return None if stanza is None else any(each.label == held.name for each in pgbackrest.keeps(stanza))
    wish = where_snapshots_are(made.system, made.environment)
    return None if wish is None else open_rds(wish).find(held.name) is not None
