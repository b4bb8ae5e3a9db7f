"""Takes set after set of a bucket and a Redis that change, until somebody is killed. Its words: a folder of ours, the
bucket, its server, and the reference of the Redis.
"""

import sys
from itertools import count
from pathlib import Path

import boto3

from edge import clock
from edge.redis_talk import talking
from edge.store import open_place
from mainstay.store import Bucket
from tests.doors.backups.bucket_rig import BucketShelf

CHAIN = 4


def main(root: Path, bucket: str, endpoint: str, redis: str) -> None:
    s3 = boto3.client("s3", endpoint_url=endpoint)
    shelf = BucketShelf(root / "home", open_place(str(root / "store")), Bucket(bucket, "", endpoint), s3)
    parent = None
    for number in count():
        content = f"{clock.new_nonce()} {number}\n" * 20_000
        shelf.put("changes", content.encode())
        with talking(redis) as talk:
            talk.ask("SET", f"changes:{number}", content)
        parent = shelf.take(parent if number % CHAIN else None, redis)
        sys.stdout.write(f"{parent.id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
