"""A company whose customers have a database of their own each, on one real server."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from edge import clock, private
from edge.backups.dumps.taking import NAME
from tasks.backups.restores import observe_restore, restore_part
from tests.doors.backups.dump_rig import Database, Server
from tests.doors.backups.shop_rig import WHERE, Shop, shop
from tests.waiting import until

QUERY = "select name from tenants order by name"
DATABASE = "database: {{address: 'file://{}/{{environment}}', tenants: {{each: database, query: \"{}\"}}}}\n"
FILLED = (
    "create schema office; create table office.deals (id int primary key, what text)",
    "insert into office.deals select i, current_database() || ' ' || i from generate_series(1, 50) i",
    "create table notes (what text)",
)


@dataclass
class Company:
    shop: Shop
    server: Server
    main: Database
    address: Path  # what lies there is the address of the descriptor
    tenants: dict[str, Database] = field(default_factory=dict)

    def add(self, name: str) -> Database:
        """Names of databases are of the whole server, which others use too."""
        self.tenants[name] = self.server.empty(*FILLED, name=name)
        self.list(name)
        return self.tenants[name]

    def list(self, name: str) -> None:
        with psycopg.connect(self.main.address, autocommit=True) as connection:
            connection.execute("insert into tenants values (%s)", (name,))

    def forget(self, name: str) -> None:
        with psycopg.connect(self.main.address, autocommit=True) as connection:
            connection.execute("delete from tenants where name = %s", (name,))

    def drop(self, name: str) -> None:
        """Whoever is in it is thrown out."""
        with psycopg.connect(self.server.address, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    def seen_by(self, user: str, more: str = "") -> None:
        """The descriptor's address is that of a user who may not do everything."""
        self.main.do(f"create role {user} login password 'of-a-test' {more}")
        private.write(self.address, make_conninfo(self.main.address, user=user, password="of-a-test"))

    def ask_for_tenants(self, query: str) -> None:
        self.shop.describe(more=DATABASE.format(self.address.parent, query))

    def bring_back(self, set: str, tenant: str, part: str = "") -> Database:
        target = self.server.empty()
        restore_part.fn(observe_restore.fn(*WHERE, set, "", part, tenant=tenant), target.reference)
        return target

    @contextmanager
    def held_up(self, name: str) -> Iterator[None]:
        """The dump of this one waits until this is left."""
        with psycopg.connect(self.tenants[name].address) as connection:
            connection.execute("lock table notes in access exclusive mode")
            yield

    def waits(self, name: str) -> bool:
        """A dump does, for what is locked."""
        asked = "select from pg_stat_activity where datname = %s and wait_event_type = 'Lock'"
        with psycopg.connect(self.server.address, autocommit=True) as connection:
            return connection.execute(asked, (name,)).fetchone() is not None

    @property
    def visited(self) -> bool:
        """By a backup that is there still."""
        asked = "select from pg_stat_activity where datname = any(%s) and application_name = %s"
        with psycopg.connect(self.server.address, autocommit=True) as connection:
            return connection.execute(asked, ([self.main.name, *self.tenants], NAME)).fetchone() is not None

    @contextmanager
    def while_it_waits(self, name: str, act: Callable[[], object]) -> Iterator[None]:
        """The dump of this tenant is held up; then this is done, and it goes on."""
        with ExitStack() as held:
            held.enter_context(self.held_up(name))

            def acted() -> None:
                with held:
                    act()

            with self.at_the_same_time(lambda: self.waits(name), acted):
                yield

    @contextmanager
    def at_the_same_time(self, ready: Callable[[], bool], act: Callable[[], object]) -> Iterator[None]:
        """Beside what is done here: as soon as it is ready, this is done."""

        def wait() -> None:
            until(ready, seconds=60)
            act()

        with ThreadPoolExecutor(1) as beside:
            acting = beside.submit(wait)
            yield
            acting.result()


@contextmanager
def company(root: Path, server: Server) -> Iterator[Company]:
    """With ``acme`` and ``zoo`` for customers, whatever they are called."""
    with shop(root) as made:
        (root / "addresses").mkdir()
        main = server.empty("create table tenants (name text)", *FILLED)
        private.write(root / "addresses" / "production", main.address)
        found = Company(made, server, main, root / "addresses" / "production")
        found.ask_for_tenants(QUERY)
        yield found


def called(what: str) -> str:
    return f"{what} {clock.new_nonce()[:8]}"
