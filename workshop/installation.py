"""The virtual environment `.venv`: exactly what the lock names, made once, noticed when broken, never made by two.

The stamp is written last and taken away first, so an installation that was killed half-way has none. Whoever installs
holds the lock alone, whoever uses the installation shares it. The lock is a property of the open folder, handed to
pip and to the command that is started: it ends with the last of them, however that ended.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workshop.failures import explain
from workshop.machine import lacks, observe, warnings
from workshop.place import LOCK, Place, can_be_renewed, interpreter, is_whole, pins, record, to_compile


class Blocked(Exception):
    """Nothing could be installed; the message says why and what mends it."""


def install(root: Path) -> Path:
    """The Python of a whole installation; our share of its lock lasts as long as this process."""
    place = Place(root)
    held = os.open(root, os.O_RDONLY)
    os.set_inheritable(held, True)
    while True:
        _wait_for(held, fcntl.LOCK_SH, "another make is installing here; waiting for it")
        if is_whole(place):
            return place.python
        _wait_for(
            held, fcntl.LOCK_EX, "this installation is out of date and still in use; waiting for its users to end"
        )
        if not is_whole(place):  # somebody may have made it while we waited
            _make(place, held)
            if not is_whole(place):
                raise Blocked(f"Everything was installed and yet it does not start; remove {place.venv} and try again.")


def _wait_for(held: int, kind: int, sentence: str) -> None:
    try:
        fcntl.flock(held, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        print(sentence, flush=True)
        fcntl.flock(held, kind)


def _make(place: Place, held: int) -> None:
    machine = observe(place.root)
    if missing := lacks(machine):
        raise Blocked("\n".join(missing))
    print("".join(f"{warning}\n" for warning in warnings(machine)), end="")
    if can_be_renewed(place):
        place.stamp.unlink()
    else:
        _begin_anew(place, held)
    python = [str(place.python), "-I", "-m"]
    pip = [*python, "pip", "install", "--no-user", "--no-input", "--no-compile", "--no-deps"]
    with _phase(f"installing the {len(pins(place))} packages of {LOCK}, checking their hashes"):
        _run(place, held, [*pip, "--require-hashes", "--only-binary=:all:", "-r", LOCK])
    with _phase("compiling what is needed first"):  # pip would use one core; some hold templates that are no Python
        parts = [str(part) for part in to_compile(place)]
        _run(place, held, *([*python, "compileall", "-q", *parts[half::2]] for half in (0, 1)), fine=(0, 1))
    with _phase("installing Mainstay itself, editable"):
        _run(place, held, [*pip, "--no-build-isolation", "-e", "."])
    record(place)


def _begin_anew(place: Place, held: int) -> None:
    if place.venv.exists() or place.gone.exists():
        with _phase("removing a .venv that is broken, of another lock or not made by this"):
            _remove(place)
    place.venv.mkdir()
    with _phase(f"making .venv with Python {sys.version.split()[0]}"):
        _run(place, held, [interpreter(), "-I", "-m", "venv", str(place.venv)])


def _remove(place: Place) -> None:
    """Out of the way in one step, so that what is half removed is never taken for an installation."""
    shutil.rmtree(place.gone, ignore_errors=True)
    if place.venv.exists():
        place.venv.rename(place.gone)
    shutil.rmtree(place.gone, ignore_errors=True)


@contextmanager
def _phase(what: str) -> Iterator[None]:
    print(f"{what} ... ", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print("not done", flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def _run(place: Place, held: int, *commands: Sequence[str], fine: Sequence[int] = (0,)) -> None:
    """All at once. They hold our lock too: if we are killed, nobody installs beside what they still write."""
    with place.log.open("ab") as log:
        children = [
            subprocess.Popen(
                words, cwd=place.root, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, pass_fds=(held,)
            )
            for words in commands
        ]
        try:
            codes = [child.wait() for child in children]
        except BaseException:
            for child in children:
                child.kill()
            raise
    if not {*codes} <= {*fine}:
        raise Blocked(explain(place.log.read_text(errors="replace"), place.log))
