"""Sets of one bucket, taken and brought back by the doors alone; the bucket is on a real S3 server."""

import random
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from edge import clock
from edge.backups import catalogue
from edge.backups.buckets.bucket import OpenBucket, open_bucket
from edge.backups.buckets.restores import lay_out_bucket
from edge.backups.buckets.taking import BucketTaking
from edge.backups.files import indexes
from edge.backups.keyring import Keyring, keyring
from edge.backups.opening import LaidOut, Opened, fresh
from edge.backups.redis.copies import copying
from edge.backups.taking import Taking
from edge.store import open_place
from edge.store.port import Store
from mainstay.backups import sets
from mainstay.backups.buckets.names import Names, key_of
from mainstay.backups.plans import BucketWish
from mainstay.backups.restores import bucket_layers, chain
from mainstay.backups.sets import BackupSet, Kind, RedisCopy
from mainstay.store import Bucket
from tests.doors import store_rig

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SYSTEM, ENVIRONMENT, NAME, REMEMBERED = "shop", "production", "attachments", "attachments.bucket"


def client() -> "S3Client":
    return boto3.client("s3", endpoint_url=store_rig.s3_server(), aws_access_key_id="a", aws_secret_access_key="b")


@dataclass
class BucketShelf:
    """A bucket that is kept, a home with its keys, and a store."""

    home: Path
    store: Store
    place: Bucket
    s3: "S3Client"
    taken: list[BackupSet] = field(default_factory=list)

    @classmethod
    def at(cls, root: Path, prefix: str = "") -> "BucketShelf":
        """On a new and empty bucket; with the machine's own role."""
        s3, name = client(), f"shop-{random.randbytes(4).hex()}"
        s3.create_bucket(Bucket=name)
        place = Bucket(name, prefix, store_rig.s3_server())
        shelf = cls(root / "home", open_place(str(root / "store")), place, s3)
        shelf.keys.new_recovery_key()
        return shelf

    @property
    def keys(self) -> Keyring:
        return keyring(self.home)

    @property
    def opened(self) -> Opened:
        return Opened(self.store, self.keys.proving_key(), self.home)

    def bucket(self, place: Bucket | None = None) -> OpenBucket:
        return open_bucket(BucketWish(NAME, place or self.place, None))

    def put(self, key: str, data: bytes, **more: object) -> None:
        folder = f"{self.place.prefix}/" if self.place.prefix else ""
        self.s3.put_object(Bucket=self.place.name, Key=folder + key, Body=data, **more)  # type: ignore[arg-type]

    def remove(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.place.name, Key=key)

    def begin(self, parent: BackupSet | None = None, bucket: OpenBucket | None = None) -> BucketTaking:
        id = sets.new_id(_kind(parent), clock.now(), clock.new_nonce())
        taking = Taking(self.store, SYSTEM, ENVIRONMENT, id, clock.now(), self.keys.sealed_to())
        known = indexes.recall(self.home, SYSTEM, ENVIRONMENT, parent.id, REMEMBERED) if parent else None
        return BucketTaking(taking, NAME, bucket or self.bucket(), known)

    def finish(self, bucket: BucketTaking, parent: BackupSet | None = None, redis: str = "") -> BackupSet:
        bucket.read_again()
        found, index = bucket.finish()
        taking, kind = bucket.taking, _kind(parent)
        made = BackupSet(
            taking.id, SYSTEM, ENVIRONMENT, kind, taking.begun_at, taking.moment, clock.now(), "anna", None, None,
            descriptor=taking.small("descriptor.yaml", b"name: shop\n"), parent=parent.id if parent else None,
            depth=parent.depth + 1 if parent else 0, buckets=(found,),
            redis=_redis(taking, redis) if redis else None,
        )  # fmt: skip
        indexes.remember(self.home, SYSTEM, ENVIRONMENT, made.id, REMEMBERED, index)
        catalogue.publish(self.store, self.keys.writer, made)
        self.taken.append(made)
        return made

    def take(self, parent: BackupSet | None = None, redis: str = "") -> BackupSet:
        bucket = self.begin(parent)
        bucket.read()
        return self.finish(bucket, parent, redis)

    def bring_back(self, made: BackupSet, into: Path) -> LaidOut:
        layers = bucket_layers(chain({each.id: each for each in self.taken}, made.id), NAME)
        with fresh(into) as place:
            return lay_out_bucket(self.opened, layers, place)


def _redis(taking: Taking, address: str) -> RedisCopy:
    with copying(address) as coming:
        piece, found = taking.keep("redis.rdb.zst.age", coming, coming.finish)
    return RedisCopy(piece, found.server, found.keys)


def _kind(parent: BackupSet | None) -> Kind:
    return "incremental" if parent else "full"


def held(bucket: OpenBucket) -> dict[str, tuple[object, ...]]:
    """All that is in it, and what of it a backup must bring back."""
    found = dict[str, tuple[object, ...]]()
    for path in bucket.look(Names()).marks:
        key = key_of(path)
        each = bucket.find(key, path)
        assert each is not None
        with closing(each.body):
            content = b"".join(bucket.chunks(each))
        found[key] = (content, dict(each.words.headers), dict(each.words.metadata), dict(each.words.tags))
    return found
