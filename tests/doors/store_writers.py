"""Processes that write to a store, race there and die there: ``python -m tests.doors.store_writers WORD …``.

Such a process forks the writers before anything else runs in it.
"""

import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from edge.store import open_place, s3
from edge.store.port import Published, Store
from mainstay.store import MEBIBYTE
from tests.doors.store_rig import content

assert s3  # loaded before anything forks: sixteen times half a second would be the whole test


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
    "kill-writers": _kill_writers,
    "race-publish": _race_publish,
    "race-swap": _race_swap,
    "race-delete": _race_delete,
    "upload-memory": _upload_memory,
    "upload-until-killed": _upload_until_killed,
}

if __name__ == "__main__":
    DRIVERS[sys.argv[1]](*sys.argv[2:])
