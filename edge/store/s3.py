"""A store in an S3 bucket: the server decides, by conditions it checks with every write.

An answer can be lost on the way and its request be sent again by boto3. Then the condition fails because
of our own first try: so whenever one fails we look at what stands there.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO

from botocore.exceptions import ClientError

from edge import clock
from edge.store import reading, s3_failures
from edge.store.port import Entry, Published, Stored, Upload
from edge.store.s3_client import CONFLICT_TRIES, Talk, md5
from edge.store.s3_locks import Locks, try_to_destroy
from edge.store.s3_upload import Multipart
from mainstay import keys
from mainstay.backups.copies.protection import Attempt
from mainstay.errors import NotThere, StoreLost
from mainstay.store import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef


def open_bucket(place: Bucket) -> "S3Store":
    words = Talk(place)
    with s3_failures.refusing(str(place)):
        answer = words.records.list_objects_v2(Bucket=words.bucket, Prefix=words.folder, MaxKeys=1)
    return S3Store(str(place), Locks(words), answer["ResponseMetadata"]["HTTPHeaders"].get("server"))


class S3Store:
    """``until``: all that is written through this view of it is locked for so long."""

    def __init__(self, address: str, locks: Locks, server: str | None, until: datetime | None = None) -> None:
        self._address = address
        self._talk = locks.talk
        self._locks = locks
        self._server = server
        self._until = until

    @property
    def address(self) -> str:
        return self._address

    @property
    def server(self) -> str | None:
        return self._server

    def publish(self, key: str, data: bytes) -> Published:
        for _ in range(CONFLICT_TRIES):
            if self._put(key, data, expected=None) is not None:
                return Published.CREATED
            if (there := self.read(key)) is not None:
                return Published.MINE if there.data == data else Published.ANOTHERS
        raise self._restless(key)

    def swap(self, key: str, data: bytes, *, expected: str | None) -> str | None:
        if (version := self._put(key, data, expected=expected)) is not None:
            return version
        there = self.read(key)
        return there.version if there is not None and there.data == data else None

    def read(self, key: str) -> Stored | None:
        with self._talk.losing():
            try:
                found = self._talk.records.get_object(Bucket=self._talk.bucket, Key=self._full(key))
                with closing(found["Body"]) as stream:
                    return Stored(stream.read(), found["ETag"])
            except self._talk.records.exceptions.NoSuchKey:
                return None

    def folders(self, prefix: str) -> Iterator[str]:
        below = self._below(prefix)
        for page in self._pages(below, delimiter="/"):
            for found in page.get("CommonPrefixes", ()):
                if keys.is_key(name := found["Prefix"].removeprefix(below).rstrip("/")):
                    yield name

    def listing(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        for page in self._pages(self._below(prefix), after=self._talk.folder + after):
            for found in page.get("Contents", ()):
                if keys.is_key(key := found["Key"].removeprefix(self._talk.folder)):
                    yield Entry(key, found["Size"], found["LastModified"])

    def _pages(self, below: str, *, delimiter: str = "", after: str = "") -> "Iterator[ListObjectsV2OutputTypeDef]":
        paginator = self._talk.records.get_paginator("list_objects_v2")
        pages = iter(paginator.paginate(Bucket=self._talk.bucket, Prefix=below, Delimiter=delimiter, StartAfter=after))
        while True:
            with self._talk.losing():
                page = next(pages, None)
            if page is None:
                return
            yield page

    def _below(self, prefix: str) -> str:
        folder = prefix.strip("/")
        return self._full(folder) + "/" if folder else self._talk.folder

    @contextmanager
    def upload(self, key: str) -> Iterator[Upload]:
        upload = Multipart(self._locks, self._full(key), lambda data: self.publish(key, data), self._until)
        try:
            yield upload
        finally:
            upload.give_up()

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        with self._talk.losing():
            try:
                found = self._talk.streams.get_object(Bucket=self._talk.bucket, Key=self._full(key))
            except self._talk.streams.exceptions.NoSuchKey:
                raise NotThere(f"Nothing stands under {key} in the store {self.address}.") from None
        with closing(found["Body"]) as stream:
            yield reading.stream(stream.read, self._talk.losing)

    def delete(self, key: str) -> None:
        with self._talk.losing():
            self._talk.records.delete_object(Bucket=self._talk.bucket, Key=self._full(key))

    def sweep(self, prefix: str, *, older_than_seconds: float) -> None:
        """Abort uploads begun longer ago; 0 aborts all below the prefix, whatever our clock and theirs say."""
        below = self._full(prefix.strip("/")) if prefix else self._talk.folder
        limit = clock.now() - timedelta(seconds=older_than_seconds)
        with self._talk.losing():
            pages = self._talk.records.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self._talk.bucket, Prefix=below):
                for found in page.get("Uploads", ()):
                    if not older_than_seconds or found["Initiated"] < limit:
                        self._talk.records.abort_multipart_upload(
                            Bucket=self._talk.bucket, Key=found["Key"], UploadId=found["UploadId"]
                        )

    @property
    def locks(self) -> bool:
        return self._locks.mode is not None

    def locking(self, until: datetime) -> "S3Store":
        return S3Store(self._address, self._locks, self._server, until)

    def locked_until(self, key: str) -> datetime | None:
        return self._locks.until(self._full(key))

    def lock(self, key: str, until: datetime) -> None:
        self._locks.prolong(self._full(key), until)

    def try_to_destroy(self, key: str, until: datetime) -> Attempt:
        return try_to_destroy(self._locks, self._full(key), until)

    def _full(self, key: str) -> str:
        return self._talk.folder + keys.checked(key)

    def _put(self, key: str, data: bytes, *, expected: str | None) -> str | None:
        """The new version; None: the server says that something else stands there."""
        full = self._full(key)
        with self._talk.losing():
            for number in range(CONFLICT_TRIES):
                try:
                    return self._put_once(full, data, expected)
                except ClientError as reason:
                    if s3_failures.status(reason) == 412 or s3_failures.code(reason) == "NoSuchKey":
                        return None
                    if s3_failures.status(reason) != 409:
                        raise
                    clock.sleep(0.05 * (number + 1))
        raise self._restless(key)

    def _put_once(self, full: str, data: bytes, expected: str | None) -> str:
        bucket, put, locked = self._talk.bucket, self._talk.records.put_object, self._locks.words(self._until)
        if expected is None:
            return put(Bucket=bucket, Key=full, Body=data, ContentMD5=md5(data), IfNoneMatch="*", **locked)["ETag"]
        return put(Bucket=bucket, Key=full, Body=data, ContentMD5=md5(data), IfMatch=expected, **locked)["ETag"]

    def _restless(self, key: str) -> StoreLost:
        return StoreLost(f"{key} in {self.address} is being changed by others all the time. Asking again is safe.")
