"""The sets of one environment, read once and then only looked at: what is published there does not change."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from edge import clock
from edge.backups.catalogue import find_set, read_begun, read_proof
from edge.backups.proofs.listing import proof_keys
from edge.backups.retention.holds import read_holds
from edge.backups.retention.readers import at_work
from edge.backups.retention.tombstones import Mark, Standing, Tombstones
from edge.backups.signing import NotOurs
from edge.store.port import Store
from mainstay import keys
from mainstay.backups import sets
from mainstay.backups.judgement import Facts, last_failure
from mainstay.backups.listed import listed
from mainstay.backups.past import begun_by_name
from mainstay.backups.retention.pruning import Tombstone
from mainstay.backups.retention.refusals import Circumstances
from mainstay.backups.sets import MANIFEST, BackupSet, Begun, Proof
from mainstay.records import UnreadableRecord


@dataclass(frozen=True)
class Whole:
    set: BackupSet
    stored_at: datetime


class Stock:
    """``records``: the store of what must survive beside the sets; it knows which backups came to nothing.

    No dataclass, on purpose: Prefect walks through those, and this may hold thousands of sets.
    """

    def __init__(
        self,
        store: Store,
        records: Store,
        public: str,
        system: str,
        environment: str,
        *,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self.now = now
        self.store, self.tombstones = store, Tombstones(store, system, environment)
        self._records, self._public = records, public
        self._where = (system, environment)
        self._whole: dict[str, Whole] = {}
        self._proofs: dict[str, Proof | str] = {}  # by key
        self._standing: dict[str, Standing] = {}
        self._marks: dict[str, Mark] = {}

    @property
    def sets(self) -> tuple[BackupSet, ...]:
        """As of the last look."""
        return tuple(each.set for each in self._whole.values())

    def look(self, *, last_pruning: datetime | None = None, store_ahead: timedelta = timedelta(0)) -> Facts:
        """``store_ahead``: by how much the store's clock is ahead of ours."""
        at = self.now()
        strange: list[str] = []  # by their names: what lies there and cannot be read
        unfinished = tuple(self._look_at_sets(strange))
        proofs, tombstones = self._look_at_proofs(strange), self._look_at_tombstones(strange)
        holds = read_holds(self.store, *self._where)
        whole = tuple(
            listed(each.set, proofs.get(id, ()), holds.get(id, ()), each.stored_at) for id, each in self._whole.items()
        )
        seen = Circumstances(
            at, at + store_ahead, last_pruning, tuple(strange), at_work=at_work(self.store, *self._where)
        )
        failed = last_failure(whole, unfinished, self._ended(), seen)
        return Facts(whole, unfinished, tombstones, replace(seen, last_backup_failed=failed))

    def _look_at_sets(self, strange: list[str]) -> Iterator[Begun]:
        """What is no set yet, or no more."""
        manifests = self._manifests()
        for gone in self._whole.keys() - manifests.keys():
            del self._whole[gone]
        for id, stored_at in manifests.items():
            if id in self._whole:
                continue
            try:
                made = find_set(self.store, self._public, *self._where, id) if stored_at else None
            except NotOurs:
                strange.append(id)
                continue
            if made is not None and stored_at is not None:
                self._whole[id] = Whole(made, stored_at)
                continue
            begun = read_begun(self.store, *self._where, id) or begun_by_name(id)
            if isinstance(begun, Begun):
                yield begun
            elif begun:
                strange.append(id)

    def _manifests(self) -> dict[str, datetime | None]:
        """By id, when it was stored; None: there is none. The first time everything is listed, later what is new."""
        if not self._whole:
            return self._stored_below(sets.sets_folder(*self._where))
        found: dict[str, datetime | None] = {}
        for id in self.store.folders(sets.sets_folder(*self._where)):
            if id in self._whole:
                found[id] = self._whole[id].stored_at
            else:
                found |= self._stored_below(sets.set_folder(*self._where, id))
        return found

    def _stored_below(self, folder: str) -> dict[str, datetime | None]:
        found: dict[str, datetime | None] = {}
        for entry in self.store.listing(folder):
            id, _, name = entry.key.removeprefix(f"{sets.sets_folder(*self._where)}/").partition("/")
            found.setdefault(id, None)
            if name == MANIFEST:
                found[id] = entry.modified_at
        return found

    def _look_at_proofs(self, strange: list[str]) -> dict[str, tuple[Proof, ...]]:
        """Of the sets that are there."""
        found: dict[str, tuple[Proof, ...]] = {}
        for id, listed_keys in proof_keys(self.store, *self._where, self._whole).items():
            read = [self._proof(key) for key in listed_keys]
            found[id] = tuple(each for each in read if isinstance(each, Proof))
            strange += (key for key, each in zip(listed_keys, read, strict=True) if isinstance(each, str))
        return found

    def _proof(self, key: str) -> Proof | str | None:
        if key not in self._proofs and (found := read_proof(self.store, key)) is not None:
            self._proofs[key] = found
        return self._proofs.get(key)

    def _look_at_tombstones(self, strange: list[str]) -> dict[str, Tombstone]:
        marks = self.tombstones.marks()
        for id, mark in marks.items():
            try:
                if self._marks.get(id) != mark and (standing := self.tombstones.of(id)):
                    self._standing[id], self._marks[id] = standing, mark
            except UnreadableRecord:
                strange.append(keys.tombstone(*self._where, id))
        return {id: self._standing[id].tombstone for id in marks if id in self._standing}

    def standing(self, id: str) -> Standing | None:
        """Its tombstone as it was at the last look."""
        return self._standing.get(id)

    def _ended(self) -> frozenset[str]:
        """Backups that are known to have come to nothing, of those that were begun after the newest set: what failed
        before that is of no interest, and in a year there is much of it.
        """
        folder = keys.ended_backups(*self._where)
        listed = self._records.listing(folder, after=f"{folder}/{max(self._whole, default='')}")
        return frozenset(entry.key.rpartition("/")[2].removesuffix(".json") for entry in listed)
