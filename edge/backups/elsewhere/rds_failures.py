"""What goes wrong between us and Amazon RDS, as sentences. No credentials ever stand in them."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, NoCredentialsError

from edge.store.s3_failures import code, status
from mainstay.backups.elsewhere.snapshots import SnapshotWish
from mainstay.errors import MainstayError, Transient


class RdsLost(Transient):
    """It did not answer, or could not just now."""


class RdsRefused(MainstayError):
    """It answered, and said no: asking again gives the same answer."""


_RIGHTS = (
    "rds:CreateDBSnapshot, rds:AddTagsToResource, rds:DescribeDBSnapshots, rds:ListTagsForResource and"
    " rds:DeleteDBSnapshot to keep snapshots, rds:DescribeDBInstances and rds:RestoreDBInstanceFromDBSnapshot to bring"
    " one back"
)
_MEANINGS = {
    "DBInstanceNotFound": "there is no such instance; mend instance: or region: under database.snapshots",
    "DBInstanceAlreadyExists": "there is an instance of that name already, and a restore never goes over one; name"
    " another",
    "DBSnapshotNotFound": "there is no such snapshot (any more); choose another set: mainstay backups lists them",
    "InvalidDBInstanceState": "the instance is not available just now: it is changed, stopped or started; the next"
    " full backup asks again",
    "InvalidDBSnapshotState": "the snapshot is still being made or copied; this passes by itself",
    "SnapshotQuotaExceeded": "the account has as many snapshots by hand as it may; delete some, have the quota raised"
    " (Service Quotas), or keep fewer full sets (backups.keep)",
    "InstanceQuotaExceeded": "the account has as many instances as it may; delete one, or have the quota raised",
    "StorageQuotaExceeded": "the account has as much storage as it may; free some, or have the quota raised",
    "InsufficientDBInstanceCapacity": "there is no room for such an instance just now; ask again later",
    "KMSKeyNotAccessible": "the key of its storage is disabled or not ours to use; mend that in KMS",
    "AccessDenied": f"our credentials may not do this; they need {_RIGHTS}",
    "InvalidClientTokenId": "it does not know our access key; mend what login: of database.snapshots refers to",
    "SignatureDoesNotMatch": "our secret key is not the one it knows; mend what login: of database.snapshots refers to",
    "ExpiredToken": "our credentials have expired; renew them",
    "RequestExpired": "this machine's clock is wrong; set it (chrony or systemd-timesyncd)",
    "OptInRequired": "this account may not use that region; enable it, or mend region: under database.snapshots",
    "Throttling": "it asks us to be slower; this passes by itself",
}
_SAME = {
    "AccessDeniedException": "AccessDenied",
    "AuthFailure": "InvalidClientTokenId",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "IncompleteSignature": "SignatureDoesNotMatch",
    "RequestLimitExceeded": "Throttling",
    "ThrottlingException": "Throttling",
}
_PASSING = ("Throttling", "InsufficientDBInstanceCapacity")


@contextmanager
def asking(wish: SnapshotWish) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as reason:
        kind = RdsLost if _passes(reason) else RdsRefused
        raise kind(_sentence(wish, reason)) from reason


def answer(reason: ClientError) -> str:
    """What it answered, by the name under which it is known here: RDS writes some with and some without Fault."""
    said = code(reason)
    return _SAME.get(said) or (said if said in _MEANINGS else said.removesuffix("Fault"))


def _passes(reason: BotoCoreError | ClientError) -> bool:
    if isinstance(reason, ClientError):
        return status(reason) >= 500 or answer(reason) in _PASSING
    return isinstance(reason, HTTPClientError | ConnectionError)


def _sentence(wish: SnapshotWish, reason: BotoCoreError | ClientError) -> str:
    if isinstance(reason, ClientError):
        meaning = _MEANINGS.get(answer(reason)) or reason.response.get("Error", {}).get("Message") or str(reason)
        return f"RDS {wish.region}, asked for {wish.instance}, answered {answer(reason)}: {meaning.rstrip('.')}."
    if _passes(reason):
        return (
            f"RDS {wish.region} did not answer in time ({type(reason).__name__}). Is there such a region? Look at"
            " database.snapshots in the descriptor, and at the network."
        )
    if isinstance(reason, NoCredentialsError):
        return (
            f"RDS {wish.region} was not asked: there are no credentials for it. Describe login: of database.snapshots,"
            " or give this machine a role."
        )
    return f"RDS {wish.region} could not be asked ({type(reason).__name__}): {reason}. Mend that."
