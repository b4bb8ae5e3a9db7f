"""Sets as they are opened again: each piece compared with what the manifest says of it, each file with its hash."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from edge import private
from edge.backups import sealing
from edge.backups.dumps.restores import Restored, restoring
from edge.backups.files import trees
from edge.backups.files.shut import ShutFolders
from edge.backups.sealing import SealBroken
from edge.scratch import becoming
from edge.store.port import Store
from mainstay.backups import sums
from mainstay.backups.dumps.selection import Part
from mainstay.backups.files.plain_tar import DamagedTar, Member
from mainstay.backups.restores import Layer
from mainstay.backups.sets import Folder, Piece, set_of
from mainstay.backups.sums import UnreadableSums
from mainstay.errors import BadInput, MainstayError, NotThere, Refused


class BadSet(MainstayError):
    """What was found in the store is not what the manifest says. ``set``: in which, where a piece of one tells that;
    what stands on it falls with it.
    """

    def __init__(self, said: str, set: str = "") -> None:
        super().__init__(said)
        self.set = set


class LaidOut:
    """What stands there now. No dataclass, on purpose: it may have a million names, and Prefect walks through those."""

    def __init__(self) -> None:
        self.sums: dict[bytes, str] = {}  # of every file
        self.others: set[bytes] = set()  # folders and links
        self.bytes = 0  # that passed

    @property
    def files(self) -> int:
        return len(self.sums)

    def add(self, member: Member) -> None:
        self.remove(member.name)
        if member.is_file:
            self.sums[member.name] = member.sha256
        else:
            self.others.add(member.name)

    def remove(self, name: bytes) -> None:
        self.sums.pop(name, None)
        self.others.discard(name)


@dataclass(frozen=True)
class Opened:
    """A store, and the key that opens what lies there. ``home``: for what must lie somewhere meanwhile."""

    store: Store
    identity: str = field(repr=False)
    home: Path

    def piece(self, piece: Piece, write: Callable[[bytes], object]) -> int:
        """Its plain bytes; nobody may believe them before this returns. How many they were."""
        try:
            with self.store.open(piece.key) as stream:
                found = sealing.unseal(stream, write, self.identity)
        except (NotThere, SealBroken) as reason:
            raise bad(piece, str(reason)) from reason
        if found.sha256 != piece.sha256:
            raise bad(piece, f"its sha256 is {found.sha256}, not {piece.sha256}")
        return found.plain_bytes

    def read(self, piece: Piece) -> bytes:
        whole = BytesIO()
        self.piece(piece, whole.write)
        return whole.getvalue()

    def write_file(self, piece: Piece, file: Path) -> None:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            self.piece(piece, out.write)

    def lay_out(self, layers: Sequence[Layer], target: Path) -> LaidOut:
        """A folder as it was. Whoever gives a target removes it if this fails."""
        target.mkdir()
        laid, folders = LaidOut(), ShutFolders(target)
        for layer in layers:
            _lay(self, layer, target, laid, folders)
        folders.shut()
        return laid

    def restore_database(self, piece: Piece, address: str, part: Part | None = None) -> Restored:
        """Into an empty one, a reference; it is marked as unfinished until all was found to be good."""
        with restoring(address, private.folder(self.home / "restores"), part=part) as restore:
            self.piece(piece, restore.write)
            return restore.finish()


@contextmanager
def fresh(into: Path) -> Iterator[Path]:
    """A place that gets its name when all is in it. Where something is, nothing is changed."""
    if os.path.lexists(into):
        raise Refused(f"{into} is there already, and a restore changes nothing that is. Name a place that is not.")
    if not into.parent.is_dir():
        raise BadInput(f"{into.parent} is not there, so nothing can be restored into {into}. Make it, or name another.")
    with ExitStack() as held:
        try:
            place = held.enter_context(becoming(into))
        except (OSError, ValueError) as reason:  # a name that is too long, a disk that takes nothing
            raise BadInput(f"Nothing can be restored into {str(into)!a}: {reason}. Name another place.") from reason
        yield place


def _lay(opened: Opened, layer: Layer, target: Path, laid: LaidOut, folders: ShutFolders) -> None:
    folder = layer.folder
    if folder.gone is not None:
        gone = [name for name in opened.read(folder.gone).split(b"\0") if name]
        _remove(target, gone, laid)
        for name in gone:
            laid.remove(name)
    found: list[Member] = []
    for archive in folder.archives:
        members, count = _lay_archive(opened, archive, target)
        folders.open(members)
        found += members
        laid.bytes += count
    compare_sums(layer.set, found, sums_of(opened, folder))
    for member in found:
        laid.add(member)


def _lay_archive(opened: Opened, archive: Piece, target: Path) -> tuple[tuple[Member, ...], int]:
    with trees.laying(target) as laying:
        try:
            count = opened.piece(archive, laying.write)
            return laying.finish(), count
        except DamagedTar as reason:
            raise bad(archive, str(reason)) from reason


def compare_sums(set: str, found: Sequence[Member], expected: Mapping[bytes, str]) -> None:
    """What its archives hold is what its list of hashes says."""
    there = {member.name: member.sha256 for member in found if member.is_file}
    if there != expected:
        other = next(iter(there.items() ^ expected.items()))[0]
        raise BadSet(
            f"The set {set} is bad: what it holds of {other!r} is not what its list of hashes says. Nothing of it"
            " was kept here. Restore another set.",
            set,
        )


def sums_of(opened: Opened, folder: Folder) -> Mapping[bytes, str]:
    if folder.sums is None:
        return {}
    try:
        return dict(sums.read(opened.read(folder.sums)))
    except UnreadableSums as reason:
        raise bad(folder.sums, str(reason)) from reason


def _remove(target: Path, gone: Sequence[bytes], laid: LaidOut) -> None:
    """What lies in a folder comes before the folder."""
    for name in sorted(gone, reverse=True):
        path = target / os.fsdecode(name)
        if not Path(os.path.realpath(path.parent)).is_relative_to(os.path.realpath(target)):
            raise BadSet(
                f"A name in the list of what is gone leads out of its folder: {name!r}. Nothing was removed. Restore"
                " another set, and find out who wrote that one."
            )
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
        _leave_folders(target, name, laid)


def _leave_folders(target: Path, name: bytes, laid: LaidOut) -> None:
    """Those that no archive names, as of a bucket, are there for what lies in them; an object may take their place."""
    with suppress(OSError):  # something lies there still
        while (name := name.rpartition(b"/")[0]) and name not in laid.others:
            (target / os.fsdecode(name)).rmdir()


def bad(piece: Piece, why: str) -> BadSet:
    return BadSet(
        f"{piece.key} in the store is not what was written there: {why}. Nothing of it was kept here. Restore another"
        " set, and find out what happened to this one.",
        set_of(piece),
    )
