"""A PostgreSQL of our own, laid out so that its program can start: one initdb, whole or not at all."""

import os
import secrets
from hashlib import sha256
from pathlib import Path

from edge import clock, private, processes
from edge.durable import settle_folder
from edge.postgres import postgres_programs
from edge.scratch import remove
from edge.secrets import redaction
from mainstay.errors import Refused
from mainstay.installation import Cluster, Owner

SUPERUSER = "mainstay"
CLEAN = ("env", "-i", "LC_ALL=C", "TZ=UTC")  # root's environment is not for the system user to read
HOW = (
    *("-U", SUPERUSER, "--auth=scram-sha-256", "--encoding=UTF8"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)


def lay_out_cluster(home: Path, *, place: Path = postgres_programs.PLACE) -> Cluster:
    """Safe to be killed and to be done twice at once: what it needs is there afterwards, made by one of them."""
    if os.geteuid() != 0:
        base = private.folder(home / "platform" / "postgres")
        with private.alone(base / "lock", deadline_seconds=300):
            return _cluster(postgres_programs.in_place(), base, None)
    _open_folder(place)
    with private.alone(place / "lock", deadline_seconds=300):
        owner = postgres_programs.owner()
        base = _open_folder(_open_folder(place / "data") / _key(home))
        return _cluster(postgres_programs.copied(place), base, owner)


def data_of(home: Path) -> Path:
    """Where the data of this home lie, whether they are there or not."""
    if os.geteuid() != 0:
        return home / "platform" / "postgres" / "data"
    return postgres_programs.PLACE / "data" / _key(home) / "data"


def as_owner(owner: Owner | None) -> tuple[str, ...]:
    """The words in front of a command that ends with us and runs as the owner. One setpriv: two forget the tie."""
    if owner is None:
        return ()
    who = (f"--reuid={owner.uid}", f"--regid={owner.gid}", "--clear-groups")
    return ("setpriv", *who, "--pdeathsig", "KILL", "--")


def _cluster(programs: Path, base: Path, owner: Owner | None) -> Cluster:
    data, password = base / "data", private.once(base / "password", lambda: secrets.token_urlsafe(32))
    redaction.learn(password)
    if not data.exists():
        _sweep(base)
        partial = base / f"data.{clock.new_nonce()}.partial"
        _initialise(programs, partial, owner, password)
        partial.rename(data)
        settle_folder(base)
    _check_version(data)
    return Cluster(programs, data, owner, SUPERUSER, password)


def _initialise(programs: Path, partial: Path, owner: Owner | None, password: str) -> None:
    secret = partial.with_name(f"{partial.name}.password")
    partial.mkdir(mode=0o700)
    private.write(secret, password)
    if owner is not None:
        for path in (partial, secret):
            os.chown(path, owner.uid, owner.gid)
    argv = [*as_owner(owner), *CLEAN, str(programs / "initdb"), "-D", str(partial), *HOW, f"--pwfile={secret}"]
    told = processes.run(argv, deadline_seconds=240, cwd=Path("/"))
    secret.unlink()
    processes.check(told, f"laying out a database in {partial.parent}")


def _check_version(data: Path) -> None:
    have, installed = (data / "PG_VERSION").read_text().strip(), postgres_programs.version()
    if installed.split(".")[0] != have:
        raise Refused(
            f"The database in {data} was made by PostgreSQL {have}; {installed} is installed and cannot read it. "
            f"Install the earlier version of Mainstay again, or move the data with pg_dump and pg_restore."
        )


def _sweep(base: Path) -> None:
    """What a death half-way left behind."""
    for left in base.glob("*.partial"):
        remove(left)
    for left in base.glob("*.password"):
        left.unlink()


def _open_folder(path: Path) -> Path:
    """Root's own folder that the system user may pass through but not list or change."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711)
    return path


def _key(home: Path) -> str:
    return sha256(str(home.resolve()).encode()).hexdigest()[:16]
