"""A cluster of Debian's PostgreSQL 15 whose log pgBackRest keeps, and a shop whose database it is."""

import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge import private, processes
from edge.postgres import postgres_programs
from mainstay.backups.elsewhere.stanzas import StanzaWish
from tests.databases import folder
from tests.doors.backups import elsewhere_rig
from tests.doors.backups.base_rig import cluster
from tests.doors.backups.dump_rig import CRM, DEBIAN, Database, Server
from tests.doors.backups.shop_rig import Shop, shop
from tests.waiting import until

STANZA = "shop-production"
needs_pgbackrest = pytest.mark.skipif(
    shutil.which("pgbackrest") is None or not DEBIAN.exists(),
    reason="no pgBackRest or no PostgreSQL 15 here: apt-get install pgbackrest postgresql-15",
)
CONFIGURATION = """\
[global]
repo1-path={place}/repository
repo1-retention-full=9
log-path={place}/log
lock-path={place}/lock
spool-path={place}/spool
log-level-file=off
log-level-console=warn
compress-type=zst
archive-timeout=20
start-fast=y
[{stanza}]
pg1-path={data}
pg1-socket-path={sockets}
pg1-user=boss
"""


@dataclass
class Kept:
    """The server, and what keeps it."""

    server: Server
    place: Path
    config: Path
    crm: Database

    @property
    def user(self) -> str:
        return pwd.getpwuid(self.place.stat().st_uid).pw_name

    @property
    def wish(self) -> StanzaWish:
        return StanzaWish(STANZA, self.user, str(self.config))

    def says(self, *words: str) -> str:
        """As a person asks it."""
        as_user = ["setpriv", f"--reuid={self.user}", "--clear-groups", "--"] if os.geteuid() == 0 else []
        told = processes.run([*as_user, *self.wish.words, *words], deadline_seconds=120, cwd=Path("/"))
        return processes.check(told, "pgbackrest")

    def described(self, **other: str) -> str:
        words = {"stanza": "shop-{environment}", "user": self.user, "config": str(self.config), **other}
        return ", ".join(f'{name}: "{word}"' for name, word in words.items())


@contextmanager
def kept_server(notes: Path) -> Iterator[Kept]:
    with folder() as place:
        config = place / "pgbackrest.conf"
        mine = postgres_programs.owner().uid if os.geteuid() == 0 else os.getuid()
        inside = place / "of-pgbackrest"
        inside.mkdir()
        os.chown(inside, mine, -1)
        push = f"pgbackrest --config={config} --stanza={STANZA} archive-push %p"
        with cluster(DEBIAN, notes, "-cwal_level=replica", "-carchive_mode=on", f"-carchive_command={push}") as server:
            crm = server.empty(*CRM, name="crm")
            data = str(crm.ask("show data_directory")[0][0])
            sockets = str(crm.ask("show unix_socket_directories")[0][0])
            config.write_text(CONFIGURATION.format(place=inside, stanza=STANZA, data=data, sockets=sockets))
            config.chmod(0o644)
            made = Kept(server, inside, config, crm)
            made.says("stanza-create")
            yield made


@contextmanager
def kept_shop(root: Path, kept: Kept, **other: str) -> Iterator[Shop]:
    with shop(root) as made:
        private.write(root / "address-production", kept.crm.address, durable=False)
        describe(made, kept, **other)
        yield made


def describe(made: Shop, kept: Kept, **other: str) -> None:
    elsewhere_rig.describe(made, f"pgbackrest: {{{kept.described(**other)}}}")


def log_is_kept(kept: Kept) -> None:
    """All that was written until now has come to pgBackRest."""
    (last,) = kept.crm.ask("select pg_walfile_name(pg_switch_wal())")[0]
    until(lambda: str(kept.crm.ask("select last_archived_wal from pg_stat_archiver")[0][0]) >= str(last), seconds=30)
