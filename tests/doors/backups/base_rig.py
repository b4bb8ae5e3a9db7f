"""A real cluster whose log is received and shipped, and sets with bases and points of it: by the doors alone."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg

from edge import clock, processes
from edge.backups import catalogue
from edge.backups.bases import manifests
from edge.backups.bases.base import take_base
from edge.backups.bases.clusters import make_point, observe_cluster
from edge.backups.bases.scratch import Replayed, replayed
from edge.backups.log.store import Shipping, fetch, reach
from edge.backups.opening import Opened
from edge.backups.taking import Taking
from edge.companions import companion
from edge.postgres import as_owner, postgres_programs
from mainstay.backups import sets
from mainstay.backups.bases.base import Cluster, point_name
from mainstay.backups.bases.replays import Replay, plan_moment, plan_replay
from mainstay.backups.log.places import position
from mainstay.backups.log.shipped import Log
from mainstay.backups.sets import BackupSet, Base, Kind, Point
from tests.databases import folder
from tests.doors.backups.dump_rig import Server
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM, Shelf
from tests.waiting import until

STREAMS = ("-cwal_level=replica", "-cmax_wal_senders=10", "-csummarize_wal=on")
SEGMENT = 1 << 20  # as small as PostgreSQL makes them: less to ship and to replay


def embedded(place: Path) -> Path:
    """Where the programs are that the system user can run."""
    return postgres_programs.copied(place) if os.geteuid() == 0 else postgres_programs.in_place()


@contextmanager
def cluster(programs: Path, notes: Path, *words: str) -> Iterator[Server]:
    """Made anew, ended when left. ``notes``: where references to it are written."""
    with folder() as root:
        data = _owned(root / "data")
        made = ["-D", str(data), "-U", "boss", "--auth=trust", "--no-sync", "-E", "UTF8", "--wal-segsize=1"]
        told = processes.run([*_as_owner(), str(programs / "initdb"), *made], deadline_seconds=120, cwd=Path("/"))
        processes.check(told, "initdb")
        with _started(programs, data, notes, "-cfsync=off", *words) as server:
            yield server


@contextmanager
def by_hand(programs: Path, data: Path) -> Iterator[Server]:
    """As a person starts what was laid out for him: when it is his, and as he is let in."""
    for each in (data, *data.rglob("*")):
        shutil.chown(each, *(("mainstay", "mainstay") if os.geteuid() == 0 else (os.getuid(), os.getgid())))
    (data / "pg_hba.conf").write_text("local all all trust\n")
    with _started(programs, data, data.parent, "-cfsync=off") as server:
        yield server


@contextmanager
def _started(programs: Path, data: Path, notes: Path, *words: str) -> Iterator[Server]:
    """Reached by a socket only."""
    sockets = _owned(data.parent / "sockets")
    words = (f"-cunix_socket_directories={sockets}", "-clisten_addresses=", *words)
    address, log = f"host={sockets} user=boss dbname=postgres", data.parent / "log"
    argv = [*_as_owner(), str(programs / "postgres"), "-D", str(data), *words]
    with companion(argv, log=log, grace_seconds=5):
        until(lambda: _answers(address), seconds=30)
        server = Server(address, notes)
        try:
            yield server
        finally:
            with suppress(psycopg.OperationalError):  # a test has ended it
                server.stop_at_once()


def _owned(place: Path) -> Path:
    place.mkdir(mode=0o700)
    if os.geteuid() == 0:
        owner = postgres_programs.owner()
        os.chown(place, owner.uid, owner.gid)
    return place


def _as_owner() -> tuple[str, ...]:
    owner = postgres_programs.owner() if os.geteuid() == 0 else None
    return (*as_owner(owner), "env", "LC_ALL=C", "TZ=UTC")


@dataclass
class Line:
    """A server, the shelf of its sets, and the way of its log from one to the other."""

    shelf: Shelf
    server: Server
    programs: Path
    received: Path
    taken: list[BackupSet] = field(default_factory=list)

    @property
    def log(self) -> str:
        return self.server.reference_to(self.server.address)

    @property
    def cluster(self) -> Cluster:
        return observe_cluster(self.log, self.log)

    def base(self, on: BackupSet | None = None, *, kind: Kind = "full") -> BackupSet:
        """A set with a base and nothing else."""
        taking = self.begin(kind)
        parent = manifests.recall(self.shelf.home, SYSTEM, ENVIRONMENT, on.id) if on else None
        base, manifest = take_base(taking, self.log, self.cluster, on=on, parent=parent)
        manifests.remember(self.shelf.home, SYSTEM, ENVIRONMENT, taking.id, manifest)
        taking.moment = clock.now()
        return self.publish(taking, kind, base=base)

    def point(self, on: BackupSet, *, in_parts: bool = False) -> BackupSet:
        """A set that is a point on a base, and nothing else. ``in_parts``: the segment it is in was never finished."""
        taking = self.begin("database")
        taking.moment = clock.now()
        at, timeline = make_point(self.log, point_name(taking.id))
        point = Point(point_name(taking.id), self.cluster.id, timeline, at, on.id)
        made = self.publish(taking, "database", point=point)
        self.ship(position(at), in_parts=in_parts)
        return made

    def ship(self, until_place: int, *, in_parts: bool = False) -> None:
        """All that is received, once it is up to there."""
        observed = self.cluster
        log = Log(SYSTEM, ENVIRONMENT, observed.id, observed.segment_bytes)
        last = log.name(observed.timeline, until_place - 1)
        until(lambda: (self.received / last).exists(), seconds=30)
        shipping = Shipping(self.shelf.store, log, self.shelf.keys)
        for file in sorted(self.received.iterdir()):
            if in_parts and file.name == last:
                held, half = file.read_bytes()[: until_place % observed.segment_bytes], 512
                shipping.partial(file.name, held[:half], 0, clock.now())
                shipping.partial(file.name, held[half:], half, clock.now())
            elif file.suffix == "" and file.name <= last:
                shipping.whole(file.name, file.read_bytes(), clock.now())

    def replay(self, made: BackupSet) -> Replay:
        found = plan_replay({each.id: each for each in self.taken}, made)
        assert found is not None
        return found

    def moment(self, at: datetime | None) -> Replay:
        return plan_moment([(each, 1) for each in self.taken[::-1]], at)

    @property
    def opened(self) -> Opened:
        return Opened(self.shelf.store, self.shelf.keys.proving_key(), self.shelf.home)

    def bring_log(self, replay: Replay) -> Callable[[Path], object]:
        base, public = replay.base, self.shelf.keys.writer_public
        where = (SYSTEM, ENVIRONMENT, base.cluster, base.timeline)
        until_place = replay.until or reach(
            self.shelf.store, public, *where, replay.starts_at, segment_bytes=base.segment_bytes
        )
        return lambda folder: fetch(
            self.opened, public, *where, replay.starts_at, until_place, folder, segment_bytes=base.segment_bytes
        )

    def prove(self, replay: Replay, place: Path) -> Replayed:
        return replayed(self.opened, replay, self.bring_log(replay), place=place)

    def begin(self, kind: Kind) -> Taking:
        id = sets.new_id(kind, clock.now(), clock.new_nonce())
        return Taking(self.shelf.store, SYSTEM, ENVIRONMENT, id, clock.now(), self.shelf.keys.sealed_to())

    def publish(self, taking: Taking, kind: Kind, *, base: Base | None = None, point: Point | None = None) -> BackupSet:
        made = BackupSet(
            taking.id, SYSTEM, ENVIRONMENT, kind, taking.begun_at, taking.moment, clock.now(), "anna", None, None,
            descriptor=taking.small("descriptor.yaml", b"name: shop\n"), base=base, point=point,
        )  # fmt: skip
        catalogue.publish(self.shelf.store, self.shelf.keys.writer, made)
        self.taken.append(made)
        return made


@contextmanager
def line(programs: Path, root: Path, *words: str) -> Iterator[Line]:
    with ExitStack() as stack:
        server = stack.enter_context(cluster(programs, root, *words))
        received = root / "received"
        received.mkdir()
        argv = [str(programs / "pg_receivewal"), f"--directory={received}", "--synchronous", "--dbname", server.address]
        argv = [*argv, "--slot=shipped"]
        processes.check(processes.run([*argv, "--create-slot"], deadline_seconds=30), "making a replication slot")
        stack.enter_context(companion(argv, log=root / "receivewal.log", grace_seconds=2))
        shelf = Shelf.at(root)
        until(lambda: any(received.iterdir()), seconds=30)
        yield Line(shelf, server, programs, received)


def observed(server: Server, log: str) -> Cluster:
    """As somebody sees it who receives the log at that address."""
    return observe_cluster(server.reference_to(log), server.reference_to(server.address))


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError:
        return False
    return True
