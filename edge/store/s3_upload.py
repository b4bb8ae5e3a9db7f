"""A long object on its way into a bucket, part by part. It exists only when the server was told to complete it.

A part is sent beside whoever makes the next one: the producer of a dump would otherwise stand still while we send.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from datetime import datetime
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from edge import clock
from edge.store import s3_failures
from edge.store.port import Published
from edge.store.s3_client import CONFLICT_TRIES, md5
from edge.store.s3_locks import Locks
from mainstay.errors import StoreLost
from mainstay.store import MOST_PARTS, part_bytes

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

WRITER = "mainstay-writer"  # in the object's metadata: whose it is, without reading it back
PATIENCE_SECONDS = 5.0  # with a part still under way when all is given up; what arrives later a sweep takes


class Multipart:
    """``until``: it is locked for so long."""

    def __init__(
        self, locks: Locks, full_key: str, publish: Callable[[bytes], Published], until: datetime | None
    ) -> None:
        self._talk, self._key, self._publish = locks.talk, full_key, publish
        self._locks, self._until = locks, until
        self._writer = clock.new_nonce()
        self._id: str | None = None  # of the upload, once there is more than one part can hold
        self._parts: list[Future[CompletedPartTypeDef]] = []  # one at most is still under way
        self._sender = ThreadPoolExecutor(1, "upload")
        self._waiting = bytearray()
        self._sha256 = hashlib.sha256()
        self._size = 0

    def write(self, chunk: bytes) -> None:
        rest = memoryview(chunk)
        self._sha256.update(rest)
        self._size += len(rest)
        while rest:
            room = part_bytes(len(self._parts) + 1) - len(self._waiting)
            self._waiting += rest[:room]
            rest = rest[room:]
            if len(self._waiting) == part_bytes(len(self._parts) + 1):
                self._send()

    def commit(self) -> Published:
        if self._id is None:
            return self._publish(bytes(self._waiting))
        if self._waiting:
            self._send()
        parts = [part.result() for part in self._parts]
        with self._talk.losing():
            published = self._complete(self._id, parts)
        if self._until is not None and published is not Published.ANOTHERS:
            self._locks.prolong(self._key, self._until)  # some servers forget what was said when it was begun
        return published

    def give_up(self) -> None:
        """After a commit that was answered there is nothing left to give up."""
        self._sender.shutdown(wait=False, cancel_futures=True)
        if self._id is not None:
            wait(self._parts, PATIENCE_SECONDS)
            with suppress(ClientError, StoreLost), self._talk.losing():  # what stays is invisible: a sweep takes it
                self._talk.records.abort_multipart_upload(Bucket=self._talk.bucket, Key=self._key, UploadId=self._id)

    def _send(self) -> None:
        number, data = len(self._parts) + 1, self._waiting
        if number > MOST_PARTS:
            raise StoreLost(f"{self._key} grows beyond 660 GiB, more than an S3 server takes in one object; shard it.")
        with self._talk.losing():
            id = self._begun()
        if self._parts:
            self._parts[-1].result()
        self._parts.append(self._sender.submit(self._send_part, self._talk.streams, id, number, data))
        self._waiting = bytearray()  # no copy: who sends a part has it alone

    def _send_part(self, client: "S3Client", id: str, number: int, data: bytearray) -> "CompletedPartTypeDef":
        with self._talk.losing():
            answer = client.upload_part(
                Bucket=self._talk.bucket,
                Key=self._key,
                UploadId=id,
                PartNumber=number,
                Body=cast(bytes, data),  # boto3 takes both
                ContentMD5=md5(data),
            )
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _begun(self) -> str:
        if self._id is None:
            self._id = self._talk.records.create_multipart_upload(
                Bucket=self._talk.bucket,
                Key=self._key,
                Metadata={WRITER: self._writer},
                **self._locks.words(self._until),
            )["UploadId"]
        return self._id

    def _complete(self, id: str, parts: "list[CompletedPartTypeDef]") -> Published:
        for number in range(CONFLICT_TRIES):
            try:
                self._talk.completions.complete_multipart_upload(
                    Bucket=self._talk.bucket,
                    Key=self._key,
                    UploadId=id,
                    MultipartUpload={"Parts": parts},
                    IfNoneMatch="*",
                )
            except ClientError as reason:
                if s3_failures.code(reason) != "NoSuchUpload" and s3_failures.status(reason) not in (409, 412):
                    raise
                if (standing := self._standing()) is not None:
                    return standing
                clock.sleep(0.05 * (number + 1))
                continue
            self._id = None
            return Published.CREATED
        raise StoreLost(f"The upload of {self._key} was lost on the server before it was completed. Upload it again.")

    def _standing(self) -> Published | None:
        """Whose the object under the key is; None if there is none."""
        try:
            found = self._talk.records.head_object(Bucket=self._talk.bucket, Key=self._key)
        except ClientError as reason:
            if s3_failures.status(reason) == 404:
                return None
            raise
        if found["Metadata"].get(WRITER) == self._writer:
            return Published.MINE  # completed by a try whose answer was lost
        if found["ContentLength"] != self._size:
            return Published.ANOTHERS
        return Published.MINE if self._digest_of_standing() == self._sha256.digest() else Published.ANOTHERS

    def _digest_of_standing(self) -> bytes:
        digest = hashlib.sha256()
        found = self._talk.streams.get_object(Bucket=self._talk.bucket, Key=self._key)
        with closing(found["Body"]) as stream:  # in a plain `with` botocore hands out a stream that checks no length
            for chunk in stream.iter_chunks(1 << 20):
                digest.update(chunk)
        return digest.digest()
