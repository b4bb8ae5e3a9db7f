"""Sets of one folder, taken and brought back by the doors alone: no flow, no descriptor."""

import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edge import clock
from edge.backups import catalogue
from edge.backups.dumps.taking import dumping
from edge.backups.files import indexes
from edge.backups.files.folders import FolderTaking
from edge.backups.keyring import Keyring, keyring
from edge.backups.opening import LaidOut, Opened, fresh
from edge.backups.taking import Taking
from edge.store import open_place
from edge.store.port import Store
from mainstay.backups import sets
from mainstay.backups.restores import chain, layers
from mainstay.backups.sets import BackupSet, Dump, Kind

SYSTEM, ENVIRONMENT, FOLDER = "shop", "production", "uploads"


@dataclass
class Shelf:
    """A home with its keys, a store, and a folder that is kept there."""

    home: Path
    store: Store
    folder: Path
    excludes: tuple[str, ...] = ()
    taken: list[BackupSet] = field(default_factory=list)

    @classmethod
    def at(cls, root: Path, address: str | None = None) -> "Shelf":
        (root / "folder").mkdir()
        shelf = cls(root / "home", open_place(address or str(root / "store")), root / "folder")
        shelf.keys.new_recovery_key()
        return shelf

    @property
    def keys(self) -> Keyring:
        return keyring(self.home)

    def take(self, kind: Kind = "full", *, parent: BackupSet | None = None, database: str = "") -> BackupSet:
        taking, folder = self.begin(kind, parent=parent)
        folder.read()
        return self.finish(taking, folder, kind, parent=parent, database=database)

    def begin(self, kind: Kind = "full", *, parent: BackupSet | None = None) -> tuple[Taking, FolderTaking]:
        id = sets.new_id(kind, clock.now(), clock.new_nonce())
        taking = Taking(self.store, SYSTEM, ENVIRONMENT, id, clock.now(), self.keys.sealed_to())
        known = indexes.recall(self.home, SYSTEM, ENVIRONMENT, parent.id, FOLDER) if parent else None
        return taking, FolderTaking(taking, FOLDER, self.folder, self.excludes, known)

    def finish(
        self,
        taking: Taking,
        folder: FolderTaking,
        kind: Kind,
        *,
        parent: BackupSet | None = None,
        database: str = "",
    ) -> BackupSet:
        dump = _dump(taking, database) if database else None
        folder.read_again()
        found, index = folder.finish()
        now = clock.now()
        made = BackupSet(
            taking.id, SYSTEM, ENVIRONMENT, kind, taking.begun_at, taking.moment, now, "anna", None, None,
            descriptor=taking.small("descriptor.yaml", b"name: shop\n"), database=dump,
            parent=parent.id if parent else None, depth=parent.depth + 1 if parent else 0, folders=(found,),
            sealed_to=taking.sealed_to,
        )  # fmt: skip
        indexes.remember(self.home, SYSTEM, ENVIRONMENT, made.id, FOLDER, index)
        catalogue.publish(self.store, self.keys.writer, made)
        self.taken.append(made)
        return made

    def bring_back(self, made: BackupSet, into: Path) -> LaidOut:
        known = {each.id: each for each in self.taken}
        opened = Opened(self.store, self.keys.proving_key(), self.home)
        with fresh(into) as place:
            return opened.lay_out(layers(chain(known, made.id), FOLDER), place / FOLDER)


def _dump(taking: Taking, address: str) -> Dump:
    with dumping(address) as dump:
        piece, found = taking.keep("database.dump.zst.age", dump, dump.finish, packed=dump.packed)
    return Dump(piece, found.server, found.tool, found.database, found.tables, "0/0")


def seen(root: Path) -> dict[str, tuple[object, ...]]:
    """All that is there, and what of it a backup must bring back."""
    return {str(path.relative_to(root)): _what(path) for path in [root, *sorted(root.rglob("*"))]}


def _what(path: Path) -> tuple[object, ...]:
    found = path.lstat()
    kind, mode = stat.S_IFMT(found.st_mode), stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode):
        return kind, str(path.readlink())
    content: Sequence[object] = (path.read_bytes(), found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else ()
    return kind, mode, found.st_uid, found.st_gid, *content
