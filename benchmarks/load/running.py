"""A load beside whatever is measured: a process of its own, and what it met."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load.order import Order, to_words
from edge import clock, processes
from edge.companions import companion
from edge.identities import Identity
from mainstay.probes import Count
from mainstay.sights import PATIENCE_SECONDS, Kind, Sight, read_lines

ASKED: tuple[Kind, ...] = ("kept", "fresh", "slow")
GRACE_SECONDS = PATIENCE_SECONDS + 10
START_SECONDS = 30.0


class Met:
    """All that one load met, in the order in which it was answered."""

    def __init__(self, file: Path, child: Identity) -> None:
        self._file, self._child = file, child
        self._offset = 0
        self.sights: list[Sight] = []
        self.unfinished: int | None = None  # known when it has ended

    def look(self) -> "Met":
        if not self._file.exists():
            return self
        with self._file.open("rb") as file:
            file.seek(self._offset)
            reading = read_lines(file.read(), self._offset)
        self._offset = reading.offset
        self.sights += reading.sights
        if reading.unfinished is not None:
            self.unfinished = sum(reading.unfinished.values())
        if self.unfinished is None and not processes.alive(self._child):
            raise RuntimeError(f"the load died: see {self._file.with_suffix('.log')}")
        return self

    @property
    def requests(self) -> Sequence[Sight]:
        return [sight for sight in self.sights if sight.kind in ASKED]

    @property
    def failed(self) -> Sequence[Sight]:
        return [sight for sight in self.requests if not sight.ok]

    @property
    def lost(self) -> int:
        """Requests that failed, or had no answer when all others had theirs."""
        return len(self.failed) + (self.unfinished or 0)

    @property
    def websockets_lost(self) -> Sequence[Sight]:
        """Not kept, and not back on time after notice; or a word that did not come back."""
        return [sight for sight in self.sights if sight.kind == "websocket" and not sight.ok]

    @property
    def switches(self) -> int:
        """How often users saw another color than before, as kept and fresh connections tell."""
        return len(Count().after(sight for sight in self.sights if sight.kind in ("kept", "fresh")).changeovers)

    @property
    def per_second(self) -> float:
        begun = sorted(sight.at.timestamp() for sight in self.requests)
        return len(begun) / (begun[-1] - begun[0]) if len(begun) > 1 else 0.0

    def examples(self) -> str:
        """What went wrong, and how often."""
        wrong = (*self.failed, *self.websockets_lost)
        said = Counter(f"{sight.kind}: {sight.why or sight.status}" for sight in wrong)
        return "; ".join(f"{number} × {why}" for why, number in said.most_common(6))


@contextmanager
def load(order: Order, folder: Path) -> Iterator[Met]:
    """It asks from here on; when we leave, everything it asked has its answer or never gets one."""
    name = f"{order.agent}-{clock.new_nonce()[:6]}"
    words, results = folder / f"{name}.json", folder / f"{name}.jsonl"
    words.write_text(to_words(order))
    argv = (sys.executable, "-m", "benchmarks.load", str(words), str(results))
    with companion(argv, log=results.with_suffix(".log"), grace_seconds=GRACE_SECONDS) as child:
        met = Met(results, child)
        _until_it_asks(met)
        yield met
    met.look()


def _until_it_asks(met: Met) -> None:
    end = clock.monotonic() + START_SECONDS
    while not met.look().sights:
        if clock.monotonic() > end:
            raise TimeoutError(f"the load has no answer after {START_SECONDS:g} s")
        clock.sleep(0.05)
