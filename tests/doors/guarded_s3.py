"""Buckets that keep what is in them: with locks, with versions, and for users who may not do everything."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import httpx

from tests.doors import store_rig

NAME = "sets"
PUT_ONLY = (  # as docs/operating.md has it
    "s3:PutObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetObjectRetention",
    "s3:PutObjectRetention",
)


@dataclass(frozen=True)
class Owned:
    """A bucket, looked at by its owner."""

    client: Any
    name: str
    endpoint: str

    @property
    def address(self) -> str:
        return f"s3://{self.name}/here at {self.endpoint}"

    def versions(self, key: str) -> list[Any]:
        found = self.client.list_object_versions(Bucket=self.name, Prefix=f"here/{key}").get("Versions", [])
        return [each for each in found if each["Key"] == f"here/{key}"]

    def retention(self, key: str) -> Any:
        head = self.client.head_object(Bucket=self.name, Key=f"here/{key}")
        return head.get("ObjectLockMode"), head.get("ObjectLockRetainUntilDate")

    def all_keys(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return [each["Key"].removeprefix("here/") for each in found]

    def unfinished(self) -> int:
        return len(self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", []))


@contextmanager
def bucket(endpoint: str, *, locks: bool = False, versions: bool = False, mode: str = "") -> Iterator[Owned]:
    """``mode``: in which it locks what comes without a word."""
    words = {"aws_access_key_id": "owner", "aws_secret_access_key": "owner", "region_name": "us-east-1"}
    client: Any = boto3.client("s3", endpoint_url=endpoint, **words)  # type: ignore[call-overload]
    name = f"{NAME}-{random.randbytes(4).hex()}"
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locks)
    if versions:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if mode:
        rule = {"DefaultRetention": {"Mode": mode, "Days": 1}}
        client.put_object_lock_configuration(
            Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
        )
    try:
        yield Owned(client, name, endpoint)
    finally:
        client.close()


@contextmanager
def strict_server() -> Iterator["Strict"]:
    """One that asks who somebody is and what he may; it ends when we do."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.doors.moto_s3"],
        cwd=store_rig.ROOT,
        env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "1000000"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        yield Strict(server.stdout.readline().strip())
    finally:
        server.stdin.close()
        server.stdout.close()
        server.wait(10)


@dataclass(frozen=True)
class Strict:
    endpoint: str

    @contextmanager
    def bucket_for(self, rights: tuple[str, ...], *, locks: bool = False, versions: bool = False) -> Iterator[Owned]:
        """A bucket; and in the environment, as a user gives them, the keys of somebody who has just these rights."""
        self._ask_nobody(1_000_000)
        with bucket(self.endpoint, locks=locks, versions=versions) as owned, store_rig.environment(self._keys(rights)):
            self._ask_nobody(0)
            try:
                yield owned
            finally:
                self._ask_nobody(1_000_000)

    @contextmanager
    def unasked(self) -> Iterator[None]:
        """The owner looks."""
        self._ask_nobody(1_000_000)
        yield
        self._ask_nobody(0)

    def _keys(self, rights: tuple[str, ...]) -> dict[str, str]:
        words = {"aws_access_key_id": "owner", "aws_secret_access_key": "owner", "region_name": "us-east-1"}
        iam: Any = boto3.client("iam", endpoint_url=self.endpoint, **words)  # type: ignore[call-overload]
        user = random.randbytes(4).hex()
        iam.create_user(UserName=user)
        statement = {"Effect": "Allow", "Action": list(rights), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=user, PolicyName="rights", PolicyDocument=policy)
        made = iam.create_access_key(UserName=user)["AccessKey"]
        iam.close()
        return {
            **store_rig.CREDENTIALS,
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        }

    def _ask_nobody(self, times: int) -> None:
        httpx.post(f"{self.endpoint}/moto-api/reset-auth", content=str(times), trust_env=False)
