"""PostgreSQL servers to be measured, with the same rows in each; nothing of them is left.

They run as the system user that Mainstay's own does under root, so these benchmarks are root's.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from edge import clock, private, processes
from edge.companions import companion
from edge.postgres import as_owner, postgres_programs
from mainstay.errors import CommandFailed

USER = "boss"
SETTINGS = ("wal_level=replica", "max_wal_size=4GB", "shared_buffers=512MB", "autovacuum=off", "fsync=off")
START_SECONDS = 30.0

# As the tables of pgbench are, and texts that pack as badly as what people attach.
ACCOUNTS = """
    create table accounts as select i as id, 1 + i / 100000 as branch, 0 as balance, repeat(' ', 84)::char(84) as filler
    from generate_series(1, {accounts}) i
"""
NOTES = """
    create table notes as
    select i as id, string_agg(encode(sha512((i || '-' || j)::bytea), 'base64'), '') as words
    from generate_series(1, {notes}) i, generate_series(1, 45) j group by i
"""
KEYS = "alter table accounts add primary key (id)"


@dataclass(frozen=True)
class Server:
    programs: Path
    data: Path
    place: Path

    @property
    def address(self) -> str:
        return f"host={self.data} user={USER} dbname=postgres"

    @property
    def reference(self) -> str:
        return f"file://{self.place / 'address'}"

    @property
    def words(self) -> dict[str, str]:
        """For the tools of others."""
        return {**os.environ, "PGHOST": str(self.data), "PGUSER": USER, "PGDATABASE": "postgres"}

    def do(self, *statements: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            for each in statements:
                connection.execute(each.encode())

    def fill(self, accounts: int, notes: int) -> None:
        self.do(ACCOUNTS.format(accounts=accounts), NOTES.format(notes=notes), KEYS, "vacuum freeze", "checkpoint")

    def bytes(self) -> int:
        with psycopg.connect(self.address) as connection:
            [size] = connection.execute("select pg_database_size('postgres')").fetchone() or [0]
            return int(size)


@contextmanager
def ground() -> Iterator[Path]:
    """A folder that PostgreSQL's user can reach too."""
    root = Path(tempfile.mkdtemp(prefix="mainstay-bench-", dir="/var/tmp"))
    root.chmod(0o755)
    try:
        yield root
    finally:
        shutil.rmtree(root)


@contextmanager
def server(programs: Path, place: Path, *settings: str) -> Iterator[Server]:
    """``place``: a folder of its own that is not there yet."""
    place.mkdir(mode=0o755)
    made = Server(programs, place / "data", place)
    made.data.mkdir(mode=0o700)
    owner = as_owner(postgres_programs.owner())
    shutil.chown(made.data, postgres_programs.USER)
    told = processes.run(
        [*owner, str(programs / "initdb"), "-D", str(made.data), "-U", USER, "--auth=trust", "-E", "UTF8", "--no-sync"],
        deadline_seconds=120,
        cwd=Path("/"),
        environment={"LC_ALL": "C"},
    )
    processes.check(told, "initdb")
    private.write(place / "address", made.address, durable=False)
    reached = ("listen_addresses=", f"unix_socket_directories={made.data}")
    argv = [*owner, str(programs / "postgres"), "-D", str(made.data)]
    argv += [f"-c{each}" for each in (*SETTINGS, *reached, *settings)]
    with companion(argv, log=place / "log", grace_seconds=9):
        _wait_for(made)
        yield made


def embedded(place: Path) -> Path:
    """The programs that come with Mainstay, where PostgreSQL's user can run them."""
    place.mkdir(mode=0o755)
    return postgres_programs.copied(place)


def _wait_for(made: Server) -> None:
    until = clock.monotonic() + START_SECONDS
    while True:
        try:
            return psycopg.connect(made.address).close()
        except psycopg.OperationalError:
            if clock.monotonic() > until:
                raise CommandFailed(f"A server did not start: {(made.place / 'log').read_text()[-400:]}") from None
            clock.sleep(0.05)


def owned(place: Path) -> Sequence[str]:
    """A folder of PostgreSQL's user, and the words by which he runs a program."""
    place.mkdir(mode=0o700)
    shutil.chown(place, postgres_programs.USER)
    return as_owner(postgres_programs.owner())
