"""Places to keep things, and processes that write there, race there and die there.

``python -m tests.doors.store_rig WORD …`` is such a process: it forks the writers before anything else runs in it.
"""

import atexit
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import boto3

from edge.store import open_place, s3
from edge.store.port import Published, Store
from mainstay.store import MEBIBYTE

assert s3  # loaded before anything forks: sixteen times half a second would be the whole test
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
        [sys.executable, "-m", "tests.doors.store_rig", "serve"],
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
    argv = [sys.executable, "-m", "tests.doors.store_rig", *words]
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
    server.wait(10)


def _serve() -> None:
    """moto checks a condition and writes in two steps; an S3 server does both at once, so one request at a time."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    application, alone = DomainDispatcherApplication(create_backend_app), threading.Lock()

    def one_at_a_time(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
        with alone:
            return list(application(environ, start_response))

    server = make_server("127.0.0.1", 0, one_at_a_time, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.port}\n")
    sys.stdout.flush()
    sys.stdin.read()


def _kill_writers(address: str, writers: str, seed: str) -> None:
    chance = random.Random(seed)
    waiting = list(range(int(writers)))
    while waiting:
        batch, waiting = waiting[:4], waiting[4:]
        for pid, ready in [_fork_writer(address, f"killed/{seed}/{number}") for number in batch]:
            os.read(ready, 1)  # it has begun to write
            os.close(ready)
            time.sleep(chance.uniform(0, 0.06))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _fork_writer(address: str, folder: str) -> tuple[int, int]:
    """It writes until it is killed, and says when it begins."""
    ready, begun = os.pipe()
    pid = os.fork()
    if pid == 0:
        _write_for_ever(open_place(address), folder, begun)
    os.close(begun)
    return pid, ready


def _write_for_ever(store: Store, folder: str, begun: int) -> None:
    objects = [(key, content(key)) for key in (f"{folder}/{number}" for number in range(8))]
    os.write(begun, b"!")
    for number, (key, data) in enumerate(objects):
        if number % 2:
            with store.upload(key) as upload:
                upload.write(data)
                upload.commit()
        else:
            store.publish(key, data)
    signal.pause()


def _race(address: str, processes: str, racer: Callable[[Store, int, Callable[[], object]], list[object]]) -> None:
    """Start all at once, wait for all, say what each says."""
    context = get_context("fork")
    barrier = context.Barrier(int(processes))
    with tempfile.TemporaryDirectory() as folder:

        def run(number: int) -> None:
            said = racer(open_place(address), number, lambda: barrier.wait(60))
            (Path(folder) / str(number)).write_text(json.dumps(said))

        racers = [context.Process(target=run, args=(number,)) for number in range(int(processes))]
        for process in racers:
            process.start()
        for process in racers:
            process.join()
        said = [json.loads((Path(folder) / str(number)).read_text()) for number in range(len(racers))]
    sys.stdout.write(json.dumps(said))


def _race_publish(address: str, processes: str, rounds: str) -> None:
    def racer(store: Store, number: int, together: Callable[[], object]) -> list[object]:
        answers: list[object] = []
        for turn in range(int(rounds)):
            together()
            answers.append(store.publish(f"race/{turn}", f"{number}".encode()).value)
        return answers

    _race(address, processes, racer)


def _race_swap(address: str, processes: str, steps: str) -> None:
    """Count up together: who swaps n for n + 1 says n + 1."""

    def racer(store: Store, number: int, together: Callable[[], object]) -> list[object]:
        won: list[object] = []
        together()
        while True:
            found = store.read("chain")
            next_one = int(found.data.split()[0]) + 1 if found else 1
            if next_one > int(steps):
                return won
            mark = f"{next_one} by {number}".encode()
            if store.swap("chain", mark, expected=found.version if found else None) is not None:
                won.append(next_one)

    _race(address, processes, racer)


def _race_delete(address: str, processes: str, rounds: str) -> None:
    """Each makes and removes its own key in the folder of all."""

    def racer(store: Store, number: int, together: Callable[[], object]) -> list[object]:
        together()
        answers: list[object] = []
        for _ in range(int(rounds)):
            answers.append(store.publish(f"one/folder/of/{number}", b"x").value)
            store.delete(f"one/folder/of/{number}")
        return answers

    _race(address, processes, racer)


def _upload_memory(address: str, large_mebibytes: str) -> None:
    """The greatest memory this process ever needed, after a small upload and after a large one."""
    store, chunk, peaks = open_place(address), bytes(300_000), []
    for size in (32, int(large_mebibytes)):
        with store.upload(f"memory/{size}") as upload:
            for _ in range(size * MEBIBYTE // len(chunk)):
                upload.write(chunk)
            assert upload.commit() is Published.CREATED
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    sys.stdout.write(json.dumps(peaks))


def _upload_until_killed(address: str, key: str) -> None:
    with open_place(address).upload(key) as upload:
        upload.write(bytes(9 * MEBIBYTE))
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        signal.pause()


DRIVERS: dict[str, Callable[..., None]] = {
    "serve": _serve,
    "kill-writers": _kill_writers,
    "race-publish": _race_publish,
    "race-swap": _race_swap,
    "race-delete": _race_delete,
    "upload-memory": _upload_memory,
    "upload-until-killed": _upload_until_killed,
}

if __name__ == "__main__":
    DRIVERS[sys.argv[1]](*sys.argv[2:])
