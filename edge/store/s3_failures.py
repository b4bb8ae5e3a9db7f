"""What goes wrong between us and an S3 server, as sentences. No credentials ever stand in them."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, IncompleteReadError

from mainstay.errors import MainstayError, StoreForbids, StoreLost, StoreRefused

_MEANINGS = {
    "NoSuchBucket": "there is no such bucket; create it, or correct the address",
    "AccessDenied": "our credentials may not do this; they need GetObject, PutObject and ListBucket here, and, unless"
    " it is a store of sets that nobody here shall delete, DeleteObject and AbortMultipartUpload too",
    "InvalidAccessKeyId": "it does not know our access key; look at AWS_ACCESS_KEY_ID or AWS_PROFILE",
    "SignatureDoesNotMatch": "our secret key is not the one it knows; look at AWS_SECRET_ACCESS_KEY",
    "ExpiredToken": "our credentials have expired; renew them",
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it (chrony or systemd-timesyncd)",
    "PermanentRedirect": "the bucket is in another region; set AWS_DEFAULT_REGION to it",
    "XMinioStorageFull": "its disks are full; free some room there",
    "SlowDown": "it asks us to be slower; this passes by itself",
}


@contextmanager
def failing(address: str) -> Iterator[None]:
    """An open store that does not do what was asked is lost, whatever the reason."""
    try:
        yield
    except (BotoCoreError, ClientError) as reason:
        forbidden = isinstance(reason, ClientError) and code(reason) == "AccessDenied"
        raise (StoreForbids if forbidden else StoreLost)(_sentence(address, reason)) from reason


@contextmanager
def refusing(address: str) -> Iterator[None]:
    """At opening: no answer is an outage, a negative answer is a refusal."""
    try:
        yield
    except (BotoCoreError, ClientError) as reason:
        kind: type[MainstayError] = StoreLost if _unreachable(reason) else StoreRefused
        raise kind(_sentence(address, reason)) from reason


def code(reason: ClientError) -> str:
    return reason.response.get("Error", {}).get("Code", "")


def status(reason: ClientError) -> int:
    return reason.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _unreachable(reason: BotoCoreError | ClientError) -> bool:
    if isinstance(reason, ClientError):
        return status(reason) >= 500 or code(reason) == "SlowDown"
    return isinstance(reason, HTTPClientError | ConnectionError | IncompleteReadError)


def _sentence(address: str, reason: BotoCoreError | ClientError) -> str:
    if isinstance(reason, ClientError):
        answer = code(reason) or f"HTTP {status(reason)}"
        meaning = _MEANINGS.get(answer) or _MEANINGS.get(str(status(reason))) or str(reason)
        return f"The store {address} answered {answer}: {meaning}."
    if _unreachable(reason):
        return (
            f"The store {address} did not answer in time ({type(reason).__name__})."
            " Whether it kept the last thing is not known; asking again is safe. Look at its server and the network."
        )
    return (
        f"The store {address} could not be asked ({type(reason).__name__}): {reason}. Give credentials the AWS way:"
        " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role."
    )
