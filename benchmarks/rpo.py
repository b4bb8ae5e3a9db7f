"""How much would be lost at each second of a write load: with the database gone, with its whole host gone.

A writer commits rows and notes where each stands in the log. Once a second is looked up to where the receiver says that
it has the log on its disk, and up to where it lies in the bucket; the oldest commit behind that is what would be lost,
as old as it is. Beside the bucket's truth stands what the gauge says, a second before or after it: a part may leave in
between. The load is light on purpose: a heavy one fills segments, which leave at once; a light one leaves only as parts
of a segment, once a minute.
"""

import os
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.beside.bucket import BUCKET, bucket
from benchmarks.beside.servers import Server, embedded, ground, server
from benchmarks.beside.shelf import ENVIRONMENT, SYSTEM, new_home
from benchmarks.claim import Claim, Sample, Target
from edge import clock
from edge.backups.keyring import keyring
from edge.backups.log import state as wal_state
from edge.backups.log.store import reach
from edge.settings import Settings, read_settings
from edge.store import open_backups
from mainstay.backups.log.places import position
from mainstay.errors import CommandFailed

NAME = "rpo"
ALIVE, GONE, GAUGE = "lost with the database", "lost with its host", "the gauge beside the truth"
ROUND_SECONDS = 70.0  # in which parts of a segment leave at least once
LOOK_SECONDS, START_SECONDS, WRITE_SECONDS = 1.0, 90.0, 0.02
CLAIMS = (
    Claim(NAME, ALIVE, "s", "less", Target("<=", 1, "ours"), None, worst=True),
    Claim(NAME, GONE, "s", "less", Target("<=", 90, "ours"), None, worst=True),
    Claim(NAME, GAUGE, "s", "less", Target("<=", 5, "ours"), None, worst=True),
)
DESCRIPTOR = """\
name: shop
source: {{repository: https://example.com/shop.git, branches: {{main: production}}}}
services: {{web: {{start: [run], ports: {{blue: 8101, green: 8102}}, health: /health}}}}
database: {{address: "{address}", stream: {{replication_slot: bench}}}}
environments:
  production:
    hosts: {{main: {{address: local}}}}
    proxy: {{kind: caddy, address: "http://127.0.0.1:8100"}}
    backups: {{full: nightly}}
"""
RECEIVED = "select flush_lsn::text from pg_stat_replication where flush_lsn is not null"


def rounds(n: int) -> Iterator[dict[str, Sample]]:
    with ExitStack() as stack:
        root = stack.enter_context(ground())
        database = stack.enter_context(server(embedded(root / "programs"), root / "server"))
        database.do("create table written (at timestamptz, words text)")
        endpoint = stack.enter_context(bucket())
        environment = {
            "MAINSTAY_HOME": str(_home(root / "home", database)),
            "MAINSTAY_BACKUPS": f"s3://{BUCKET}/rpo",
            "MAINSTAY_BACKUPS_ENDPOINT": endpoint,
        }
        settings = read_settings(environment)
        stack.enter_context(_child("-m", "residents.wal", SYSTEM, ENVIRONMENT, environment=environment))
        stack.enter_context(_child("-m", "benchmarks.rpo", database.address, str(root / "commits"), environment={}))
        looking = _Looking(settings, database, root / "commits")
        looking.wait_for_the_first()
        for _ in range(n):
            yield _worst(looking)


@dataclass(frozen=True)
class _Look:
    """In seconds."""

    alive: float
    gone: float
    said: float  # by the gauge


class _Looking:
    def __init__(self, settings: Settings, database: Server, commits: Path) -> None:
        self._settings, self._database, self._commits = settings, database, commits
        self._store, self._public = open_backups(settings), keyring(settings.home).writer_public
        self._since = 0  # up to here the log lay in the bucket when it was last looked at
        self._places, self._times, self._read = list[int](), list[float](), 0

    def wait_for_the_first(self) -> None:
        until = clock.monotonic() + START_SECONDS
        while not (state := wal_state.recall(self._settings.home, SYSTEM, ENVIRONMENT)) or state.shipped is None:
            if clock.monotonic() > until:
                raise CommandFailed(f"Nothing was shipped within {START_SECONDS:g} s: {state}")
            clock.sleep(LOOK_SECONDS)
        self._since = position(state.shipped)

    def look(self) -> _Look:
        state = wal_state.recall(self._settings.home, SYSTEM, ENVIRONMENT)
        assert state is not None and state.covered_until is not None
        said = (clock.now() - state.covered_until).total_seconds()
        place = (SYSTEM, ENVIRONMENT, state.cluster, state.timeline)
        received, at = self._received(), clock.now().timestamp()
        self._since = reach(self._store, self._public, *place, self._since)
        self._read_commits()
        return _Look(self._behind(received, at), self._behind(self._since, clock.now().timestamp()), said)

    def _received(self) -> int:
        with psycopg.connect(self._database.address) as connection:
            found = connection.execute(RECEIVED.encode()).fetchall()
        return max((position(str(lsn)) for (lsn,) in found), default=0)

    def _read_commits(self) -> None:
        with self._commits.open() as told:
            told.seek(self._read)
            for line in told.read().splitlines(keepends=True):
                if line.endswith("\n"):  # the last may be half written
                    self._read += len(line)
                    at, lsn = line.split()
                    self._places.append(position(lsn))
                    self._times.append(float(at))

    def _behind(self, place: int, at: float) -> float:
        """How old the oldest commit is that stands behind it."""
        first = bisect_right(self._places, place)
        return max(0.0, at - self._times[first]) if first < len(self._places) else 0.0


def _worst(looking: _Looking) -> dict[str, Sample]:
    found, until = [], clock.monotonic() + ROUND_SECONDS
    while clock.monotonic() < until:
        found.append(looking.look())
        clock.sleep(LOOK_SECONDS)
    return {
        ALIVE: Sample(max(each.alive for each in found), None),
        GONE: Sample(max(each.gone for each in found), None),
        GAUGE: Sample(max(_differs(found, number) for number in range(len(found))), None),
    }


def _differs(found: list[_Look], number: int) -> float:
    beside = found[max(0, number - 1) : number + 2]
    return min(abs(each.said - found[number].gone) for each in beside)


def _home(home: Path, database: Server) -> Path:
    (new_home(home) / "systems").mkdir(parents=True)
    (home / "systems" / "shop.yaml").write_text(DESCRIPTOR.format(address=database.reference))
    return home


class _child(subprocess.Popen[bytes]):
    """A Python of ours that is ended when it is left."""

    def __init__(self, *words: str, environment: dict[str, str]) -> None:
        super().__init__([sys.executable, *words], env={**os.environ, **environment})

    def __exit__(self, *reason: object) -> None:
        self.terminate()
        self.wait()


def _write(address: str, commits: str) -> None:
    """Until it is ended: commits, and where each stands, told when the server has said that it is done."""
    with psycopg.connect(address, autocommit=True) as connection, Path(commits).open("w", buffering=1) as told:
        while True:
            connection.execute("insert into written values (now(), repeat(md5(random()::text), 6))")
            at = clock.now().timestamp()
            [lsn] = connection.execute("select pg_current_wal_insert_lsn()::text").fetchone() or [""]
            told.write(f"{at} {lsn}\n")
            clock.sleep(WRITE_SECONDS)


if __name__ == "__main__":
    _write(*sys.argv[1:])
