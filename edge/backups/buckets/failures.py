"""What goes wrong between us and a bucket of a system, as sentences. No credentials ever stand in them."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
)

from edge.store.s3_failures import code, status
from mainstay.errors import MainstayError, Transient
from mainstay.store import Bucket


class BucketLost(Transient):
    """It did not answer, or could not just now."""


class BucketRefused(MainstayError):
    """It answered, and said no: asking again gives the same answer."""


_MEANINGS = {
    "NoSuchBucket": "there is no such bucket; create it, or mend its address under buckets:",
    "AccessDenied": "our credentials may not do this; they need ListBucket, GetObject and GetObjectTagging to keep it,"
    " PutObject, PutObjectTagging and DeleteObject to bring it back",
    "InvalidAccessKeyId": "it does not know our access key; mend what login: of this bucket refers to",
    "SignatureDoesNotMatch": "our secret key is not the one it knows; mend what login: of this bucket refers to",
    "ExpiredToken": "our credentials have expired; renew them",
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it (chrony or systemd-timesyncd)",
    "PermanentRedirect": "the bucket is in another region; name that in its endpoint:",
    "InvalidObjectState": "it lies in an archive tier, from which nothing is read at once; bring it back"
    " (aws s3api restore-object), or keep what is archived outside of the prefix that is backed up",
    "PreconditionFailed": "an object changed while the line to it was broken; this passes by itself",
    "SlowDown": "it asks us to be slower; this passes by itself",
}
_MEANINGS["403"] = _MEANINGS["AccessDenied"]
_MEANINGS["404"] = _MEANINGS["NoSuchBucket"]


@contextmanager
def asking(place: Bucket) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as reason:
        kind = BucketLost if passes(reason) else BucketRefused
        raise kind(_sentence(place, reason)) from reason


def passes(reason: BotoCoreError | ClientError) -> bool:
    """It may pass by itself."""
    if isinstance(reason, ClientError):
        return status(reason) >= 500 or status(reason) == 412 or code(reason) == "SlowDown"
    return isinstance(reason, HTTPClientError | ConnectionError | IncompleteReadError)


def is_gone(reason: ClientError) -> bool:
    return code(reason) == "NoSuchKey" or (status(reason) == 404 and code(reason) != "NoSuchBucket")


def _sentence(place: Bucket, reason: BotoCoreError | ClientError) -> str:
    if isinstance(reason, ClientError):
        answer = code(reason) or str(status(reason))
        meaning = _MEANINGS.get(answer) or _MEANINGS.get(str(status(reason))) or str(reason)
        return f"The bucket {place} answered {answer}: {meaning}."
    if passes(reason):
        return (
            f"The bucket {place} did not answer in time ({type(reason).__name__}), so it was not taken as whole. Look"
            " at its server, at endpoint: in the descriptor, and at the network."
        )
    if isinstance(reason, NoCredentialsError):
        return (
            f"The bucket {place} was not asked: there are no credentials for it. Describe login: of the bucket, or give"
            " this machine a role that may read it."
        )
    return f"The bucket {place} could not be asked ({type(reason).__name__}): {reason}. Mend that."
