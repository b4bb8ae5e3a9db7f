"""One folder on its way into a set: read once before the moment of the set and once after it.

What was there at the moment is in one of the two, or it was gone by then. What changes while it is read is read again.
"""

from pathlib import Path

from edge.backups.files import trees
from edge.backups.files.indexes import Index
from edge.backups.taking import Taking
from mainstay.backups import sums
from mainstay.backups.files import scan
from mainstay.backups.files.plain_tar import Member
from mainstay.backups.files.scan import UNTRUSTED
from mainstay.backups.files.seen import Seen
from mainstay.backups.sets import Folder, Piece
from mainstay.errors import FolderRestless


class FolderTaking:
    """No dataclass, on purpose: Prefect walks through those, and this may have a million names."""

    def __init__(
        self,
        taking: Taking,
        name: str,
        path: Path,
        excludes: tuple[str, ...],
        parent: Index | None,
        before: Index | None = None,
    ) -> None:
        """``before``: what was there earlier, where that is no parent: every file is read, and compared with it."""
        self._taking, self.name, self._path, self._excludes = taking, name, path, excludes
        self._seen = Seen(parent.marks, parent.sums) if parent else Seen({}, {})
        self._before = before or Index({}, {})
        self._archives: list[Piece] = []
        self._restless = self._turned = 0

    def read(self) -> int:
        """What differs from what is known so far; how many names that were. Broken off, it never was."""
        look = trees.look(self._path, self._excludes)
        marks = self._seen.less_turned(look.marks)
        self._turned = len(look.marks) - len(marks)
        names = [name for name in self._seen.changed(marks) if not scan.is_socket(marks[name])]
        archives, members = self._keep(names, marks)
        there = {member.name: marks[member.name] for member in members}  # others went before they were read
        self._archives += archives
        self._seen.took(marks, look.at, there, {each.name: each.sha256 for each in members if each.is_file})
        return len(there)

    def read_again(self) -> int:
        """The second time, and a look at what cannot be caught standing still."""
        before = len(self._archives)
        count = self.read()
        if len(self._archives) > before:
            now = trees.look(self._path, self._excludes).marks
            again = [
                name for name, mark in self._seen.marks.items() if mark != UNTRUSTED and now.get(name, mark) != mark
            ]
            self._restless = sum(not scan.is_folder(now[name]) for name in again)
        return count

    def finish(self) -> tuple[Folder, Index]:
        gone, read = self._seen.gone(), self._seen.read
        folder = Folder(
            name=self.name,
            path=str(self._path),
            archives=tuple(self._archives),
            sums=self._taking.small(f"files-{self.name}-sha256sums", sums.written(sorted(read.items())))
            if read
            else None,
            gone=self._taking.small(f"files-{self.name}-gone", b"".join(name + b"\0" for name in gone))
            if gone
            else None,
            files=len(self._seen.marks),
            restless=self._restless + self._turned,
        )
        return folder, Index(self._seen.marks, self._seen.sums())

    def spoiled(self) -> list[bytes]:
        """Files that hold something else than they did, although nobody wrote to them as far as their marks tell: a
        disk that rots, or somebody who knows how to hide it. Known when all was read.
        """
        marks, sums = self._before.marks, self._before.sums
        return sorted(
            name
            for name, sha256 in self._seen.read.items()
            if sums.get(name, sha256) not in ("", sha256)
            and marks[name] == self._seen.marks.get(name)
            and marks[name] != UNTRUSTED
        )

    def _keep(self, names: list[bytes], marks: scan.Marks) -> tuple[list[Piece], list[Member]]:
        archives, found = list[Piece](), list[Member]()
        for number, shard in enumerate(scan.shards(names, marks), len(self._archives) + 1):
            name = f"files-{self.name}-{number:04d}.tar.zst.age"
            with trees.reading(self._path, shard) as reading:
                piece, members = self._taking.keep(name, reading, reading.finish)
            archives.append(piece)
            found += members
        self._refuse_turned({name for name in names if scan.is_folder(marks[name])}, found)
        return archives, found

    def _refuse_turned(self, folders: set[bytes], members: list[Member]) -> None:
        """What was a folder when it was looked at, and something else or away when it was read: whatever lay in it, in
        this archive or in an earlier one, cannot be laid out again below that.
        """
        read = {each.name for each in members if each.is_folder}
        other = {each.name for each in members if not each.is_folder} | scan.above(each.name for each in members)
        if turned := read.symmetric_difference(folders) & other:
            raise FolderRestless(
                f"In {self._path} a folder became something else while it was read: {min(turned)!r}. Nothing of that"
                " reading was kept. If it happens again, find out who replaces folders there."
            )
