"""The door to the tombstones of an environment's sets. Each is replaced only by who has seen it as it stands.

Whoever builds on a set writes that down first and then looks for its tombstone; whoever deletes it has put that there a
day before, and looks last of all for who builds on it. So one of the two sees the other, however long either sleeps.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from edge import clock
from edge.store.port import Store
from mainstay import keys, records
from mainstay.backups.retention.pruning import Tombstone
from mainstay.errors import Refused, StoreLost
from mainstay.records import UnreadableRecord

Mark = tuple[datetime, int]

TRIES = 20  # each one lost means that somebody else's word got in


@dataclass(frozen=True)
class Standing:
    """A tombstone, and which version of it that is."""

    tombstone: Tombstone
    version: str


class TooLate(Refused):
    """The set is being deleted, and nothing stops that."""


@dataclass(frozen=True)
class Tombstones:
    store: Store
    system: str
    environment: str

    def marks(self) -> dict[str, Mark]:
        """By set, that there is one, and by what another one in its place is told: without reading it."""
        listed = self.store.listing(keys.tombstones(self.system, self.environment))
        return {each.key.rpartition("/")[2].removesuffix(".json"): (each.modified_at, each.size) for each in listed}

    def of(self, set: str) -> Standing | None:
        """``UnreadableRecord`` if it cannot be read: then nobody knows whether it goes."""
        found = self.store.read(self._key(set))
        return Standing(records.decode(Tombstone, found.data), found.version) if found else None

    def builds_on(self, set: str) -> bool:
        """Whether an increment may stand on it; on one of which nobody can read whether it goes, none does."""
        try:
            return not self.condemns(set)
        except UnreadableRecord:
            return False

    def condemns(self, set: str) -> bool:
        """Whether it goes, or will."""
        found = self.of(set)
        return found is not None and found.tombstone.state != "pardoned"

    def put(self, tombstone: Tombstone, over: Standing | None) -> Standing | None:
        """None: somebody else wrote there meanwhile."""
        data = records.encode(tombstone, nonce=clock.new_nonce())
        version = self.store.swap(self._key(tombstone.set), data, expected=over.version if over else None)
        return Standing(tombstone, version) if version else None

    def spare(self, sets: Iterable[str]) -> None:
        """None of these goes before it is condemned anew; ``TooLate`` if one is going. One that cannot be read keeps
        none of the others from it: ``UnreadableRecord`` comes at the end.
        """
        unreadable: UnreadableRecord | None = None
        for set in self._among(sets):
            try:
                self._spare(set)
            except UnreadableRecord as reason:
                unreadable = reason
        if unreadable is not None:
            raise unreadable

    def bury(self, set: str) -> None:
        """Nothing is left of the set."""
        self.store.delete(self._key(set))

    def _among(self, sets: Iterable[str]) -> Iterator[str]:
        there = self.marks()
        return (each for each in sets if each in there)

    def _spare(self, set: str) -> None:
        for _ in range(TRIES):
            found = self.of(set)
            if found is None or found.tombstone.state == "pardoned":
                return
            if found.tombstone.state == "going":
                raise TooLate(
                    f"The set {set} of {self.system} {self.environment} is being deleted, and nothing stops that any"
                    " more. Choose another one: mainstay backups lists them."
                )
            if self.put(replace(found.tombstone, state="pardoned"), found):
                return
        raise StoreLost(f"The tombstone of {set} in {self.store.address} changes all the time. Asking again is safe.")

    def _key(self, set: str) -> str:
        return keys.tombstone(self.system, self.environment, set)
