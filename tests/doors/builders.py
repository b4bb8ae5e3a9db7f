"""Processes that resolve, build and place: ``python -m tests.doors.builders WORD …``; ``kill N STEP WORD …`` kills N of
them, each a step later than the one before, and tells what it then finds.

Such a process forks them before anything else runs in it: Python's own start would take longer than their work.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from edge import builds, release_folders
from tests.doors.build_rig import Source, installation, mirrored, shop, work


def _resolve(folder: str, source: str, version: str) -> None:
    mirrored(Source(Path(source)), Path(folder)).resolve(version)


def _build(folder: str, source: str, commit: str, stages: str) -> None:
    builds.build(work(installation(Path(folder)), shop(Source(Path(source)), stages=stages), commit))


def _place(folder: str, archive: str, digest: str) -> None:
    with Path(archive).open("rb") as file:
        release_folders.place(Path(folder), file, digest=digest, files={"environment": "export A='1'\n"})


def _kill(rounds: str, step_seconds: str, word: str, *words: str) -> None:
    for number in range(int(rounds)):
        pid, ready = _forked(word, words)
        os.read(ready, 1)
        os.close(ready)
        time.sleep(float(step_seconds) * number)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        sys.stdout.write(f"{_found(Path(words[0]))}\n")


def _forked(word: str, words: tuple[str, ...]) -> tuple[int, int]:
    ready, begun = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(begun, b"!")
        DRIVERS[word](*words)
        signal.pause()
    os.close(begun)
    return pid, ready


def _found(folder: Path) -> str:
    """Of a release: how many files are seen, and how many folders its dead makers left. It is forgotten then."""
    seen, left = len(list(folder.glob("app/*/*"))), len(list(folder.parent.glob(".*/")))
    if release_folders.placed(folder):
        release_folders.forget(folder)
    return f"{seen} {left}"


DRIVERS: dict[str, Callable[..., None]] = {"resolve": _resolve, "build": _build, "place": _place, "kill": _kill}

if __name__ == "__main__":
    DRIVERS[sys.argv[1]](*sys.argv[2:])
