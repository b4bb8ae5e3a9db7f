"""The databases of the practice site: one PostgreSQL of their own, in it a database and a role for each environment.

They are made while their PostgreSQL is down, by itself alone with the data. What a death half-way left is made
again; where they are there already, nothing is done.
"""

import secrets
import sys
from collections.abc import Iterable
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from edge import ports, private, processes, programs
from edge.ports import Purpose
from edge.postgres import as_owner, data_of, lay_out_cluster
from edge.secrets import redaction
from mainstay.errors import CommandFailed, Refused
from mainstay.installation import Cluster
from mainstay.postgres import postgres_program
from mainstay.programs import Program

PROGRAM = "practice-database"
ADDRESS = "database"  # a file for each environment: who holds it may read and write everything there
_MAKE = """\
do $$ begin create role "{name}"; exception when duplicate_object then null; end $$
alter role "{name}" login password '{password}'
create database "{name}" owner "{name}"
revoke all on database "{name}" from public
select 'it is ' || 'there' as said from pg_database where datname = '{name}'
"""


def lay_out(home: Path, environments: Iterable[str]) -> None:
    """Every environment has a database, and the file that leads there. Call it ``alone``."""
    cluster = lay_out_cluster(_folder(home))
    for environment in environments:
        address = private.once(_file(home, environment), partial(_address, home, environment))
        made, these = cluster.data.parent / f"{environment}.made", sha256(address.encode()).hexdigest()
        if not made.exists() or made.read_text() != these:  # beside the data: where they are gone, it is gone too
            _make(home, cluster, environment, address)
            private.write(made, these)


def program(home: Path) -> Program:
    if not data_of(_folder(home)).exists():
        raise Refused("The data of the practice site's database are gone. New and empty ones: mainstay up --practice.")
    return postgres_program(PROGRAM, sys.executable, lay_out_cluster(_folder(home)), _port(home))


def _make(home: Path, cluster: Cluster, environment: str, address: str) -> None:
    if programs.living_identity(home, PROGRAM):
        raise Refused(
            f"The database of practice {environment} can only be made while {PROGRAM} is down, so it was not made. "
            "Run: mainstay down, and then: mainstay up --practice"
        )
    name, password = _name(environment), urlsplit(address).password or ""
    redaction.learn(password)
    alone = (str(cluster.programs / "postgres"), "--single", "-D", str(cluster.data), "postgres")
    argv = [sys.executable, "-m", "edge.postgres.postgres_start", str(cluster.data), *as_owner(cluster.owner)]
    said = _MAKE.format(name=name, password=password).encode()
    told = processes.run([*argv, *alone], deadline_seconds=120, cwd=Path("/"), stdin=said)
    if told.exit != 0 or "it is there" not in told.text:
        raise CommandFailed(f"making the database {name} failed (exit {told.exit}): {told.text.strip()[-800:]}")


def _address(home: Path, environment: str) -> str:
    name = _name(environment)
    return f"postgresql://{name}:{secrets.token_urlsafe(24)}@127.0.0.1:{_port(home)}/{name}"


def _port(home: Path) -> int:
    return int(private.once(_folder(home) / "database-port", lambda: str(ports.free_ports(1, Purpose.DATABASE)[0])))


def _name(environment: str) -> str:
    return f"practice_{environment}"


def _folder(home: Path) -> Path:
    return home / "practice"


def _file(home: Path, environment: str) -> Path:
    return private.folder_if_missing(_folder(home) / environment) / ADDRESS
