"""How we talk to an S3 server: how long we wait, how often boto3 may ask again, how failures are told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from edge.store import s3_failures
from mainstay.store import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_SECONDS = 2
RECORD_SECONDS = 4  # a record is small: a server silent for longer is lost, and the story must know it soon
STREAM_SECONDS = 20
ATTEMPTS = 2
CONFLICT_TRIES = 6  # 409: somebody writes the same key at this very moment


@dataclass(frozen=True)
class Talk:
    """One bucket on one server."""

    bucket: str
    folder: str  # what stands before every key: empty, or ends with a slash
    records: "S3Client"
    streams: "S3Client"
    losing: Callable[[], AbstractContextManager[None]]


def talk(place: Bucket) -> Talk:
    with s3_failures.refusing(str(place)):
        session = boto3.session.Session()
        return Talk(
            bucket=place.name,
            folder=f"{place.prefix}/" if place.prefix else "",
            records=_client(session, place, RECORD_SECONDS),
            streams=_client(session, place, STREAM_SECONDS),
            losing=partial(s3_failures.failing, str(place)),
        )


def _client(session: boto3.session.Session, place: Bucket, read_seconds: float) -> "S3Client":
    return session.client(
        "s3",
        endpoint_url=place.endpoint,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            tcp_keepalive=True,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            s3={"addressing_style": "path" if place.endpoint else "auto"},
            # we send Content-MD5 ourselves: every S3 server checks it, the newer trailers not all understand
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
