"""A store in an S3 bucket: the server decides, by conditions it checks with every write.

An answer can be lost on the way and the request be sent again by boto3. Then the condition fails because
of our own first try, so after every failed condition we look what stands there.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from edge import clock
from edge.store import reading, s3_failures
from edge.store.port import Entry, Published, Stored, Upload
from edge.store.s3_upload import MultipartUpload
from mainstay import keys
from mainstay.errors import NotThere, StoreLost
from mainstay.store import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_SECONDS = 2
RECORD_SECONDS = 4  # a record is small: a server silent for longer is lost, and the story must know soon
STREAM_SECONDS = 30
TRIES = 6  # for 409: somebody else is writing the same key at this very moment


def open_bucket(place: Bucket) -> "S3Store":
    store = S3Store(place)
    store.check()
    return store
