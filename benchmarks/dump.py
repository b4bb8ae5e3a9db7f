"""A database of 1 GB dumped, sealed and stored, beside ``pg_dump | gzip``.

Ours are the doors the flow uses. Into a folder the peer is that line into a file; into a bucket it is that file, then
sent by boto3. The S3 server, moto, is busy on the same cores for as long as pg_dump is, for both alike, so the figures
of a bucket have a lower target. Ours into a bucket runs in a process of its own, whose memory and writes to disk, with
those of its pg_dump, are counted by the kernel.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import boto3
import psutil

from benchmarks.beside.bucket import BUCKET, bucket, place
from benchmarks.beside.programs import pg0
from benchmarks.beside.servers import Server, embedded, ground, server
from benchmarks.beside.shelf import Clock, Shelf, new_home
from benchmarks.claim import Claim, Sample, Target
from edge.backups.dumps.taking import dumping
from edge.backups.pg_tools import find_tools
from edge.backups.sealing import Readable
from mainstay.backups.sets import Piece

NAME = "dump"
GZIP, GZIP_SENT = "pg_dump | gzip", "pg_dump | gzip, then boto3 upload_file"
LOOKED_AFTER = 100  # reads
ACCOUNTS, NOTES = 6_000_000, 65_000  # 1.1 GB
PACKED, PLAIN = "a pg_dump that packs with zstd", "the pg_dump that comes with Mainstay"
FOLDER = {PACKED: f"into a folder, {PACKED}", PLAIN: f"into a folder, {PLAIN}"}
SENT = {PACKED: f"into a bucket, {PACKED}", PLAIN: f"into a bucket, {PLAIN}"}
SIZE, DATABASE = "bytes that are stored", "size of the database"
MEMORY, WRITTEN = "memory on the way into a bucket", "written to disks on the way into a bucket"
CLAIMS = (
    Claim(NAME, FOLDER[PACKED], "s", "less", Target(">=", 5, "ratio"), GZIP),
    Claim(NAME, FOLDER[PLAIN], "s", "less", Target(">=", 3, "ratio"), GZIP),
    Claim(NAME, SENT[PACKED], "s", "less", Target(">=", 3, "ratio"), GZIP_SENT),
    Claim(NAME, SENT[PLAIN], "s", "less", Target(">=", 3, "ratio"), GZIP_SENT),
    Claim(NAME, SIZE, "MB", "less", Target(">=", 1, "ratio"), GZIP),
    Claim(NAME, DATABASE, "MB", "more", Target(">=", 1000, "ours"), None),
    Claim(NAME, MEMORY, "MB", "less", Target("<=", 150, "ours"), None, worst=True),
    Claim(NAME, WRITTEN, "MB", "less", Target("<=", 1, "ours"), None, worst=True),
)


def rounds(n: int) -> Iterator[dict[str, Sample]]:
    with ExitStack() as stack:
        root = stack.enter_context(ground())
        programs = embedded(root / "programs")
        tools = {PLAIN: programs, **({PACKED: packed} if (packed := pg0(root)) else {})}
        database = stack.enter_context(server(programs, root / "server"))
        database.fill(ACCOUNTS, NOTES)
        endpoint = stack.enter_context(bucket())
        new_home(root / "home")
        for number in range(n):
            yield _round(root, database, tools, endpoint, number)


def _round(root: Path, database: Server, tools: dict[str, Path], endpoint: str, number: int) -> dict[str, Sample]:
    zipped = root / "dump.gz"
    packing, size = _gzip(database, zipped), zipped.stat().st_size / 1e6
    found = {DATABASE: Sample(database.bytes() / 1e6, None)}
    memory, written = [0.0], [0.0]
    for kind, folder in tools.items():
        shelf = Shelf(root / "home", str(root / "store"))
        seconds, piece = _take(shelf, database.reference, folder)
        shelf.forget(piece)
        found[FOLDER[kind]] = Sample(seconds, packing)
        found[SIZE] = Sample(piece.bytes / 1e6, size)
    sending = _send(zipped, endpoint)  # all that the server keeps and drops comes after what needs no server
    zipped.unlink()
    for kind, folder in tools.items():
        sent = _take_in_a_process(root, database.reference, place(endpoint, f"{number}-{folder.parent.name}"), folder)
        found[SENT[kind]] = Sample(sent["seconds"], packing + sending)
        memory.append(sent["memory"])
        written.append(sent["written"])
    nothing = Sample(float("nan"), None)
    return {
        **{metric: found.get(metric, nothing) for metric in (*FOLDER.values(), *SENT.values(), SIZE, DATABASE)},
        MEMORY: Sample(max(memory), None),
        WRITTEN: Sample(max(written), None),
    }


def _begun() -> Clock:
    """What others left to be written is nobody's to wait for: ours ends when it is on the disk."""
    os.sync()
    return Clock()


def _gzip(database: Server, target: Path) -> float:
    begun = _begun()
    with target.open("wb") as out:
        dump = subprocess.Popen([str(database.programs / "pg_dump")], env=database.words, stdout=subprocess.PIPE)
        gzip = subprocess.Popen(["gzip"], stdin=dump.stdout, stdout=out)
        assert dump.stdout is not None
        dump.stdout.close()
        assert (dump.wait(), gzip.wait()) == (0, 0)
    return begun.seconds


def _send(file: Path, endpoint: str) -> float:
    client = boto3.client("s3", endpoint_url=endpoint)
    begun = _begun()
    client.upload_file(str(file), BUCKET, "dump.gz")
    seconds = begun.seconds
    client.delete_object(Bucket=BUCKET, Key="dump.gz")
    return seconds


def _take(shelf: Shelf, reference: str, programs: Path, watched: "_Watched | None" = None) -> tuple[float, Piece]:
    tools = find_tools([programs])
    taking = shelf.begin("database")
    begun = _begun()
    with dumping(reference, tools=tools) as dump:
        plain = watched.passing(dump) if watched else dump
        piece, _ = taking.keep("database.dump.zst.age", plain, dump.finish, packed=dump.packed, slow=True)
    return begun.seconds, piece


class _Watched:
    """How much memory the children of this process have taken so far, looked at now and then while bytes pass."""

    def __init__(self) -> None:
        self.theirs = [0]
        self._reads = 0

    def passing(self, plain: Readable) -> Readable:
        self._plain = plain
        return self

    def read(self, size: int = -1, /) -> bytes:
        self._reads += 1
        if self._reads % LOOKED_AFTER == 1:
            self.theirs.append(sum(_peak_kilobytes(str(each.pid)) for each in psutil.Process().children()))
        return self._plain.read(size)


def _take_in_a_process(root: Path, reference: str, address: str, programs: Path) -> dict[str, float]:
    words = [sys.executable, "-m", "benchmarks.dump", str(root / "home"), address, reference, str(programs)]
    told = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(told.stdout)
    return found


def _measured(home: str, address: str, reference: str, programs: str) -> None:
    """In a process of its own. What its children wrote counts as its own when they have ended."""
    shelf = Shelf(Path(home), address)
    watched = _Watched()
    seconds, piece = _take(shelf, reference, Path(programs), watched)
    shelf.forget(piece)
    memory = (_peak_kilobytes("self") + max(watched.theirs)) / 1e3
    written = psutil.Process().io_counters().write_bytes / 1e6
    sys.stdout.write(json.dumps({"seconds": seconds, "memory": memory, "written": written}))
    sys.stdout.flush()
    os._exit(0)


def _peak_kilobytes(process: str) -> int:
    """0: it has ended."""
    found = [line for line in Path("/proc", process, "status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(found[0].split()[1]) if found else 0


if __name__ == "__main__":
    _measured(*sys.argv[1:])
