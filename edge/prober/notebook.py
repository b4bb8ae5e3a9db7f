"""What a prober keeps: a line for each answer, written when it came, and how many questions have none yet."""

from collections import Counter
from typing import IO

from edge import clock
from mainstay.sights import PUBLIC, Kind, Sight, first_line, last_line, line


class Asked:
    """A question on its way: when it was asked, by a clock for people and by one that measures."""

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind
        self.at = clock.now()
        self.since = clock.monotonic()

    @property
    def seconds(self) -> float:
        return clock.monotonic() - self.since


class Notebook:
    """Whoever reads it meanwhile sees whole lines; a disk that is full ends the prober, and its parent says so."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._open: Counter[Kind] = Counter()

    def begin(self) -> None:
        self._write(first_line(clock.now()))

    def end(self) -> None:
        self._write(last_line(clock.now(), {kind: n for kind in PUBLIC if (n := self._open[kind])}))

    def ask(self, kind: Kind) -> Asked:
        self._open[kind] += 1
        return Asked(kind)

    def answered(self, asked: Asked, status: int, shows: str, why: str = "", *, ok: bool | None = None) -> None:
        """Good is whatever is no fault of the server, unless somebody knows better."""
        self._open[asked.kind] -= 1
        good = 0 < status < 500 if ok is None else ok
        self._write(line(Sight(asked.at, asked.kind, good, status, shows, round(asked.seconds, 4), why)))

    def _write(self, words: bytes) -> None:
        self._file.write(words)
        self._file.flush()
