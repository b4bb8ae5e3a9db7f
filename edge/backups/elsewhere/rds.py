"""The door to the snapshots that Amazon RDS makes of its servers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from edge import secrets
from edge.backups.elsewhere.rds_failures import RdsRefused, answer, asking
from mainstay.backups.elsewhere.snapshots import CREATING, Seen, SnapshotWish
from mainstay.backups.pg_versions import major

CONNECT_SECONDS = 3
READ_SECONDS = 20
ATTEMPTS = 4
GIGABYTE = 1 << 30
_Told = Mapping[str, Any]  # boto3 has no types for RDS here; what is read of it stands in the functions below


@dataclass(frozen=True)
class Instance:
    """A server as its provider tells of it."""

    name: str
    status: str
    address: str  # host:port; empty: it has none yet


class Rds:
    """No dataclass, on purpose: Prefect walks through those."""

    def __init__(self, wish: SnapshotWish, client: Any) -> None:
        self.wish, self._client = wish, client

    def begin(self, name: str, tags: Mapping[str, str]) -> Seen:
        """One that is there already was begun by a try before this one; ``RdsRefused`` if it is somebody else's."""
        with asking(self.wish):
            try:
                made = self._client.create_db_snapshot(
                    DBSnapshotIdentifier=name, DBInstanceIdentifier=self.wish.instance, Tags=_tags(tags)
                )
                return _seen(made["DBSnapshot"], tags)
            except ClientError as reason:
                if answer(reason) != "DBSnapshotAlreadyExists":
                    raise
        found = self.find(name)
        if found is None or not found.is_ours(tags):
            raise RdsRefused(
                f"The snapshot {name} of {self.wish} has not the tags that ours have, so it is left alone and the set"
                " does not name it. Find out who made it."
            )
        return found

    def find(self, name: str) -> Seen | None:
        """None: there is none."""
        with asking(self.wish):
            try:
                found = self._client.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"]
            except ClientError as reason:
                if answer(reason) == "DBSnapshotNotFound":
                    return None
                raise
            return _seen(found[0], self._tags_of(found[0])) if found else None

    def remove(self, name: str) -> None:
        """Safe to do again."""
        with asking(self.wish):
            try:
                self._client.delete_db_snapshot(DBSnapshotIdentifier=name)
            except ClientError as reason:
                if answer(reason) != "DBSnapshotNotFound":
                    raise

    def instance(self, name: str) -> Instance | None:
        """None: there is none."""
        found = self._described(name)
        if found is None:
            return None
        at = found.get("Endpoint") or {}
        address = f"{at['Address']}:{at.get('Port', 5432)}" if at.get("Address") else ""
        return Instance(name, found["DBInstanceStatus"], address)

    def restore(self, snapshot: Seen, instance: str) -> tuple[str, ...]:
        """Begins it; what a person should know. In the network of the instance that it is a copy of, if that is there:
        RDS would put it where nobody expects it.
        """
        source = self._described(self.wish.instance)
        with asking(self.wish):
            self._client.restore_db_instance_from_db_snapshot(
                DBInstanceIdentifier=instance,
                DBSnapshotIdentifier=snapshot.name,
                PubliclyAccessible=bool(source and source.get("PubliclyAccessible")),
                **(_surroundings(source, snapshot.server) if source else {}),
            )
        if source:
            return (f"it is in the network of {self.wish.instance}, with its security groups",)
        return (
            f"{self.wish.instance} is gone, so it is in the default network, with default parameters: give it yours"
            " before anybody uses it",
        )

    def _described(self, name: str) -> _Told | None:
        with asking(self.wish):
            try:
                found = self._client.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
            except ClientError as reason:
                if answer(reason) == "DBInstanceNotFound":
                    return None
                raise
            return found[0] if found else None

    def _tags_of(self, told: _Told) -> dict[str, str]:
        """Servers that are not the newest tell them only when they are asked."""
        listed = told.get("TagList")
        if not listed:
            listed = self._client.list_tags_for_resource(ResourceName=told["DBSnapshotArn"])["TagList"]
        return {each["Key"]: each["Value"] for each in listed}


def open_rds(wish: SnapshotWish) -> Rds:
    with asking(wish):
        session = boto3.session.Session(
            aws_access_key_id=secrets.look_up(wish.login[0]) if wish.login else None,
            aws_secret_access_key=secrets.resolve(wish.login[1]).reveal() if wish.login else None,
            region_name=wish.region,
        )
        client: Any = session.client(
            "rds",
            endpoint_url=wish.endpoint,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            ),
        )
    return Rds(wish, client)


def _tags(words: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": word} for name, word in words.items()]


def _seen(told: _Told, tags: Mapping[str, str]) -> Seen:
    return Seen(
        told["DBSnapshotIdentifier"],
        told.get("Status") or CREATING,
        tags,
        told.get("OriginalSnapshotCreateTime") or told.get("SnapshotCreateTime"),
        int(told.get("AllocatedStorage") or 0) * GIGABYTE,
        told.get("EngineVersion") or "",
        told.get("PercentProgress"),
    )


def _surroundings(source: _Told, server: str) -> dict[str, Any]:
    """Parameters are of one major version, and the instance may have another one by now."""
    groups = [each["VpcSecurityGroupId"] for each in source.get("VpcSecurityGroups", ())]
    subnets = (source.get("DBSubnetGroup") or {}).get("DBSubnetGroupName")
    alike = major(source.get("EngineVersion", "")) == major(server)
    parameters = [each["DBParameterGroupName"] for each in source.get("DBParameterGroups", ()) if alike]
    return {
        **({"VpcSecurityGroupIds": groups} if groups else {}),
        **({"DBSubnetGroupName": subnets} if subnets else {}),
        **({"DBParameterGroupName": parameters[0]} if parameters else {}),
    }
