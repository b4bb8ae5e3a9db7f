"""A folder of 20,000 files and 1 GB in a set, sealed and synced, beside restic and beside a plain tar.

First everything; then nothing has changed; then one file in a hundred, some seconds ago; then all of it is laid out
again. Ours are the doors the flow uses, into a store in a directory; restic's repository is a directory too, with its
usual cache. What both wrote is told beside.

What was laid out stays until the end, and who goes first changes: an ext4 without a journal gives no inode out again
for minutes and looks past all of them for each new file, so whoever comes after somebody who removed many waits.
"""

import os
import random
import shutil
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from benchmarks.beside.programs import of_debian
from benchmarks.claim import Claim, Sample, Target
from edge import clock
from edge.backups.files import indexes
from edge.backups.files.folders import FolderTaking
from edge.backups.keyring import keyring
from edge.backups.opening import Opened, fresh
from edge.backups.taking import Taking
from edge.store import open_place
from edge.store.port import Store
from mainstay.backups import sets
from mainstay.backups.files.scan import FRESH_SECONDS
from mainstay.backups.restores import Layer
from mainstay.backups.sets import Folder

NAME = "files"
RESTIC, TAR = "restic", "tar czf"
FILES, MOST = 20_000, 200_000
LARGE = 100 << 20
FIRST, UNCHANGED, CHANGED, RESTORED = "first", "nothing changed", "1 % of the files changed", "restore"
SECONDS = {FIRST: 1.3, UNCHANGED: 3.0, CHANGED: 2.5, RESTORED: 1.0}  # how many times faster than restic
BYTES = {FIRST: "bytes of the first", CHANGED: "bytes of what changed"}
FIRST_BESIDE_TAR = "first, beside a plain tar"
MANY = f"{MOST} files, nothing changed"
TIMES_AS_MANY = f"{MOST} files beside {FILES}: how many times as long"
CLAIMS = (
    *(Claim(NAME, step, "s", "less", Target(">=", times, "ratio"), RESTIC) for step, times in SECONDS.items()),
    Claim(NAME, FIRST_BESIDE_TAR, "s", "less", Target(">=", 4, "ratio"), TAR),
    *(Claim(NAME, metric, "MB", "less", None, RESTIC) for metric in BYTES.values()),
    Claim(NAME, MANY, "s", "less", Target("<=", 3, "ours"), None),
    Claim(NAME, TIMES_AS_MANY, "times", "less", Target("<=", 12, "ours"), None),
)


def rounds(n: int) -> Iterator[dict[str, Sample]]:
    with tempfile.TemporaryDirectory() as root:
        folder, many = Path(root, "folder"), Path(root, "many")
        _fill(folder)
        _fill_with_small(many)
        clock.sleep(FRESH_SECONDS + 1)
        for number in range(n):
            place = Path(root, f"round-{number}")
            place.mkdir()
            yield {**_beside_restic(folder, place, number), **_many(many, folder, place)}
            for kept in (place / "store", place / "restic"):
                shutil.rmtree(kept)


class Ours:
    def __init__(self, place: Path, folder: Path) -> None:
        self._home, self._folder = place / "home", folder
        self._store: Store = open_place(str(place / "store"))
        self._keys = keyring(self._home)
        self._keys.new_recovery_key()
        self._parent: str | None = None
        self.layers: list[Layer] = []

    def take(self) -> int:
        """The bytes that were stored."""
        id = sets.new_id("full", clock.now(), clock.new_nonce())
        taking = Taking(self._store, "shop", "production", id, clock.now(), self._keys.sealed_to())
        known = indexes.recall(self._home, "shop", "production", self._parent, "files") if self._parent else None
        folder = FolderTaking(taking, "files", self._folder, (), known)
        folder.read()
        folder.read_again()
        found, index = folder.finish()
        indexes.remember(self._home, "shop", "production", id, "files", index)
        self._parent = id
        self.layers.append(Layer(id, found))
        return _bytes(found)

    def lay_out(self, into: Path) -> None:
        opened = Opened(self._store, self._keys.proving_key(), self._home)
        with fresh(into) as place:
            opened.lay_out(self.layers, place / "files")


def _beside_restic(folder: Path, place: Path, number: int) -> dict[str, Sample]:
    ours, theirs = Ours(place, folder), _Restic(place, folder)
    found, stored = {}, {}
    for step in (FIRST, UNCHANGED, CHANGED):
        if step == CHANGED:
            _change(folder, number)
            clock.sleep(FRESH_SECONDS + 0.5)
        seconds, size = _timed(ours.take)
        peer = theirs.take() if theirs else None
        found[step] = Sample(seconds, peer and peer[0])
        stored[step] = Sample(size / 1e6, peer and peer[1] / 1e6)
    found[RESTORED] = _laid_out(ours, theirs, place, ours_first=number % 2 == 0)
    tar = ["tar", "--create", "--gzip", f"--file={place / 'plain.tar.gz'}", f"--directory={folder}", "."]
    plain, _ = _timed(lambda: subprocess.run(tar, check=True))
    (place / "plain.tar.gz").unlink()
    bytes = {metric: stored[step] for step, metric in BYTES.items()}
    return {**found, **bytes, FIRST_BESIDE_TAR: Sample(found[FIRST].ours, plain)}


def _laid_out(ours: "Ours", theirs: "_Restic", place: Path, *, ours_first: bool) -> Sample:
    """Ours is on the disk when it is done, so what the other one left to be written is not ours to wait for."""
    peer = theirs.lay_out(place / "theirs") if theirs and not ours_first else None
    os.sync()
    laid, _ = _timed(lambda: ours.lay_out(place / "ours"))
    return Sample(laid, theirs.lay_out(place / "theirs") if theirs and ours_first else peer)


def _many(many: Path, few: Path, place: Path) -> dict[str, Sample]:
    """Of each what it takes to see that nothing changed."""
    seconds = []
    for number, folder in enumerate((many, few)):
        (place / str(number)).mkdir()
        ours = Ours(place / str(number), folder)
        ours.take()
        seconds.append(_timed(ours.take)[0])
    return {MANY: Sample(seconds[0], None), TIMES_AS_MANY: Sample(seconds[0] / seconds[1], None)}


class _Restic:
    def __init__(self, place: Path, folder: Path) -> None:
        self._folder = folder
        self._repository = place / "restic"
        self._there = of_debian("restic", "restic")
        if self._there:
            self._run("init")

    def __bool__(self) -> bool:
        return self._there

    def take(self) -> tuple[float, int]:
        before = _size(self._repository)
        seconds, _ = _timed(lambda: self._run("backup", str(self._folder)))
        return seconds, _size(self._repository) - before

    def lay_out(self, into: Path) -> float:
        return _timed(lambda: self._run("restore", "latest", "--target", str(into)))[0]

    def _run(self, *words: str) -> None:
        environment = {**os.environ, "RESTIC_PASSWORD": "benchmark", "RESTIC_REPOSITORY": str(self._repository)}
        environment["RESTIC_CACHE_DIR"] = str(self._repository.with_name("restic-cache"))
        subprocess.run(["restic", "--quiet", *words], env=environment, check=True)


def _timed(work: Callable[[], object]) -> tuple[float, int]:
    began = perf_counter()
    found = work()
    return perf_counter() - began, found if isinstance(found, int) else 0


def _bytes(folder: Folder) -> int:
    return sum(piece.bytes for piece in (*folder.archives, folder.sums, folder.gone) if piece)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _fill(folder: Path) -> None:
    """Half of it text, half of it what cannot be packed; six large ones, the others as small files are."""
    chance = random.Random(1)
    words = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 10))) for _ in range(3000)]
    text = b" ".join(chance.choices(words, k=200_000))
    for number in range(FILES):
        place = folder / f"{number % 50:02d}" / f"{number // 50 % 40:02d}"
        place.mkdir(parents=True, exist_ok=True)
        size = min(max(100, int(chance.expovariate(1 / 19_500))), len(text) // 2)
        begin = chance.randrange(len(text) - size)
        (place / f"{number}.bin").write_bytes(text[begin : begin + size] if number % 2 else chance.randbytes(size))
    for number in range(6):
        (folder / f"large-{number}").write_bytes(
            chance.randbytes(LARGE) if number % 2 else b64encode(chance.randbytes(LARGE * 3 // 4))
        )


def _fill_with_small(folder: Path) -> None:
    for number in range(MOST):
        place = folder / f"{number % 100:02d}" / f"{number // 100 % 50:02d}"
        if number < 5_000:
            place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.txt").write_bytes(b"small")


def _change(folder: Path, number: int) -> None:
    chance = random.Random(f"change {number}")
    for path in chance.sample(sorted(folder.glob("*/*/*.bin")), FILES // 100):
        path.write_bytes(chance.randbytes(path.stat().st_size))
