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
from mainstay.backups.files.seen import Seen
from mainstay.backups.sets import BEGUN, Folder, Piece
from mainstay.errors import Refused


class BucketTaking:
    """No dataclass, on purpose: Prefect walks through those, and this may have a million names."""

    def __init__(self, taking: Taking, name: str, bucket: OpenBucket, parent: Index | None) -> None:
        self.taking, self.name, self._bucket = taking, name, bucket
        self._seen = Seen(parent.marks, parent.sums) if parent else Seen({}, {})
        self._names = Names(self._seen.marks)
        self._archives: list[Piece] = []
        self._objects: list[Piece] = []

    def read(self) -> int:
        """What differs from what is known so far; how many objects that were. Broken off, it never was."""
        look = self._bucket.look(self._names, self._refuse_our_own)
        pieces, kept = self._keep(self._seen.changed(look.marks), look.marks)
        self._archives += [archive for archive, _ in pieces]
        self._objects += [list for _, list in pieces]
        marks = {each.path: each.mark for each in kept}
        self._seen.took(look.marks, look.at, marks, {each.path: each.sha256 for each in kept})
        return len(kept)

    def read_again(self) -> int:
        return self.read()

    def finish(self) -> tuple[Folder, Index]:
        gone, read = self._seen.gone(), self._seen.read
        stem = f"buckets-{self.name}"
        folder = Folder(
            name=self.name,
            path=str(self._bucket.place),
            archives=tuple(self._archives),
            sums=self.taking.small(f"{stem}-sha256sums", sums.written(sorted(read.items()))) if read else None,
            gone=self.taking.small(f"{stem}-gone", b"".join(path + b"\0" for path in gone)) if gone else None,
            files=len(self._seen.marks),
            objects=tuple(self._objects),
        )
        return folder, Index(self._seen.marks, self._seen.sums())

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
