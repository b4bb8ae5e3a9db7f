"""python traffic.py ADDRESS FILE: a user who asks again and again, and notes what he was answered."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from edge import processes

PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 10  # of a user


@dataclass(frozen=True)
class Asked:
    """One question, and what became of it."""

    at: float  # when it was asked, in seconds since 1970
    seconds: float
    status: int  # 0: no answer
    shows: str  # as the proxy says
    release: str  # as the application says

    @property
    def failed(self) -> bool:
        return self.status != 200


@dataclass(frozen=True)
class Traffic:
    file: Path

    @property
    def all(self) -> list[Asked]:
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [Asked(**json.loads(line)) for line in lines if line.endswith("}")]

    @property
    def failed(self) -> list[Asked]:
        return [asked for asked in self.all if asked.failed]

    def since(self, at: float) -> list[Asked]:
        return [asked for asked in self.all if asked.at >= at]


@contextmanager
def traffic(address: str, file: Path) -> Iterator[Traffic]:
    """Somebody asks until we leave."""
    argv = [sys.executable, str(Path(__file__)), address, str(file)]
    child = processes.start(argv, log=file.with_suffix(".log"))
    try:
        yield Traffic(file)
    finally:
        processes.end(child, grace_seconds=0)
        processes.reap()


def main(words: Sequence[str]) -> None:
    address, file = words
    with Path(file).open("a", buffering=1) as said:
        while True:
            said.write(f"{json.dumps(vars(_ask(urlsplit(address).netloc)))}\n")
            time.sleep(PAUSE_SECONDS)


def _ask(place: str) -> Asked:
    """On a fresh connection: a kept one may lead to what was there before."""
    at, connection = time.time(), HTTPConnection(place, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/customers")
        answer = connection.getresponse()
        answer.read()
        shows, release = answer.headers.get("X-Mainstay-Shows", ""), answer.headers.get("X-Release", "")
        return Asked(at, time.time() - at, answer.status, shows, release)
    except (OSError, HTTPException) as reason:
        return Asked(at, time.time() - at, 0, type(reason).__name__, "")
    finally:
        connection.close()


if __name__ == "__main__":
    main(sys.argv[1:])
