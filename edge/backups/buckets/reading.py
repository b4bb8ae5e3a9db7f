"""Objects of a bucket as a plain tar, as it comes: nothing of it lies on a disk, and little in memory.

Small objects are fetched several at once and kept in order: what costs is waiting for each. A large one passes through.
"""

import tarfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

from edge.backups.buckets import bucket as buckets
from edge.backups.buckets.bucket import TALKERS, Found, OpenBucket
from edge.in_order import in_order
from mainstay.backups.buckets import objects
from mainstay.backups.buckets.names import key_of
from mainstay.backups.files.headers import BLOCK

SMALL_BYTES = 2 << 20  # times TALKERS lie in memory at most, and once more what is being packed

_LONG = "long"
_Fetched = tuple[Found, bytes] | str | None  # with what is in it; what is long; what is gone


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read of one object."""

    path: bytes
    mark: bytes
    sha256: str


class BucketReading:
    """A tar of some of these objects, and the list of what there is of them beside their bytes."""

    def __init__(self, bucket: OpenBucket, coming: Iterable[tuple[Found, bytes | None]]) -> None:
        self._bucket, self._chunks = bucket, self._tar(coming)
        self._waiting = bytearray()
        self.kept: list[Kept] = []
        self.list = bytearray()

    def read(self, size: int = -1) -> bytes:
        wanted = buckets.CHUNK_BYTES if size < 0 else size
        while len(self._waiting) < wanted and (chunk := next(self._chunks, None)) is not None:
            self._waiting += chunk
        data = bytes(self._waiting[:wanted])
        del self._waiting[:wanted]
        return data

    def _tar(self, coming: Iterable[tuple[Found, bytes | None]]) -> Iterator[bytes]:
        for found, content in coming:
            path, hash = found.words.path.encode(errors="surrogateescape"), sha256()
            yield _header(found)
            for chunk in self._bucket.chunks(found) if content is None else (content,):
                hash.update(chunk)
                yield chunk
            yield bytes(-found.words.bytes % BLOCK)
            self.kept.append(Kept(path, found.mark, hash.hexdigest()))
            self.list += objects.line(replace(found.words, etag=objects.plain_etag(found.words.etag)))
        yield bytes(2 * BLOCK)


@contextmanager
def reading(bucket: OpenBucket, paths: Sequence[bytes]) -> Iterator[BucketReading]:
    """In this order. What is gone when it is to be read is not in it."""
    fetched = in_order(partial(_fetch, bucket), paths, at_once=TALKERS)
    with closing(fetched):
        yield BucketReading(bucket, _coming(bucket, fetched))


def _coming(bucket: OpenBucket, fetched: Iterable[tuple[bytes, _Fetched]]) -> Iterator[tuple[Found, bytes | None]]:
    for path, came in fetched:
        if came is _LONG and (found := bucket.find(key_of(path), path)) is not None:
            yield found, None
        elif isinstance(came, tuple):
            yield came


def _fetch(bucket: OpenBucket, path: bytes) -> _Fetched:
    found = bucket.find(key_of(path), path)
    if found is None:
        return None
    if found.words.bytes > SMALL_BYTES:
        found.body.close()  # asked for anew when it is its turn: nobody keeps a line open that long
        return _LONG
    return found, buckets.whole(bucket, found)


def _header(found: Found) -> bytes:
    member = tarfile.TarInfo(found.words.path)
    member.size, member.mode, member.mtime = found.words.bytes, 0o600, int(found.modified.timestamp())
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
