"""The door to sets that are read back: every piece, as far as it can be judged without laying anything out."""

from edge.backups.dumps.tenants import of_tenant
from edge.backups.log.store import LogRead, read_through
from edge.backups.opening import BadSet, Opened, bad, compare_sums, sums_of
from mainstay.backups.dumps.archive import DamagedDump, PassingDump
from mainstay.backups.files.plain_tar import DamagedTar, Member, PassingTar
from mainstay.backups.log.places import position
from mainstay.backups.log.shipped import Log
from mainstay.backups.sets import BackupSet, Dump, Folder, Piece


def read_back(opened: Opened, made: BackupSet) -> int:
    """How many bytes it holds, unpacked. ``BadSet`` tells the first piece that is not what the manifest says."""
    seen = {piece.key for piece in _of_tars_and_dumps(made)}
    passed = sum(_folder(opened, made.id, folder) for folder in made.folders)
    passed += _dump(opened, made.database) if made.database else 0
    for dump in made.tenants:
        with of_tenant(dump.database):
            passed += _dump(opened, dump)
    return passed + sum(opened.piece(piece, len) for piece in made.pieces if piece.key not in seen)


def read_log_back(opened: Opened, public: str, made: BackupSet, base: BackupSet | None, known: LogRead) -> int:
    """Of a set with a point: its log, from the start of its base on, without which it is nothing. How many bytes."""
    point = made.point
    if point is None:
        return 0
    if base is None or base.base is None:
        raise BadSet(
            f"The set {made.id} cannot be restored: the base of {point.base}, which it needs, is not there. Choose"
            " another set: mainstay backups lists them."
        )
    log = Log(made.system, made.environment, point.cluster, base.base.segment_bytes)
    start, stop = position(base.base.start), position(point.at)
    return read_through(opened, public, log, point.timeline, start, stop, known)


def _of_tars_and_dumps(made: BackupSet) -> tuple[Piece, ...]:
    of_folders = (piece for each in made.folders for piece in (*each.archives, each.sums) if piece)
    return (*of_folders, *(dump.piece for dump in (made.database, *made.tenants) if dump))


def _folder(opened: Opened, set: str, folder: Folder) -> int:
    found, passed = list[Member](), 0
    for archive in folder.archives:
        members, count = _archive(opened, archive)
        found += members
        passed += count
    compare_sums(set, found, sums_of(opened, folder))
    return passed + (folder.sums.plain_bytes if folder.sums else 0)


def _archive(opened: Opened, archive: Piece) -> tuple[list[Member], int]:
    passing = PassingTar()
    try:
        count = opened.piece(archive, passing.feed)
        passing.close()
    except DamagedTar as reason:
        raise bad(archive, str(reason)) from reason
    return passing.members, count


def _dump(opened: Opened, dump: Dump) -> int:
    passing = PassingDump()
    try:
        count = opened.piece(dump.piece, passing.feed)
        passing.close()
    except DamagedDump as reason:
        raise bad(dump.piece, str(reason)) from reason
    tables = len(passing.contents.tables) if passing.contents else 0
    if tables != dump.tables:
        raise bad(dump.piece, f"it holds {tables} tables, and {dump.tables} were written")
    return count
