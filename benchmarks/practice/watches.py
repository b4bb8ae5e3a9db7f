"""Live: releases of each bad kind go out to users who ask five times a second, and are timed until they are back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.load.order import Order
from benchmarks.load.running import Met, load
from benchmarks.practice.installation import Practice, practice
from benchmarks.practice.outage import database_away
from edge import clock
from mainstay.journal import ROLLED_BACK
from mainstay.releases import ReleaseRecord
from mainstay.sights import Sight

RULES = {"shortest_seconds": 45, "settle_seconds": 20, "longest_minutes": 10}
USERS = Order("", ("/customers", "/", "/login"), kept=4, fresh=1)
OBSERVER = Order("", ("/alive",), kept=100, agent="observer")  # liveness counts for nobody: it sees who answers when
FIRST, GOOD = "v1", ("v2", "v3")
BASELINE_SECONDS = 66.0  # 330 requests
BEFORE_THE_OUTAGE_SECONDS = 5.0
OUTAGE_SECONDS = 20.0
SWITCH_SECONDS = 120.0


@dataclass(frozen=True)
class Back:
    """A bad release that users had, and have no more."""

    seconds: float  # from the switch to the first answer of the old color that stays
    late_seconds: float  # from the decision to the last request that the bad color was given


class Live:
    def __init__(self, site: Practice, observer: Met) -> None:
        self._site, self._observer = site, observer
        self._good = 0

    def bad(self, tag: str) -> Back:
        run = self._site.followed(self._site.begin(tag))
        record = self._site.newest
        if run.state != ROLLED_BACK or "decided_at" not in record.numbers:
            raise RuntimeError(f"{tag} was to be seen by users and switched back: {run.state}: {run.message}")
        found = _back(record, self._observer.look().sights)
        print(f"{tag}: {found.seconds:.1f} s, {found.late_seconds * 1000:.0f} ms, {_load()}. {run.message}", flush=True)
        return found

    def healthy_without_database(self) -> bool:
        """Whether it was taken for bad."""
        tag = GOOD[self._good % len(GOOD)]
        self._good += 1
        before = self._observer.look().sights[-1].shows
        run = self._site.begin(tag)
        self._until_another_than(before)
        clock.sleep(BEFORE_THE_OUTAGE_SECONDS)
        database_away(self._site, OUTAGE_SECONDS)
        run = self._site.followed(run)
        print(f"{tag} while the database was away: {run.state}, {_load()}. {run.message}", flush=True)
        if run.type != "COMPLETED" and run.state != ROLLED_BACK:
            raise RuntimeError(f"{tag} was to be watched without its database: {run.state}: {run.message}")
        return run.state == ROLLED_BACK

    def _until_another_than(self, color: str) -> None:
        end = clock.monotonic() + SWITCH_SECONDS
        while self._observer.look().sights[-1].shows in (color, ""):
            if clock.monotonic() > end:
                raise TimeoutError(f"users still see {color} after {SWITCH_SECONDS:g} s")
            clock.sleep(0.1)


@contextmanager
def live() -> Iterator[Live]:
    with practice(RULES) as site:
        site.live(FIRST)
        users, observer = (replace(order, site=site.address) for order in (USERS, OBSERVER))
        with load(users, site.folder), load(observer, site.folder) as met:
            clock.sleep(BASELINE_SECONDS)
            yield Live(site, met)


def _back(record: ReleaseRecord, sights: Sequence[Sight]) -> Back:
    switched_at, decided_at = record.numbers["switched_at"], record.numbers["decided_at"]
    since = [sight for sight in sights if sight.at.timestamp() > switched_at]
    last_bad = max(sight.at for sight in since if sight.shows == record.color)
    stays = min(sight.answered for sight in since if sight.shows not in (record.color, "") and sight.at > last_bad)
    return Back(stays.timestamp() - switched_at, last_bad.timestamp() - decided_at)


def _load() -> str:
    return f"load {Path('/proc/loadavg').read_text().split()[0]}"
