"""How we talk to an S3 server: how long we wait, how often boto3 may ask again, how failures are told."""

import base64
import hashlib
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from edge.store import s3_failures
from mainstay.store import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_SECONDS = 2
RECORD_SECONDS = 4  # a record is small: a server silent for longer is lost, and the story must know it soon
STREAM_SECONDS = 20
COMPLETION_SECONDS = 120  # some servers copy all parts together before they answer
ATTEMPTS = 2
STREAM_ATTEMPTS = 4  # a part is the same however often it comes, and hours of upload hang on it
CONFLICT_TRIES = 6  # 409: somebody writes the same key at this very moment


class Talk:
    """With one bucket on one server. Clients differ in their patience; each is made when it is needed."""

    def __init__(self, place: Bucket) -> None:
        self.bucket = place.name
        self.folder = f"{place.prefix}/" if place.prefix else ""  # what stands before every key
        self._place = place
        with s3_failures.refusing(str(place)):
            self._session = boto3.session.Session(profile_name=place.profile)
            self.records = self._client(RECORD_SECONDS, ATTEMPTS)
        self.records.meta.events.register("before-sign.s3.PutObject", _without_asking_first)

    @cached_property
    def streams(self) -> "S3Client":
        return self._client(STREAM_SECONDS, STREAM_ATTEMPTS)

    @cached_property
    def completions(self) -> "S3Client":
        return self._client(COMPLETION_SECONDS, ATTEMPTS)

    def losing(self) -> AbstractContextManager[None]:
        return s3_failures.failing(str(self._place))

    def _client(self, read_seconds: float, attempts: int) -> "S3Client":
        return self._session.client(
            "s3",
            endpoint_url=self._place.endpoint,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=read_seconds,
                tcp_keepalive=True,
                retries={"mode": "standard", "total_max_attempts": attempts},
                s3={"addressing_style": "path" if self._place.endpoint else "auto"},
                # we send Content-MD5 ourselves: every S3 server checks it, the newer trailers not all understand
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )


def md5(data: bytes | bytearray) -> str:
    """Checked by the server against what arrived; it protects the way, nothing else."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def _without_asking_first(request: AWSRequest, **_rest: object) -> None:
    """boto3 asks whether it may send, and waits for the answer: for a record that is half of the time."""
    del request.headers["Expect"]
