"""Visitors of a site, in a process of their own: they ask its pages evenly, and every answer counts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge.probing import Prober, probing
from mainstay.colors import CHOOSE, SHOWS
from mainstay.descriptor.service import Color
from mainstay.sights import Sight, Target

AGENT = "demo-visitor"  # a user like any other: what calls itself mainstay is counted for none
PAGE = "/customers"  # needs the database, as most pages do


@dataclass(frozen=True)
class Met:
    """What visitors met in a span of time."""

    answers: tuple[Sight, ...]

    @property
    def failed(self) -> tuple[Sight, ...]:
        return tuple(each for each in self.answers if not each.ok)

    def of(self, color: Color) -> tuple[Sight, ...]:
        """Answers of that color; one that nobody gave is counted by ``failed``."""
        return tuple(each for each in self.answers if each.shows == color)

    def says(self) -> str:
        first = f" (the first: {_why(self.failed[0])})" if self.failed else ""
        return f"{len(self.failed)} of {len(self.answers)} requests failed{first}"


class Visitors:
    def __init__(self, prober: Prober) -> None:
        self._prober = prober
        self._offset = 0
        self._sights: list[Sight] = []

    def met(self, since: datetime) -> Met:
        """Everything that was asked since then and is answered by now."""
        self.look()
        return Met(tuple(each for each in self._sights if each.at >= since))

    def look(self) -> Sequence[Sight]:
        reading = self._prober.sights(self._offset)
        self._offset = reading.offset
        self._sights += reading.sights
        return reading.sights

    @property
    def blind(self) -> str:
        """Why they do not see everything; empty: they do."""
        return self._prober.count().blind


@contextmanager
def visiting(address: str, folder: Path, *, per_second: float) -> Iterator[Visitors]:
    """Half of them come on fresh connections, half on one that is kept."""
    page = f"{address}{PAGE}"
    target = Target(page, None, None, {}, SHOWS, CHOOSE, every_seconds=2 / per_second, agent=AGENT)
    with probing(target, folder) as prober:
        yield Visitors(prober)


def _why(sight: Sight) -> str:
    return f"{sight.why or sight.status}, at {sight.at:%H:%M:%S}"
