"""A store in which sets are begun, finished, proven, refuted, held and read while a pruner is at work, killed, asleep.

Sets are real, signed and tiny; the time is told. Whatever others do comes between two words of the pruner to its store.
"""

import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from edge import clock, machine
from edge.backups import catalogue
from edge.backups.keyring import Keyring, keyring
from edge.backups.proofs.listing import proof_keys
from edge.backups.retention import holds, readers
from edge.backups.retention.pruning import Pruning
from edge.backups.retention.removal import Elsewhere
from edge.backups.retention.tombstones import Standing, Tombstones
from edge.backups.stock import Stock
from edge.store.directory import open_directory
from edge.store.port import Entry, Published, Store, Stored, Upload
from mainstay import keys, records
from mainstay.backups import sets
from mainstay.backups.judgement import Rules
from mainstay.backups.listed import Hold
from mainstay.backups.retention.pruner import PruningRecord, done
from mainstay.backups.retention.pruning import Tombstone, ripe
from mainstay.backups.retention.readers import Reading
from mainstay.backups.retention.refusals import Circumstances, word_for
from mainstay.backups.sets import MANIFEST, BackupSet, Base, Begun, Kind, Piece, Proof
from mainstay.descriptor.environment import Keep
from mainstay.errors import MainstayError

WHERE = ("shop", "production")
LEVELS = {"full": 3, "database": 1, "files": 1, "incremental": 1}


@contextmanager
def in_memory() -> Iterator[Path]:
    """Nobody pulls a plug here, so nothing need reach a disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as root:
        yield Path(root) / "yard"


class Killed(BaseException):
    """The process of the pruner is gone."""


class Disturbed:
    """A store, and what happens before each word that the pruner says to it."""

    def __init__(self, store: Store, before: Callable[[], None]) -> None:
        self._store, self._before = store, before

    @property
    def address(self) -> str:
        return self._store.address

    def publish(self, key: str, data: bytes) -> Published:
        self._before()
        return self._store.publish(key, data)

    def swap(self, key: str, data: bytes, *, expected: str | None) -> str | None:
        self._before()
        return self._store.swap(key, data, expected=expected)

    def read(self, key: str) -> Stored | None:
        self._before()
        return self._store.read(key)

    def listing(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        self._before()
        return iter(list(self._store.listing(prefix, after=after)))

    def folders(self, prefix: str) -> Iterator[str]:
        self._before()
        return iter(list(self._store.folders(prefix)))

    def upload(self, key: str) -> AbstractContextManager[Upload]:
        self._before()
        return self._store.upload(key)

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        self._before()
        return self._store.open(key)

    def delete(self, key: str) -> None:
        self._before()
        self._store.delete(key)


@dataclass
class Yard:
    """What is there, and what was promised of it."""

    root: Path
    keep: Keep
    chance: random.Random
    time: datetime = datetime(2026, 11, 20, tzinfo=UTC)
    offset: timedelta = timedelta(0)  # how wrong our clock is
    pruned: PruningRecord = field(default_factory=PruningRecord)
    building: dict[str, Begun] = field(default_factory=dict)  # that passed the look for a tombstone
    held: dict[str, str] = field(default_factory=dict)  # by set, the hold that its holder was told of
    refusals: tuple[str, ...] = ()  # of the last pruning
    leaving: Callable[[Pruning, str], Elsewhere] | None = None  # who deletes what sets name
    count: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._read_before: dict[str, BackupSet] = {}
        self._proofs_before: dict[str, object] = {}
        self.store = open_directory(self.root / "sets")
        self.records = open_directory(self.root / "records")
        self.keys: Keyring = keyring(self.root / "home")
        self.public = self.keys.writer_public

    def copied(self, root: Path) -> "Yard":
        """The same once more, to be treated otherwise."""
        shutil.copytree(self.root, root)
        return replace(self, root=root, count=Counter())

    @property
    def now(self) -> datetime:
        return self.time + self.offset

    def pruning(self, before: Callable[[], None] = lambda: None) -> Pruning:
        """One that asks nobody whether it may, so that there can be several."""
        store = Disturbed(self.store, before)
        stock = Stock(store, self.records, self.public, *WHERE, now=lambda: self.now)
        return Pruning(stock, Rules(self.keep, UTC), self.pruned, "nobody's")

    def prune(self, before: Callable[[], None] = lambda: None, *, agree: bool = False) -> tuple[str, ...]:
        """As the flow does it. What went. ``agree``: to all that would."""
        pruning, gone = self.pruning(before), list[str]()
        found = pruning.look()
        if agree and found.sweep.refusals:
            ids = [each.id for each in ripe(self._tombstones(), found.plan, Circumstances(self.now, self.now, None))]
            found = pruning.look(word_for(ids), "anna")
        pruning.condemn()
        going = (*found.half_gone, *(each.id for each in found.sweep.going), *found.unfinished.going)
        self.refusals = found.sweep.refusals
        self.count["refused"] += bool(found.sweep.refusals)
        try:
            for each in going:
                pruning.delete(each, self.leaving(pruning, each) if self.leaving else None)
                gone.append(each)
        except MainstayError:
            self.count["stopped"] += 1
        finally:
            self.count["gone"] += len(gone)
        if found.believed:
            self.pruned = done(self.pruned, acted=self.now, deleted=self.now if gone else None)
        return tuple(gone)

    def take(self, kind: Kind, parent: str | None = None, *, level: int | None = None, base: Base | None = None) -> str:
        """Begun and finished and looked at, at once."""
        id = self.begin(kind, parent)
        assert id is not None
        self.finish(id, base)
        self.prove(id, LEVELS[kind] if level is None else level)
        return id

    def begin(self, kind: Kind, parent: str | None = None) -> str | None:
        """None: what it was to stand on goes."""
        begun = Begun(sets.new_id(kind, self.now, clock.new_nonce()), kind, self.now, "anna", "main", parent)
        catalogue.begin(self.store, *WHERE, begun)
        self.store.publish(self.key(begun.id, "data"), begun.id.encode())
        try:
            catalogue.secure(self.store, *WHERE, [parent] if parent else [])
        except MainstayError:
            self.count["its parent went meanwhile"] += 1
            return None
        self.building[begun.id] = begun
        return begun.id

    def finish(self, id: str, base: Base | None = None) -> bool:
        begun, data = self.building.pop(id), id.encode()
        piece = Piece(self.key(id, "data"), len(data), sha256(data).hexdigest(), len(data))
        depth, times = 1 if begun.parent else 0, (begun.at, begun.at, self.now)
        made = BackupSet(id, *WHERE, begun.kind, *times, "anna", None, None, piece, begun.parent, depth, base=base)
        try:
            catalogue.refuse_swept(self.store, made)
            catalogue.publish(self.store, self.keys.writer, made)
            os.utime(self.root / "sets" / self.key(id, MANIFEST), (self.now.timestamp(),) * 2)
            catalogue.refuse_swept(self.store, made)
        except MainstayError:
            return False
        return True

    def fail(self, id: str) -> None:
        """Its process says so, and leaves what it wrote."""
        del self.building[id]
        self.records.publish(f"{keys.ended_backups(*WHERE)}/{id}.json", id.encode())

    def prove(self, id: str, level: int, *, good: bool = True) -> None:
        catalogue.record_proof(self.store, *WHERE, Proof(id, level, good, "looked at", self.now))

    def hold(self, id: str) -> bool:
        try:
            self.held[id] = holds.hold(self.store, *WHERE, id, Hold("lawsuit", "anna")).id
        except MainstayError:
            self.count["held too late"] += 1
            return False
        return True

    def release(self, id: str) -> None:
        holds.release(self.store, *WHERE, id, self.held.pop(id))

    def reading(self, id: str) -> AbstractContextManager[None]:
        return readers.reading(self.store, *WHERE, [id], f"restore of {id}", "anna")

    def leave_reading(self, id: str) -> None:
        """Of a process that is gone."""
        dead = Reading(f"restore of {id}", "anna", machine.here(), 2**22 + 1, "long ago", clock.now())
        self.store.publish(keys.reading(*WHERE, "dead"), records.encode(dead, nonce="dead"))

    def newest(self) -> str | None:
        """On which the next increment stands: the newest that is whole, good and not condemned."""
        for each in catalogue.newest_first(self.store, self.public, *WHERE):
            if isinstance(each, catalogue.Kept) and (each.level or 0) >= 1 and self.tombstone_lets(each.set.id):
                return each.set.id
        return None

    def tombstone_lets(self, id: str) -> bool:
        return Tombstones(self.store, *WHERE).builds_on(id)

    def tombstone(self, id: str) -> Standing | None:
        return Tombstones(self.store, *WHERE).of(id)

    def whole(self) -> list[str]:
        """Those with a manifest that nobody deletes."""
        ids = sorted(self.store.folders(sets.sets_folder(*WHERE)))
        return [id for id in ids if self.store.read(self.key(id, MANIFEST)) and not self._goes(id)]

    def faults(self) -> list[str]:
        """Whatever is called a set can be brought back with all that it stands on; so can what is being built upon, and
        what somebody was told is held.
        """
        whole = self.whole()
        found = [f"{id}: its pieces are not there as they were" for id in whole if not self._has_pieces(id)]
        needed = {f"the parent of {id}": made.parent for id in whole if (made := self._read(id)) and made.parent}
        needed |= {f"the parent of {each.id}": each.parent for each in self.building.values() if each.parent}
        needed |= {f"what {hold} holds": id for id, hold in self.held.items()}
        return found + [f"{what}, {id}, is not there" for what, id in needed.items() if id not in whole]

    def _has_pieces(self, id: str) -> bool:
        found = self.store.read(self.key(id, "data"))
        return found is not None and found.data == id.encode()

    def proven(self) -> dict[Kind, list[str]]:
        """By kind, of the sets that are there."""
        there, found = self.whole(), dict[Kind, list[str]]()
        listed_proofs = proof_keys(self.store, *WHERE, there)
        for id in there:
            made, proofs = self._read(id), [self._proof(key) for key in listed_proofs.get(id, ())]
            reached = sets.level_reached(tuple(each for each in proofs if isinstance(each, Proof)))
            if made is not None and reached is not None and reached >= LEVELS[made.kind]:
                found.setdefault(made.kind, []).append(id)
        return found

    def _proof(self, key: str) -> object:
        if key not in self._proofs_before:
            self._proofs_before[key] = catalogue.read_proof(self.store, key)
        return self._proofs_before[key]

    def key(self, id: str, name: str) -> str:
        return sets.piece_key(*WHERE, id, name)

    def _tombstones(self) -> list[Tombstone]:
        found = (self.tombstone(id) for id in Tombstones(self.store, *WHERE).marks())
        return [each.tombstone for each in found if each]

    def _goes(self, id: str) -> bool:
        found = self.tombstone(id)
        return found is not None and found.tombstone.state == "going"

    def _read(self, id: str) -> BackupSet | None:
        found = self.store.read(self.key(id, MANIFEST))
        if found and id not in self._read_before:
            self._read_before[id] = records.decode(BackupSet, found.data)
        return self._read_before[id] if found else None
