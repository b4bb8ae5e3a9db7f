"""What lies beside the sets of an environment, as a program reads it: without it all would seem well."""

from collections.abc import Iterator

from edge.backups.catalogue import Catalogue
from edge.backups.deaths import alive
from edge.backups.retention.holds import read_holds
from edge.backups.retention.tombstones import Tombstones
from edge.store.port import Store
from mainstay.backups.retention.pruning import WAIT
from mainstay.backups.sets import Begun
from mainstay.records import UnreadableRecord


def beside_sets(store: Store, system: str, environment: str, found: Catalogue) -> dict[str, object]:
    return {
        "strange": found.strange,
        "unfinished": [_begun(each) for each in found.unfinished],
        "holds": list(_holds(store, system, environment)),
        "tombstones": list(_tombstones(Tombstones(store, system, environment))),
    }


def _begun(begun: Begun) -> dict[str, object]:
    """``at_work``: null where its process cannot be seen from here."""
    return {
        "id": begun.id,
        "kind": begun.kind,
        "begun_at": begun.at.isoformat(),
        "by": begun.who,
        "machine": begun.machine,
        "at_work": alive(begun),
    }


def _holds(store: Store, system: str, environment: str) -> Iterator[dict[str, object]]:
    for set, holds in read_holds(store, system, environment).items():
        for hold in holds:
            yield {"set": set, "id": hold.id, "why": hold.why, "by": hold.by}


def _tombstones(tombstones: Tombstones) -> Iterator[dict[str, object]]:
    """``state``: null where it cannot be read; then nothing goes."""
    for set in tombstones.marks():
        try:
            standing = tombstones.of(set)
        except UnreadableRecord as reason:
            yield {"set": set, "state": None, "may_go_at": None, "reasons": [str(reason)]}
            continue
        if standing is not None:
            stone = standing.tombstone
            may_go_at = (stone.since + WAIT).isoformat() if stone.state == "condemned" else None
            yield {"set": set, "state": stone.state, "may_go_at": may_go_at, "reasons": stone.reasons}
