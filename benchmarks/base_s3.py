"""A base backup sealed and sent into a bucket, beside barman's own way into one, ``barman-cloud-backup --gzip``.

Both read the same PostgreSQL and write to the same S3 server. Barman reads the data folder itself, with two workers, as
it does by itself; ours is received from the server as pg_basebackup gets it. What is stored is also held against the
bytes of that very tar.
"""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import boto3

from benchmarks.beside.bucket import BUCKET, bucket, place
from benchmarks.beside.programs import of_pypi
from benchmarks.beside.servers import Server, embedded, ground, server
from benchmarks.beside.shelf import Clock, Shelf, new_home
from benchmarks.claim import Claim, Sample, Target
from edge.backups.bases.base import take_base
from edge.backups.bases.clusters import observe_cluster
from edge.backups.pg_tools import find_tools
from mainstay.backups.sets import Base

NAME = "base-s3"
BARMAN, UNPACKED = "barman-cloud-backup --gzip", "the same tar, not packed"
ACCOUNTS, NOTES = 3_000_000, 32_000  # 0.55 GB: barman takes half a minute for it
SECONDS, SIZE, SIZE_BESIDE = "into a bucket", "bytes that are stored", "bytes that are stored, beside barman's"
CLAIMS = (
    Claim(NAME, SECONDS, "s", "less", Target(">=", 15, "ratio"), BARMAN),
    Claim(NAME, SIZE, "MB", "less", Target(">=", 5, "ratio"), UNPACKED),
    Claim(NAME, SIZE_BESIDE, "MB", "less", None, BARMAN),
)


def rounds(n: int) -> Iterator[dict[str, Sample]]:
    with ExitStack() as stack:
        root = stack.enter_context(ground())
        source = stack.enter_context(server(embedded(root / "programs"), root / "server", "summarize_wal=on"))
        source.fill(ACCOUNTS, NOTES)
        endpoint = stack.enter_context(bucket())
        new_home(root / "home")
        barman = of_pypi("bin/barman-cloud-backup")
        for number in range(n):
            seconds, base = _take(Shelf(root / "home", place(endpoint, f"ours-{number}")), source)
            peer = _barman(barman, source, endpoint, f"barman-{number}") if barman else None
            yield {
                SECONDS: Sample(seconds, peer and peer[0]),
                SIZE: Sample(base.piece.bytes / 1e6, base.piece.plain_bytes / 1e6),
                SIZE_BESIDE: Sample(base.piece.bytes / 1e6, peer and peer[1]),
            }


def _take(shelf: Shelf, source: Server) -> tuple[float, Base]:
    cluster, tools = observe_cluster(source.reference, source.reference), find_tools([source.programs])
    taking = shelf.begin("full")
    begun = Clock()
    base, _ = take_base(taking, source.reference, cluster, tools=tools)
    seconds = begun.seconds
    shelf.forget(base.piece)
    return seconds, base


def _barman(program: Path, source: Server, endpoint: str, prefix: str) -> tuple[float, float]:
    """Seconds, and the megabytes that then lie in the bucket."""
    words = [str(program), "--gzip", f"--endpoint-url={endpoint}", f"--host={source.data}", "--user=boss"]
    begun = Clock()
    subprocess.run([*words, f"s3://{BUCKET}/{prefix}", "shop"], check=True, env=source.words)
    seconds = begun.seconds
    client = boto3.client("s3", endpoint_url=endpoint)
    found = client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
    for each in found:
        client.delete_object(Bucket=BUCKET, Key=each["Key"])
    return seconds, sum(each["Size"] for each in found) / 1e6
