"""Whether anybody's request fails while releases take turns under load, beside Caddy's own way: a reload in place.

Ours are whole deploys by the flow, with the shortest watch: built, migrated, started, tried out, shown, watched.
Five of them bring an expand migration, one of those while somebody's transaction stays open for 30 s. The peer is
another Caddy before the same two colors, which both run on; all it does is to take a new configuration.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Timer

import psycopg

from benchmarks.claim import Claim, Sample, Target
from benchmarks.load.order import Order
from benchmarks.load.running import Met, load
from benchmarks.practice.caddies import Door, Reloaded, ours_over_tls, reloaded
from benchmarks.practice.installation import Practice, practice
from edge import clock
from mainstay.colors import other
from mainstay.descriptor.service import Color

NAME = "switch-caddy"
PEER = "caddy reload"
PLAIN, TLS = "HTTP/1.1", "TLS and HTTP/2"
BEHIND_A_TRANSACTION = "e3"
OPEN_SECONDS = 30.0
FIRST = "v1"
RELEASES = {  # twenty switches each; none goes out while it is live
    PLAIN: (
        *("v2", "v3", "e1", "v4", "e2", "v5", "v6", "v1", BEHIND_A_TRANSACTION, "v2"),
        *("v3", "v4", "e4", "v5", "v6", "v1", "e5", "v2", "v3", "v4"),
    ),
    TLS: ("v5", "v6") * 10,
}
PAGES = ("/customers", "/", "/login", "/jobs", "/api/deals")
LOAD = Order("", PAGES, kept=85, fresh=35, slow=4, websockets=5)  # what a busy machine misses is not made up for
BETWEEN_RELOADS_SECONDS = 3.0
SETTLE_SECONDS = 2.5  # before the first switch and after the last, so that each is seen from both sides
FEWEST = 10_000
RULES = {"shortest_seconds": 10, "settle_seconds": 2, "longest_minutes": 5}


def _lost(kind: str) -> str:
    return f"failed requests over 20 switches, {kind}"


def _cut(kind: str) -> str:
    return f"websockets neither kept nor back in 2 s, {kind}"


def _asked(kind: str) -> str:
    return f"requests asked, {kind}"


def _rate(kind: str) -> str:
    return f"requests per second, {kind}"


NONE, ENOUGH, FAST_ENOUGH = Target("==", 0, "ours"), Target(">=", FEWEST, "ours"), Target(">=", 100, "ours")
CLAIMS = tuple(
    claim
    for kind in RELEASES
    for claim in (
        Claim(NAME, _lost(kind), "requests", "less", NONE, PEER, count=True),
        Claim(NAME, _cut(kind), "websockets", "less", NONE, PEER, count=True),
        Claim(NAME, _asked(kind), "requests", "more", ENOUGH, None, count=True),
        Claim(NAME, _rate(kind), "1/s", "more", FAST_ENOUGH, PEER),
    )
)


def rounds(n: int) -> Iterator[dict[str, Sample]]:
    with practice(RULES) as site, ours_over_tls(site) as secure:
        site.live(FIRST)
        doors = {PLAIN: Door(site.address), TLS: secure}
        for number in range(n):
            yield {
                metric: sample
                for kind, door in doors.items()
                for metric, sample in _round(site, door, kind, _part(RELEASES[kind], number, n)).items()
            }


def _round(site: Practice, door: Door, kind: str, releases: Sequence[str]) -> dict[str, Sample]:
    ours = _under_load(site, door, lambda: _deploy(site, releases))
    with reloaded(site, site.newest.color, tls=kind == TLS) as peer:
        theirs = _under_load(site, peer.door, lambda: _reload(peer, site.newest.color, len(releases)))
    for who, met in (("ours", ours), (PEER, theirs)):
        print(_told(who, kind, releases, met), flush=True)
        if met.switches != len(releases):
            raise RuntimeError(f"{who}, {kind}: users saw {met.switches} switches, not {len(releases)}")
    return {
        _lost(kind): Sample(ours.lost, theirs.lost),
        _cut(kind): Sample(len(ours.websockets_lost), len(theirs.websockets_lost)),
        _asked(kind): Sample(len(ours.requests), None),
        _rate(kind): Sample(ours.per_second, theirs.per_second),
    }


def _under_load(site: Practice, door: Door, work: Callable[[], None]) -> Met:
    secure = door.authority is not None
    order = replace(LOAD, site=door.address, http2=secure, authority=door.authority, cookie=site.cookie())
    with load(order, site.folder) as met:
        clock.sleep(SETTLE_SECONDS)
        work()
        clock.sleep(SETTLE_SECONDS)
    return met


def _deploy(site: Practice, releases: Sequence[str]) -> None:
    for release in releases:
        if release == BEHIND_A_TRANSACTION:
            with _transaction_left_open(site):
                site.live(release)
        else:
            site.live(release)


def _reload(peer: Reloaded, shown: Color, times: int) -> None:
    for number in range(times):
        if number:
            clock.sleep(BETWEEN_RELOADS_SECONDS)
        shown = other(shown)
        peer.switch(shown)


@contextmanager
def _transaction_left_open(site: Practice) -> Iterator[None]:
    """It has read the table that the migration changes, and says nothing more."""
    with psycopg.connect(site.database) as held:
        held.execute("select count(*) from deals")
        over = Timer(OPEN_SECONDS, held.rollback)
        over.start()
        try:
            yield
        finally:
            over.cancel()


def _part(releases: Sequence[str], number: int, n: int) -> Sequence[str]:
    return releases[len(releases) * number // n : len(releases) * (number + 1) // n]


def _told(who: str, kind: str, releases: Sequence[str], met: Met) -> str:
    load_of_the_machine = Path("/proc/loadavg").read_text().split()[0]
    return (
        f"{who}, {kind}: {met.lost} of {len(met.requests)} failed over {len(releases)} switches, "
        f"{len(met.websockets_lost)} websockets lost, {met.per_second:.0f}/s, load {load_of_the_machine}. "
        f"{met.examples()}"
    )
