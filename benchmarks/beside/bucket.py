"""An S3 server in a process of its own, with one bucket, as our tests use it too."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import boto3

BUCKET = "mainstay"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAKEY1234", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
CODE = (
    "import sys, threading; from moto.server import ThreadedMotoServer\n"
    "server = ThreadedMotoServer('127.0.0.1', 0, verbose=False); server.start()\n"
    "print('http://%s:%d' % server.get_host_and_port(), flush=True); sys.stdin.read()"
)


@contextmanager
def bucket() -> Iterator[str]:
    """Its endpoint. The credentials are in our environment from then on."""
    os.environ.update(CREDENTIALS)
    with subprocess.Popen(
        [sys.executable, "-c", CODE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as serving:
        assert serving.stdout is not None
        try:
            endpoint = serving.stdout.readline().strip()
            boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=BUCKET)
            yield endpoint
        finally:
            serving.kill()


def place(endpoint: str, prefix: str) -> str:
    """The address of a store in it."""
    return f"s3://{BUCKET}/{prefix} at {endpoint}"
