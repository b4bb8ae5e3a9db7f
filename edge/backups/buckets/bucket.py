"""The door to the buckets that systems write to: what is in one, and each object as it is."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypedDict, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody

from edge import clock, secrets
from edge.backups.buckets.failures import BucketLost, BucketRefused, asking, is_gone, passes
from edge.backups.files.trees import Look
from mainstay.backups.buckets import objects
from mainstay.backups.buckets.names import Names
from mainstay.backups.buckets.objects import ObjectWords
from mainstay.backups.plans import BucketWish
from mainstay.store import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

CONNECT_SECONDS = 3
READ_SECONDS = 20
ATTEMPTS = 4
TALKERS = 8  # so many objects are on their way at once: each is mostly waiting, and more of them wait for us
CHUNK_BYTES = 1 << 20
HEADERS = (
    *("ContentType", "ContentEncoding", "CacheControl", "ContentDisposition", "ContentLanguage"),
    "WebsiteRedirectLocation",
)


@dataclass(frozen=True)
class Found:
    """An object as the bucket gives it. It is one version, whatever happens to its key meanwhile."""

    words: ObjectWords
    mark: bytes
    modified: datetime
    body: StreamingBody


class _Version(TypedDict, total=False):
    VersionId: str


class OpenBucket:
    """No dataclass, on purpose: Prefect walks through those."""

    def __init__(self, place: Bucket, client: "S3Client") -> None:
        self.place, self.client = place, client
        self.folder = f"{place.prefix}/" if place.prefix else ""  # what stands before every key

    def is_empty(self) -> bool:
        with asking(self.place):
            return not self.client.list_objects_v2(Bucket=self.place.name, Prefix=self.folder, MaxKeys=1).get(
                "Contents"
            )

    def look(self, names: Names, see: Callable[[str], None] = lambda key: None) -> Look:
        """All that is below the prefix, page by page, and by its own clock when we began. ``see``: is told each key."""
        marks, at = dict[bytes, bytes](), None
        pages = iter(self.client.get_paginator("list_objects_v2").paginate(Bucket=self.place.name, Prefix=self.folder))
        while True:
            with asking(self.place):
                page = next(pages, None)
            if page is None:
                return Look(marks, at if at is not None else clock.now().timestamp())
            at = at if at is not None else _said_at(page["ResponseMetadata"]["HTTPHeaders"])
            for each in page.get("Contents", ()):
                key = each["Key"].removeprefix(self.folder)
                see(key)
                marks[names.path(key)] = objects.mark(each["ETag"], each["Size"], each["LastModified"])

    def find(self, key: str, path: bytes) -> Found | None:
        """None: it is gone, and that is nobody's fault. Whoever gets it closes its body."""
        with asking(self.place):
            try:
                answer = self.client.get_object(Bucket=self.place.name, Key=self.folder + key)
            except ClientError as reason:
                if is_gone(reason):
                    return None
                raise
            return _found(key, path, answer, self._tags(key, answer))

    def chunks(self, found: Found) -> Iterator[bytes]:
        """Its bytes. Where the line breaks they go on from there, of the same version or not at all."""
        at, body, breaks = 0, found.body, 0
        while at < found.words.bytes:
            with asking(self.place):
                try:
                    chunk = body.read(CHUNK_BYTES)
                except (BotoCoreError, ClientError) as reason:
                    breaks += 1
                    if breaks == ATTEMPTS or not passes(reason):
                        raise
                    body.close()
                    body = self._rest(found.words, at)
                    continue
            if not chunk:
                raise BucketLost(
                    f"The bucket {self.place} sent {at} of {found.words.bytes} bytes of {found.words.key!a}."
                )
            yield chunk
            at += len(chunk)
        body.close()

    def _rest(self, words: ObjectWords, at: int) -> StreamingBody:
        answer = self.client.get_object(
            Bucket=self.place.name,
            Key=self.folder + words.key,
            Range=f"bytes={at}-",
            IfMatch=words.etag,
            **_version(words.version),
        )
        if not answer.get("ContentRange", "").startswith(f"bytes {at}-"):
            raise BucketRefused(
                f"The server of {self.place} sends an object from its beginning when it is asked for the rest, so"
                f" {words.key!a} was not read whole after its line broke. Do this again."
            )
        return answer["Body"]

    def _tags(self, key: str, answer: "GetObjectOutputTypeDef") -> dict[str, str]:
        if not answer.get("TagCount"):
            return {}
        try:
            told = self.client.get_object_tagging(
                Bucket=self.place.name, Key=self.folder + key, **_version(answer.get("VersionId"))
            )
        except ClientError as reason:
            if is_gone(reason):
                return {}
            raise
        return {each["Key"]: each["Value"] for each in told["TagSet"]}


def open_bucket(wish: BucketWish, place: Bucket | None = None) -> OpenBucket:
    """``place``: another one on the same server, for the same login."""
    place = place or wish.place
    login = wish.login
    with asking(place):
        session = boto3.session.Session(
            aws_access_key_id=secrets.look_up(login[0]) if login else None,
            aws_secret_access_key=secrets.resolve(login[1]).reveal() if login else None,
        )
        client = session.client(
            "s3",
            endpoint_url=place.endpoint,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                tcp_keepalive=True,
                max_pool_connections=TALKERS + 1,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                s3={"addressing_style": "path" if place.endpoint else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
    return OpenBucket(place, client)


def whole(bucket: OpenBucket, found: Found) -> bytes:
    with closing(found.body):
        return b"".join(bucket.chunks(found))


def _version(known: str | None) -> "_Version":
    return {"VersionId": known} if known else {}


def _found(key: str, path: bytes, answer: "GetObjectOutputTypeDef", tags: dict[str, str]) -> Found:
    version = answer.get("VersionId")
    told = cast(dict[str, object], answer)
    words = ObjectWords(
        path=path.decode(errors="surrogateescape"),
        key=key,
        etag=answer["ETag"],
        version=None if version == "null" else version,
        modified=answer["LastModified"].isoformat(),
        bytes=answer["ContentLength"],
        headers={name: str(told[name]) for name in HEADERS if told.get(name)},
        metadata=answer["Metadata"],
        tags=tags,
    )
    mark = objects.mark(answer["ETag"], answer["ContentLength"], answer["LastModified"])
    return Found(words, mark, answer["LastModified"], answer["Body"])


def _said_at(headers: dict[str, str]) -> float:
    told = headers.get("date")
    return parsedate_to_datetime(told).timestamp() if told else clock.now().timestamp()
