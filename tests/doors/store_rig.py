"""Places to keep things, and what must be true of them after others raced and died there."""

import atexit
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import boto3

from edge.store.port import Published, Store
from mainstay.store import MEBIBYTE

ROOT = Path(__file__).parents[2]
KINDS = ("directory", "s3")
BUCKET = "mainstay"
KILLED_SIZE = MEBIBYTE  # long enough in the writing that many die in it
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAKEY1234", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def place(kind: str, folder: Path) -> Iterator[str]:
    """The address of a new empty store; for S3 with credentials in the environment, as a user gives them."""
    if kind == "directory":
        yield str(folder / "store")
        return
    with environment(CREDENTIALS):
        yield f"s3://{BUCKET}/{random.randbytes(4).hex()} at {s3_server()}"


@contextmanager
def environment(words: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in words}
    os.environ.update(words)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@cache
def s3_server() -> str:
    """One for all tests of this process: a process of its own that ends when ours does, however ours does."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.doors.moto_s3"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    atexit.register(_stop, server)
    endpoint = server.stdout.readline().strip()
    client = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id="a", aws_secret_access_key="b")
    client.create_bucket(Bucket=BUCKET)
    client.close()
    return endpoint


def drive(*words: str) -> str:
    """Run a driver to its end; what it says."""
    argv = [sys.executable, "-m", "tests.doors.store_writers", *words]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    return done.stdout


def content(key: str, size: int = KILLED_SIZE) -> bytes:
    """What a writer puts under this key, now and in every retry."""
    return random.Random(key).randbytes(size)


def check_killed(store: Store, *, writers: int, seed: str) -> None:
    """Whole or absent is every object; and every writer, had it lived, would know its own."""
    standing = [entry.key for entry in store.listing(f"killed/{seed}")]
    assert 0 < len(standing) < 8 * writers, "nobody was killed in mid-write"
    for key in standing:
        assert store.publish(key, content(key)) is Published.MINE, f"{key} is not what its writer wrote"
    for number in range(writers):
        keys = [f"killed/{seed}/{number}/{part}" for part in range(8)]
        missing = [key for key in keys if key not in standing]
        assert missing == keys[8 - len(missing) :], "written in this order"
        if missing and number % 10 == 0:
            assert store.publish(missing[0], content(missing[0])) is Published.CREATED


def check_race(store: Store, said: list[list[str]], rounds: int) -> None:
    for turn in range(rounds):
        answers = [of_one[turn] for of_one in said]
        found = store.read(f"race/{turn}")
        assert found is not None
        assert answers.count(Published.CREATED) == 1
        assert answers.count(Published.ANOTHERS) == len(said) - 1
        assert answers[int(found.data)] == Published.CREATED, "the winner's bytes stand there"


def _stop(server: "subprocess.Popen[str]") -> None:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.close()
    server.stdout.close()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:  # on a busy machine it has much to take leave of
        server.kill()
