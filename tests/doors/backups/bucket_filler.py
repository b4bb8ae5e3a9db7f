"""Brings a Redis and a bucket back, until somebody kills it. Its words: a folder with an RDB, one with a bucket that
was laid out, the reference of an empty Redis, the bucket and its server.
"""

import sys
from hashlib import sha256
from pathlib import Path

from edge.backups.buckets import restores as bucket_restores
from edge.backups.buckets.bucket import open_bucket
from edge.backups.opening import LaidOut
from edge.backups.redis import restores as redis_restores
from edge.backups.redis.scratch import scratch_redis
from edge.redis_talk import talking
from mainstay.backups.plans import BucketWish
from mainstay.store import Bucket
from tests.doors.backups.bucket_rig import NAME


def main(rdb: Path, laid: Path, redis: str, bucket: str, endpoint: str) -> None:
    with scratch_redis(rdb) as scratch, talking(redis) as target:
        redis_restores.pour(scratch, target, ())
    folder = laid / f"{NAME}.bucket"
    files = [path for path in folder.rglob("*") if path.is_file()]
    hashes = {str(each.relative_to(folder)).encode(): sha256(each.read_bytes()).hexdigest() for each in files}
    place = Bucket(bucket, "back", endpoint)
    there = LaidOut()
    there.sums.update(hashes)
    bucket_restores.fill(open_bucket(BucketWish(NAME, place, None)), laid, NAME, there)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
