"""A durable fact in our store, beside what a user would use instead."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from statistics import median

import boto3
from botocore.config import Config

from benchmarks.beside.bucket import BUCKET, bucket
from benchmarks.claim import Claim, Sample, Target
from edge.store import open_place
from edge.store.port import Store

FACTS = 100  # in one round
WRITERS = 20  # killed in one round
FACT = b'{"kind": "Fact", "nonce": "0123456789abcdef", "value": {"what": "' + b"x" * 300 + b'"}}\n'
KILLED_SIZE = 1 << 20

SQLITE = "sqlite3, synchronous=FULL, rollback journal, one row a fact"
CLAIMS = (
    Claim("store", "durable publish, directory", "ms", "less", Target(">=", 1, "ratio"), SQLITE),
    Claim("store", "durable swap, directory", "ms", "less", Target(">=", 0.6, "ratio"), SQLITE),
    Claim(
        "store",
        f"short objects, {WRITERS} SIGKILLed writers a round",
        "objects",
        "less",
        Target("==", 0, "ours"),
        "open() and write() to the final name",
        count=True,
    ),
    Claim("store", "publish, S3", "ms", "less", Target(">=", 0.8, "ratio"), "boto3 put_object without condition"),
)


def rounds(n: int) -> Iterator[dict[str, Sample]]:
    folder = Path(tempfile.mkdtemp(prefix="bench-store-"))
    try:
        with bucket() as endpoint:
            for number in range(n):
                place = folder / str(number)
                place.mkdir()
                yield dict(zip((claim.metric for claim in CLAIMS), _samples(place, endpoint, number), strict=True))
    finally:
        shutil.rmtree(folder)


def _samples(place: Path, endpoint: str, number: int) -> list[Sample]:
    store = open_place(str(place / "store"))
    bucket = open_place(f"s3://{BUCKET}/{number} at {endpoint}")
    return [
        _milliseconds(_publish(store), _insert(place / "insert.db")),
        _milliseconds(_swap(store), _update(place / "update.db")),
        Sample(_killed(place, "store", number), _killed(place, "file", number)),
        _milliseconds(_publish(bucket), _put(endpoint, number)),
    ]


def _milliseconds(ours: Callable[[int], object], peer: Callable[[int], object]) -> Sample:
    """By turns, fact by fact: whatever else the machine does meets both alike."""
    taken: list[tuple[float, float]] = []
    for number in range(FACTS + 1):
        taken.append((_taken(ours, number), _taken(peer, number)))
    mine, others = zip(*taken[1:], strict=True)  # what is paid once is not the claim
    return Sample(median(mine) * 1000, median(others) * 1000)


def _taken(act: Callable[[int], object], number: int) -> float:
    begun = time.perf_counter()
    act(number)
    return time.perf_counter() - begun


def _publish(store: Store) -> Callable[[int], object]:
    return lambda number: store.publish(f"facts/{number}.json", FACT)


def _swap(store: Store) -> Callable[[int], object]:
    version = store.swap("turn", FACT, expected=None)

    def act(number: int) -> None:
        nonlocal version
        version = store.swap("turn", FACT + b"%d" % number, expected=version)
        assert version is not None

    return act


def _insert(path: Path) -> Callable[[int], object]:
    database = _sqlite(path)
    return lambda number: database.execute("INSERT INTO fact VALUES (?, ?)", (f"facts/{number}.json", FACT))


def _update(path: Path) -> Callable[[int], object]:
    """The same comparison with what was read before."""
    database = _sqlite(path)
    database.execute("INSERT INTO fact VALUES ('turn', ?)", (FACT,))
    seen = FACT

    def act(number: int) -> None:
        nonlocal seen
        new = FACT + b"%d" % number
        changed = database.execute("UPDATE fact SET data = ? WHERE key = 'turn' AND data = ?", (new, seen))
        assert changed.rowcount == 1
        seen = new

    return act


def _sqlite(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE fact (key TEXT PRIMARY KEY, data BLOB)")
    return database


def _put(endpoint: str, number: int) -> Callable[[int], object]:
    client = boto3.client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}))
    return lambda fact: client.put_object(Bucket=BUCKET, Key=f"plain/{number}/{fact}.json", Body=FACT)


def _killed(place: Path, kind: str, seed: int) -> float:
    """How many objects stand short under their name after every writer was killed at a random moment."""
    folder, chance = place / kind, random.Random(seed)
    for writer in range(WRITERS):
        argv = [sys.executable, "-m", "benchmarks.store", kind, str(folder), str(writer)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.02))
            process.kill()
    return sum(not _whole(path.read_bytes()) for path in folder.rglob("object-*"))


def _whole(data: bytes) -> bool:
    return len(data) == 32 + KILLED_SIZE and sha256(data[32:]).digest() == data[:32]


def _write_until_killed(kind: str, folder: str, writer: str) -> None:
    body = random.Random(writer).randbytes(KILLED_SIZE)
    data = sha256(body).digest() + body
    write = _into_store(folder, data) if kind == "store" else _into_file(folder, data)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    for number in range(1000):
        write(f"object-{writer}-{number}")
    signal.pause()


def _into_store(folder: str, data: bytes) -> Callable[[str], object]:
    store = open_place(folder)
    return lambda name: store.publish(name, data)


def _into_file(folder: str, data: bytes) -> Callable[[str], object]:
    Path(folder).mkdir(exist_ok=True)
    return lambda name: (Path(folder) / name).write_bytes(data)


if __name__ == "__main__":
    _write_until_killed(*sys.argv[1:])
