"""A managed server at moto's, a shop whose database it is, and the snapshots that its full sets name."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from edge import private
from edge.backups.elsewhere.rds import Rds, open_rds
from mainstay.backups.elsewhere.snapshots import SnapshotWish, snapshot_name
from tests.doors import store_rig
from tests.doors.backups import elsewhere_rig
from tests.doors.backups.moody_rds import Way
from tests.doors.backups.shop_rig import WHERE, Shop, shop

REGION = "eu-central-1"


@dataclass(frozen=True)
class Account:
    """Looked at by its owner, past whatever stands between."""

    client: Any
    instance: str

    @classmethod
    def new(cls) -> "Account":
        words = {"region_name": REGION, "aws_access_key_id": "a", "aws_secret_access_key": "b"}
        client: Any = boto3.client("rds", endpoint_url=store_rig.s3_server(), **words)  # type: ignore[call-overload]
        made = cls(client, f"shop-{random.randbytes(4).hex()}-production")
        client.create_db_instance(
            DBInstanceIdentifier=made.instance, Engine="postgres", EngineVersion="15.4", DBInstanceClass="db.t3.micro",
            AllocatedStorage=20, MasterUsername="boss", MasterUserPassword="of-no-use-1",
        )  # fmt: skip
        return made

    @property
    def mine(self) -> str:
        """A name for one, which no other test has."""
        return f"of-{self.instance}"

    def wish(self, way: Way) -> SnapshotWish:
        return SnapshotWish(self.instance, REGION, way.endpoint)

    def rds(self, way: Way) -> Rds:
        return open_rds(self.wish(way))

    def snapshots(self) -> list[str]:
        found = self.client.describe_db_snapshots(DBInstanceIdentifier=self.instance, SnapshotType="manual")
        return [each["DBSnapshotIdentifier"] for each in found["DBSnapshots"]]

    def tags(self, name: str) -> dict[str, str]:
        (found,) = self.client.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"]
        return {each["Key"]: each["Value"] for each in found["TagList"]}

    def snapshot_of(self, set: str) -> str:
        return snapshot_name(*WHERE, set)


@contextmanager
def managed_shop(root: Path, account: Account, way: Way, database: str) -> Iterator[Shop]:
    """``database``: the address of a PostgreSQL that stands in for the one at the provider."""
    with store_rig.environment(store_rig.CREDENTIALS), shop(root) as made:
        private.write(root / "address-production", database, durable=False)
        elsewhere_rig.describe(made, f"snapshots: {{{said_of(account, way)}}}")
        yield made


def said_of(account: Account, way: Way) -> str:
    instance = account.instance.replace("production", "{environment}")
    return f'instance: "{instance}", region: {REGION}, endpoint: "{way.endpoint}"'
