"""A bucket that a system writes to: where it is, and why one is not backed up."""

from mainstay.errors import BadInput
from mainstay.store import BACKUPS, Bucket, one_bucket, read_place

SCHEME = "s3://"


def read_bucket(address: str, endpoint: str | None) -> Bucket:
    """``address``: ``s3://bucket/prefix``. A prefix may be called as no key of ours may."""
    name, _, prefix = address.removeprefix(SCHEME).partition("/")
    if not address.startswith(SCHEME) or not name:
        raise BadInput(f"{address!a} is no bucket. Nothing was done. Write s3://bucket, or s3://bucket/prefix.")
    return Bucket(name, prefix.strip("/"), endpoint)


def refuse_store_in(bucket: Bucket, backups: str, endpoint: str | None, setting: str = BACKUPS) -> None:
    """Every set would hold all sets before it. ``backups``: where sets are kept; ``setting``: what names that place."""
    store = read_place(backups, endpoint, setting=setting)
    if (
        isinstance(store, Bucket)
        and one_bucket(store, bucket)
        and (_within(store.prefix, bucket.prefix) or _within(bucket.prefix, store.prefix))
    ):
        raise BadInput(store_inside(bucket, setting))


def store_inside(bucket: Bucket, setting: str = BACKUPS) -> str:
    return (
        f"{setting}: sets are kept in {bucket}, which is backed up itself, so each would hold all sets before it."
        " Name a bucket of its own for them, best with another provider."
    )


def _within(inner: str, outer: str) -> bool:
    return not outer or inner == outer or inner.startswith(f"{outer}/")
