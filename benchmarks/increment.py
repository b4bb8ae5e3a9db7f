"""What one account in a hundred, side by side, takes to back up once it changed, beside pgBackRest's increment.

Debian's pgBackRest (2.45: whole files, no blocks) reads PostgreSQL 15 at most, so the same rows lie in a 15 and in an
18. Ours on 18 is PostgreSQL's own increment; 15 makes none, and ours of it is a full base each time: its figures stand
beside without a target. Both write into a folder; pgBackRest packs with zstd in two processes.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.beside.programs import of_debian
from benchmarks.beside.servers import USER, Server, embedded, ground, owned, server
from benchmarks.beside.shelf import ENVIRONMENT, SYSTEM, Clock, Shelf, new_home
from benchmarks.claim import Claim, Sample, Target
from edge import clock, processes
from edge.backups.bases.base import take_base
from edge.backups.bases.clusters import observe_cluster
from edge.backups.pg_tools import DEBIAN, find_tools
from mainstay.backups.sets import BackupSet

NAME, PEER = "increment", "pgBackRest, an increment on PostgreSQL 15"
ACCOUNTS, NOTES = 6_000_000, 65_000  # 1.1 GB
FIFTEEN = DEBIAN / "15" / "bin"
CHANGE = "update accounts set balance = balance + 1 where id > {at} and id <= {at} + {count}"
SECONDS, SIZE = "an increment on PostgreSQL 18", "bytes of an increment on PostgreSQL 18"
FULL, FULL_SIZE = "a full base of PostgreSQL 15", "bytes of a full base of PostgreSQL 15"
CLAIMS = (
    Claim(NAME, SECONDS, "s", "less", Target(">=", 10, "ratio"), PEER),
    Claim(NAME, SIZE, "MB", "less", Target(">=", 1, "ratio"), PEER),
    Claim(NAME, FULL, "s", "less", None, PEER),
    Claim(NAME, FULL_SIZE, "MB", "less", None, PEER),
)
CONFIGURATION = """\
[global]
repo1-path={place}/repository
repo1-bundle=y
log-path={place}/log
lock-path={place}/lock
spool-path={place}/spool
log-level-console=warn
log-level-file=off
compress-type=zst
compress-level=1
process-max=2
start-fast=y
archive-check=n
[shop]
pg1-path={data}
pg1-socket-path={data}
pg1-user={user}
"""


def rounds(n: int) -> Iterator[dict[str, Sample]]:
    with ExitStack() as stack:
        root = stack.enter_context(ground())
        newer = _filled(stack, embedded(root / "programs"), root / "newer", "summarize_wal=on")
        ours = _Ours(root / "ours", newer)
        ours.take()
        older, theirs = None, None
        if (FIFTEEN / "initdb").exists():
            older = _filled(stack, FIFTEEN, root / "older")
            theirs = _PgBackRest.begun(root / "pgbackrest", older)
        for number in range(n):
            for each in (newer, older):
                if each is not None:
                    each.do(CHANGE.format(at=number * ACCOUNTS // 100, count=ACCOUNTS // 100), "checkpoint")
            yield _round(root, ours, theirs, older)


def _round(root: Path, ours: "_Ours", theirs: "_PgBackRest | None", older: Server | None) -> dict[str, Sample]:
    seconds, size = ours.take()
    peer = theirs.take("incr") if theirs else None
    full = _Ours(root / "ours-older", older).take() if older else (float("nan"), float("nan"))
    shutil.rmtree(root / "ours-older", ignore_errors=True)
    return {
        SECONDS: Sample(seconds, peer and peer[0]),
        SIZE: Sample(size, peer and peer[1]),
        FULL: Sample(full[0], peer and peer[0]),
        FULL_SIZE: Sample(full[1], peer and peer[1]),
    }


def _filled(stack: ExitStack, programs: Path, place: Path, *settings: str) -> Server:
    made = stack.enter_context(server(programs, place, *settings))
    made.fill(ACCOUNTS, NOTES)
    return made


class _Ours:
    """Each on the one before; the first is a full one."""

    def __init__(self, place: Path, source: Server) -> None:
        place.mkdir()
        self._shelf, self._source = Shelf(new_home(place / "home"), str(place / "store")), source
        self._on: BackupSet | None = None
        self._list: bytes | None = None

    def take(self) -> tuple[float, float]:
        """Seconds, and megabytes."""
        source, begun = self._source.reference, Clock()
        taking = self._shelf.begin("full")
        base, self._list = take_base(
            taking, source, observe_cluster(source, source), on=self._on, parent=self._list,
            tools=find_tools([self._source.programs]),
        )  # fmt: skip
        seconds = begun.seconds
        self._on = BackupSet(
            taking.id, SYSTEM, ENVIRONMENT, "full", taking.begun_at, taking.moment, clock.now(), "we", None, None,
            descriptor=base.manifest, base=base,
        )  # fmt: skip
        return seconds, (base.piece.bytes + base.manifest.bytes) / 1e6


class _PgBackRest:
    def __init__(self, place: Path, owner: Sequence[str]) -> None:
        self._repository = place / "repository"
        self._words = [*owner, "pgbackrest", f"--config={place / 'pgbackrest.conf'}", "--stanza=shop"]

    @classmethod
    def begun(cls, place: Path, source: Server) -> "_PgBackRest | None":
        """With a full one to stand on."""
        if not of_debian("pgbackrest", "pgbackrest"):
            return None
        made = cls(place, owned(place))
        (place / "pgbackrest.conf").write_text(CONFIGURATION.format(place=place, data=source.data, user=USER))
        (place / "pgbackrest.conf").chmod(0o644)
        made._run("stanza-create")
        made.take("full")
        return made

    def take(self, kind: str) -> tuple[float, float]:
        before, begun = self._bytes(), Clock()
        self._run("backup", f"--type={kind}")
        return begun.seconds, (self._bytes() - before) / 1e6

    def _run(self, *words: str) -> None:
        told = processes.run([*self._words, *words], deadline_seconds=300, cwd=Path("/"))
        processes.check(told, "pgbackrest")

    def _bytes(self) -> int:
        return sum(each.stat().st_size for each in self._repository.rglob("*") if each.is_file())
