"""A shop with one folder, described in a home of its own, whose backups are taken step by step by our tasks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner, Result

from deployments.command_line import app
from edge.backups.catalogue import Catalogue, read_catalogue
from edge.backups.keyring import Keyring, keyring
from edge.settings import Settings, read_settings
from edge.store import open_backups, open_store
from edge.store.port import Store
from mainstay.backups.bases.base import Physical
from mainstay.backups.dumps.tenants import TenantDumps
from mainstay.backups.sets import BackupSet, Kind
from mainstay.backups.sizes import Size
from mainstay.notices import Notice, Undelivered
from mainstay.records import decode
from tasks.backups.news import tell_spoiled
from tasks.backups.sets import (
    Parts,
    begin_set,
    keep_database,
    keep_files,
    keep_files_again,
    mark_moment,
    observe_what_to_keep,
    open_folders,
    prove_complete,
    publish_set,
)
from tasks.backups.sizes import look_at_size, tell_shrunk
from tasks.backups.tenants import keep_databases
from tests.doors.store_rig import environment
from tests.knows.small_shop import SHOP

WHERE = ("shop", "production")
NOBODY = 'notices: {webhooks: ["http://127.0.0.1:9/nobody"]}\n'


@dataclass(frozen=True)
class Shop:
    settings: Settings
    folder: Path

    def describe(self, *, backups: str = "{}", more: str = "") -> None:
        self.settings.systems.mkdir(parents=True, exist_ok=True)
        files = f"files: {{uploads: {{path: '{self.folder.parent}/{{environment}}'}}}}\n{more}"
        text = SHOP.replace("environments:", f"{files}environments:")
        text = text.replace("  production:\n", f"  production:\n    backups: {backups}\n")
        (self.settings.systems / "shop.yaml").write_text(text + NOBODY)

    @property
    def keys(self) -> Keyring:
        return keyring(self.settings.home)

    @property
    def backups(self) -> Store:
        return open_backups(self.settings)

    @property
    def sets(self) -> Catalogue:
        return read_catalogue(self.backups, self.keys.writer_public, *WHERE)

    def take(self, kind: Kind = "full") -> tuple[BackupSet, Size]:
        """As the flow does."""
        plan = observe_what_to_keep.fn(*WHERE, kind)
        taking = begin_set.fn(*WHERE, plan)
        folders = open_folders.fn(taking, plan)
        for folder in folders:
            keep_files.fn(folder)
        mark_moment.fn(taking)
        database, tenants = None, TenantDumps()
        if plan.database and plan.tenants:
            database, tenants = keep_databases.fn(taking, plan.database, plan.tenants)
        elif plan.database:
            database = keep_database.fn(taking, plan.database)
        for folder in folders:
            keep_files_again.fn(folder)
        made = publish_set.fn(taking, plan, Parts(folders, (), database, None, Physical(), tenants))
        if plan.parent is None:
            tell_spoiled.fn(made, folders)
        size = look_at_size.fn(made)
        assert prove_complete.fn(made).good
        if size.news:
            tell_shrunk.fn(made, size)
        return made, size

    def told(self) -> list[Notice]:
        """What waits for somebody who does not answer."""
        store = open_store(self.settings)
        found = (store.read(entry.key) for entry in store.listing("notices/undelivered"))
        return [decode(Undelivered, each.data).notice for each in found if each is not None]

    def command(self, *words: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, words, input=typed)


@contextmanager
def shop(root: Path, **words: str) -> Iterator[Shop]:
    (root / "production").mkdir()
    with environment({"MAINSTAY_HOME": str(root / "home"), **words}):
        made = Shop(read_settings(), root / "production")
        made.describe()
        made.keys.new_recovery_key()
        yield made
