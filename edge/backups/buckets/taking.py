"""One bucket on its way into a set: like a folder, looked at and read before the moment of the set and again after it.

An object is one version as long as it is read, so none is ever half of this and half of that.
"""

from edge.backups.buckets import reading as bucket_reading
from edge.backups.buckets.bucket import OpenBucket
from edge.backups.buckets.reading import Kept
from edge.backups.files.indexes import Index
from edge.backups.taking import Taking
from mainstay.backups import sums
from mainstay.backups.buckets.names import Names
from mainstay.backups.buckets.places import store_inside
from mainstay.backups.files import scan
from mainstay.backups.files.scan import UNTRUSTED
from mainstay.backups.sets import BEGUN, Folder, Piece
from mainstay.errors import Refused


class BucketTaking:
    """No dataclass, on purpose: Prefect walks through those, and this may have a million names."""

    def __init__(self, taking: Taking, name: str, bucket: OpenBucket, parent: Index | None) -> None:
        self.taking, self.name, self._bucket = taking, name, bucket
        self._parent = parent or Index({}, {})
        self._marks = dict(self._parent.marks)
        self._names = Names(self._marks)
        self._sums: dict[bytes, str] = {}  # of what was read
        self._archives: list[Piece] = []
        self._objects: list[Piece] = []
        self._looked = False

    def read(self) -> int:
        """What differs from what is known so far; how many objects that were. Broken off, it never was."""
        look = self._bucket.look(self._names, self._refuse_our_own)
        change = scan.compare(look.marks, self._marks)
        known = {path: mark for path, mark in look.marks.items() if self._marks.get(path) == mark}
        left = dict.fromkeys(change.gone, UNTRUSTED) if self._looked else {}  # it may have been there at the moment
        pieces, kept = self._keep(change.changed, look.marks)
        self._archives += [archive for archive, _ in pieces]
        self._objects += [list for _, list in pieces]
        self._sums.update((each.path, each.sha256) for each in kept)
        marks = {each.path: each.mark for each in kept}
        self._marks = {**known, **left, **scan.trusted(marks, marks, look.at)}
        self._looked = True
        return len(kept)

    def read_again(self) -> int:
        return self.read()

    def finish(self) -> tuple[Folder, Index]:
        gone = sorted(self._parent.marks.keys() - self._marks.keys())
        hashes = {**self._parent.sums, **self._sums}
        stem = f"buckets-{self.name}"
        folder = Folder(
            name=self.name,
            path=str(self._bucket.place),
            archives=tuple(self._archives),
            sums=self.taking.small(f"{stem}-sha256sums", sums.written(sorted(self._sums.items())))
            if self._sums
            else None,
            gone=self.taking.small(f"{stem}-gone", b"".join(path + b"\0" for path in gone)) if gone else None,
            files=len(self._marks),
            objects=tuple(self._objects),
        )
        return folder, Index(self._marks, {path: hashes[path] for path in self._marks if path in hashes})

    def _keep(self, paths: tuple[bytes, ...], marks: scan.Marks) -> tuple[list[tuple[Piece, Piece]], list[Kept]]:
        pieces, found = list[tuple[Piece, Piece]](), list[Kept]()
        for number, shard in enumerate(scan.shards(paths, marks), len(self._archives) + 1):
            stem = f"buckets-{self.name}-{number:04d}"
            with bucket_reading.reading(self._bucket, shard) as reading:
                archive, _ = self.taking.keep(f"{stem}.tar.zst.age", reading, lambda: None)
                pieces.append((archive, self.taking.small(f"{stem}.jsonl", bytes(reading.list))))
            found += reading.kept
        return pieces, found

    def _refuse_our_own(self, key: str) -> None:
        """However its address is written: what we have just begun in the store of backups must not lie here."""
        if key.endswith(f"{self.taking.id}/{BEGUN}"):
            raise Refused(store_inside(self._bucket.place))
