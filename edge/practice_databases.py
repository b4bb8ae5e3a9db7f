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
LOG_ADDRESS = "database-log"  # who holds this one may receive its log, which is that of all environments
KEPT = {  # so that its moments can be kept, and an increment be taken; and its disk stays free if nobody receives
    "summarize_wal": "on",
    "max_slot_wal_keep_size": "1GB",
}
_MAKE = """\
do $$ begin create role "{name}"; exception when duplicate_object then null; end $$
alter role "{name}" login password '{password}'
do $$ begin create role "{name}_log"; exception when duplicate_object then null; end $$
alter role "{name}_log" login replication password '{log_password}'
grant execute on function pg_create_restore_point(text), pg_switch_wal() to "{name}"
create database "{name}" owner "{name}"
revoke all on database "{name}" from public
grant connect on database "{name}" to "{name}_log"
select 'it is ' || 'there' as said from pg_database where datname = '{name}'
"""


def lay_out(home: Path, environments: Iterable[str]) -> None:
    """Every environment has a database, and the file that leads there. Call it ``alone``."""
    cluster = lay_out_cluster(_folder(home))
    for environment in environments:
        addresses = {
            f"{environment}.made": private.once(_file(home, environment), partial(_address, home, environment)),
            f"{environment}-log.made": private.once(
                _file(home, environment, LOG_ADDRESS), partial(_address, home, environment, "_log")
            ),
        }
        if missing := [name for name, address in addresses.items() if not _is_made(cluster, name, address)]:
            if missing == [f"{environment}-log.made"] and programs.living_identity(home, PROGRAM):
                continue  # one of an earlier version goes on as it is, until it was down
            _make(home, cluster, environment, *addresses.values())
            for name, address in addresses.items():
                private.write(cluster.data.parent / name, _hashed(address))


def _is_made(cluster: Cluster, name: str, address: str) -> bool:
    """Told beside the data: where they are gone, it is gone too."""
    made = cluster.data.parent / name
    return made.exists() and made.read_text() == _hashed(address)


def _hashed(address: str) -> str:
    return sha256(address.encode()).hexdigest()


def program(home: Path) -> Program:
    if not data_of(_folder(home)).exists():
        raise Refused("The data of the practice site's database are gone. New and empty ones: mainstay up --practice.")
    return postgres_program(PROGRAM, sys.executable, lay_out_cluster(_folder(home)), _port(home), KEPT)


def _make(home: Path, cluster: Cluster, environment: str, address: str, log: str) -> None:
    """In the database that others are copied from, because what is granted there is copied too."""
    if programs.living_identity(home, PROGRAM):
        raise Refused(
            f"The database of practice {environment} can only be made while {PROGRAM} is down, so it was not made. "
            "Run: mainstay down, and then: mainstay up --practice"
        )
    name, passwords = _name(environment), [urlsplit(each).password or "" for each in (address, log)]
    for each in passwords:
        redaction.learn(each)
    alone = (str(cluster.programs / "postgres"), "--single", "-D", str(cluster.data), "template1")
    argv = [sys.executable, "-m", "edge.postgres.postgres_start", str(cluster.data), *as_owner(cluster.owner)]
    said = _MAKE.format(name=name, password=passwords[0], log_password=passwords[1]).encode()
    told = processes.run([*argv, *alone], deadline_seconds=120, cwd=Path("/"), stdin=said)
    if told.exit != 0 or "it is there" not in told.text:
        raise CommandFailed(f"making the database {name} failed (exit {told.exit}): {told.text.strip()[-800:]}")


def _address(home: Path, environment: str, user: str = "") -> str:
    """``user``: what follows the name of the environment's own."""
    name = _name(environment)
    return f"postgresql://{name}{user}:{secrets.token_urlsafe(24)}@127.0.0.1:{_port(home)}/{name}"


def _port(home: Path) -> int:
    return int(private.once(_folder(home) / "database-port", lambda: str(ports.free_ports(1, Purpose.DATABASE)[0])))


def _name(environment: str) -> str:
    return f"practice_{environment}"


def _folder(home: Path) -> Path:
    return home / "practice"


def _file(home: Path, environment: str, name: str = ADDRESS) -> Path:
    return private.folder_if_missing(_folder(home) / environment) / name
