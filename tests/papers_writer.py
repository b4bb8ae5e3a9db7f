"""An application that keeps papers, each a file and a row that speaks of it, until somebody kills it.

Its words: the address of its database, its folder, how long a file outlives its row, and a seed. It does what careful
applications do: the file comes before its row, and goes after it.
"""

import hashlib
import random
import sys
import time
from collections import deque
from pathlib import Path

import psycopg

TABLE = "create table if not exists papers (path text primary key, sha256 text not null)"
FOLDERS = 16
PAUSE_SECONDS = 0.002
READY = "ready\n"


class Papers:
    def __init__(self, address: str, folder: Path, outlives_seconds: float, seed: str) -> None:
        self._database = psycopg.connect(address, autocommit=True)
        self._folder, self._outlives_seconds = folder, outlives_seconds
        self._random, self._prefix, self._count = random.Random(seed), seed, 0
        self._known: list[str] = []  # ours alone
        self._going: deque[tuple[float, str]] = deque()

    def add(self) -> None:
        path, sha256 = self._written()
        self._database.execute("insert into papers values (%s, %s)", (path, sha256))
        self._known.append(path)

    def step(self) -> None:
        what = self._random.random()
        if what < 0.5 or not self._known:
            self.add()
        elif what < 0.8:
            self._forget(self._any())
        else:
            old = self._any()
            path, sha256 = self._written()
            self._database.execute("update papers set path = %s, sha256 = %s where path = %s", (path, sha256, old))
            self._known.append(path)
            self._goes(old)
        self._sweep()

    def _any(self) -> str:
        at = self._random.randrange(len(self._known))
        self._known[at], self._known[-1] = self._known[-1], self._known[at]
        return self._known.pop()

    def _written(self) -> tuple[str, str]:
        self._count += 1
        path = f"{self._random.randrange(FOLDERS):02}/{self._prefix}-{self._count}"
        content = self._random.randbytes(self._random.randrange(200, 8000))
        place, unfinished = self._folder / path, self._folder / f"{path}.tmp"
        unfinished.write_bytes(content)
        unfinished.rename(place)
        return path, hashlib.sha256(content).hexdigest()

    def _forget(self, path: str) -> None:
        self._database.execute("delete from papers where path = %s", (path,))
        self._goes(path)

    def _goes(self, path: str) -> None:
        self._going.append((time.monotonic() + self._outlives_seconds, path))

    def _sweep(self) -> None:
        while self._going and self._going[0][0] <= time.monotonic():
            (self._folder / self._going.popleft()[1]).unlink()


def main(address: str, folder: Path, outlives_seconds: float, seed: str, first: int) -> None:
    papers = Papers(address, folder, outlives_seconds, seed)
    for _ in range(first):
        papers.add()
    sys.stdout.write(READY)
    sys.stdout.flush()
    while True:
        papers.step()
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
