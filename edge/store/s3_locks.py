"""Object Lock, where a bucket has it: what is written cannot be deleted before its day, by nobody or by few."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

from botocore.exceptions import ClientError

from edge import clock
from edge.store import s3_failures
from edge.store.s3_client import Talk, md5
from mainstay.backups.copies.protection import Attempt

if TYPE_CHECKING:
    from mypy_boto3_s3.literals import ObjectLockModeType

UNASKED = (400, 403, 404, 405, 501)  # it has none, does not know what that is, or does not let us ask
FORBIDDEN = (403, 405)


class LockWords(TypedDict, total=False):
    """What a write says of its lock."""

    ObjectLockMode: "ObjectLockModeType"
    ObjectLockRetainUntilDate: datetime


@dataclass(frozen=True)
class Locks:
    """Of one bucket."""

    talk: Talk

    @cached_property
    def mode(self) -> "ObjectLockModeType | None":
        """As the bucket locks what comes without a word; else so that who has a right of his own may pass over it."""
        with self.talk.losing():
            try:
                answer = self.talk.records.get_object_lock_configuration(Bucket=self.talk.bucket)
            except ClientError as reason:
                if s3_failures.status(reason) in UNASKED:
                    return None
                raise
        return answer["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {}).get("Mode", "GOVERNANCE")

    def words(self, until: datetime | None) -> LockWords:
        if until is None or self.mode is None:
            return LockWords()
        return LockWords(ObjectLockMode=self.mode, ObjectLockRetainUntilDate=until)

    def until(self, full_key: str) -> datetime | None:
        """None: it is not locked, or not there, or we may not know (``s3:GetObjectRetention``)."""
        return self._of(full_key)[1]

    def prolong(self, full_key: str, until: datetime) -> None:
        """Never shortened: what is locked for longer stays so."""
        if self.mode is None:
            return
        mode, there = self._of(full_key)
        if there is None or there < until:
            with self.talk.losing():
                self.talk.records.put_object_retention(
                    Bucket=self.talk.bucket,
                    Key=full_key,
                    Retention={"Mode": mode or self.mode, "RetainUntilDate": until},
                )

    def _of(self, full_key: str) -> "tuple[ObjectLockModeType | None, datetime | None]":
        with self.talk.losing():
            try:
                found = self.talk.records.head_object(Bucket=self.talk.bucket, Key=full_key)
            except ClientError as reason:
                if s3_failures.status(reason) == 404:
                    return None, None
                raise
        return found.get("ObjectLockMode"), found.get("ObjectLockRetainUntilDate")


def try_to_destroy(locks: Locks, full_key: str, until: datetime) -> Attempt:
    """An object of our own, in all ways that would be open to a thief who has our keys. What we cannot remove stays.

    In a bucket without versions the right to write is enough: it overwrites.
    """
    talk, ours = locks.talk, clock.new_nonce().encode()
    bucket, client = talk.bucket, talk.records
    with talk.losing():
        put = client.put_object(Bucket=bucket, Key=full_key, Body=ours, ContentMD5=md5(ours), **locks.words(until))
        version = put.get("VersionId", "null")
        other = b"another"
        _may(lambda: client.put_object(Bucket=bucket, Key=full_key, Body=other, ContentMD5=md5(other)))
        if version == "null":
            replaced = _standing(talk, full_key) != ours
            removed = _may(lambda: client.delete_object(Bucket=bucket, Key=full_key)) and not _standing(talk, full_key)
            return Attempt(removed, replaced, False, locks.until(full_key))
        removed = _may(lambda: client.delete_object(Bucket=bucket, Key=full_key, VersionId=version))
        if not removed and locks.mode is not None:
            removed = _may(
                lambda: client.delete_object(
                    Bucket=bucket, Key=full_key, VersionId=version, BypassGovernanceRetention=True
                )
            )
        hidden = _may(lambda: client.delete_object(Bucket=bucket, Key=full_key))
    return Attempt(removed, False, hidden and not removed, until if locks.mode is not None else None)


def _may(act: Callable[[], object]) -> bool:
    try:
        act()
    except ClientError as reason:
        if s3_failures.status(reason) not in FORBIDDEN:
            raise
        return False
    return True


def _standing(talk: Talk, full_key: str) -> bytes | None:
    try:
        return talk.records.get_object(Bucket=talk.bucket, Key=full_key)["Body"].read()
    except talk.records.exceptions.NoSuchKey:
        return None
