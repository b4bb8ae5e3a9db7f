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
from mainstay.backups.sets import Folder, Piece


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
        self._parent = parent or Index({}, {})
        self._before = before or Index({}, {})
        self._marks = dict(self._parent.marks)
        self._sums: dict[bytes, str] = {}  # of what was read
        self._archives: list[Piece] = []
        self._restless = 0
        self._looked = False

    def read(self) -> int:
        """What differs from what is known so far; how many names that were. Broken off, it never was."""
        look = trees.look(self._path, self._excludes)
        change = scan.compare(look.marks, self._marks)
        known = {name: mark for name, mark in look.marks.items() if self._marks.get(name) == mark}
        left = dict.fromkeys(change.gone, UNTRUSTED) if self._looked else {}  # it may have been there at the moment
        names = [name for name in change.changed if not scan.is_socket(look.marks[name])]
        archives, members = self._keep(names, look.marks)
        there = [member.name for member in members]  # of what was still there when it was read
        self._archives += archives
        self._sums.update((member.name, member.sha256) for member in members if member.is_file)
        self._marks = {**known, **left, **scan.trusted(look.marks, there, look.at)}
        self._looked = True
        return len(there)

    def read_again(self) -> int:
        """The second time, and a look at what cannot be caught standing still."""
        before = len(self._archives)
        count = self.read()
        if len(self._archives) > before:
            now = trees.look(self._path, self._excludes).marks
            again = [name for name, mark in self._marks.items() if mark != UNTRUSTED and now.get(name, mark) != mark]
            self._restless = sum(not now[name].startswith(b"d ") for name in again)
        return count

    def finish(self) -> tuple[Folder, Index]:
        gone = sorted(self._parent.marks.keys() - self._marks.keys())
        hashes = {**self._parent.sums, **self._sums}
        folder = Folder(
            name=self.name,
            path=str(self._path),
            archives=tuple(self._archives),
            sums=self._taking.small(f"files-{self.name}-sha256sums", sums.written(sorted(self._sums.items())))
            if self._sums
            else None,
            gone=self._taking.small(f"files-{self.name}-gone", b"".join(name + b"\0" for name in gone))
            if gone
            else None,
            files=len(self._marks),
            restless=self._restless,
        )
        return folder, Index(self._marks, {name: hashes[name] for name in self._marks if name in hashes})

    def spoiled(self) -> list[bytes]:
        """Files that hold something else than they did, although nobody wrote to them as far as their marks tell: a
        disk that rots, or somebody who knows how to hide it. Known when all was read.
        """
        marks, sums = self._before.marks, self._before.sums
        return sorted(
            name
            for name, sha256 in self._sums.items()
            if sums.get(name, sha256) not in ("", sha256)
            and marks[name] == self._marks.get(name)
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
        return archives, found
