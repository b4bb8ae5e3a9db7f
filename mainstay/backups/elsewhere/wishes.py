"""Who else makes physical copies of a system's database, as its descriptor says."""

from dataclasses import dataclass

from mainstay.backups.elsewhere.snapshots import SnapshotWish, snapshot_wish
from mainstay.backups.elsewhere.stanzas import StanzaWish, stanza_wish
from mainstay.places import Places


@dataclass(frozen=True)
class ElsewhereWish:
    snapshots: SnapshotWish | None = None
    stanza: StanzaWish | None = None


def elsewhere_wish(places: Places) -> ElsewhereWish | None:
    """None: nobody."""
    snapshots, stanza = snapshot_wish(places), stanza_wish(places)
    return ElsewhereWish(snapshots, stanza) if snapshots or stanza else None
