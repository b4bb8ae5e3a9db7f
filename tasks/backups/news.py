"""What people hear of a backup that was begun: that it failed, and that files changed by themselves."""

from collections.abc import Sequence

from edge import clock
from edge.backups import catalogue, deaths
from edge.settings import read_settings
from edge.store import open_store
from edge.systems import read_system
from mainstay.backups.deaths import Ended
from mainstay.backups.news import backup_failed, files_spoiled
from mainstay.backups.sets import BackupSet
from mainstay.errors import MainstayError
from tasks.backups.sets import FolderTaking, Taking
from tasks.policies import once
from tasks.telling import tell_all_of


@once("people hear that {taking.id} failed")
def tell_failed(taking: Taking, why: str) -> None:
    """Nothing is silent: also a set that nobody asked for but the clock. What broke off after the set was published
    cost none.
    """
    if _is_published(taking):
        return
    settings = read_settings()
    store = open_store(settings)
    notice = backup_failed(taking.system, taking.environment, taking.id, why)
    tell_all_of(read_system(settings, taking.system), store, notice)
    ended = Ended(taking.id, "failed", clock.now(), taking.id)
    deaths.told(store, taking.system, taking.environment, ended)


@once("people hear of files that changed by themselves")
def tell_spoiled(made: BackupSet, folders: Sequence[FolderTaking]) -> None:
    """Those that hold something else than before, although their marks say that nobody wrote to them."""
    settings = read_settings()
    for folder in folders:
        if names := folder.spoiled():
            notice = files_spoiled(made.system, made.environment, made.id, folder.name, names)
            tell_all_of(read_system(settings, made.system), open_store(settings), notice)


def _is_published(taking: Taking) -> bool:
    """A store that does not answer shows no set."""
    try:
        return catalogue.has_manifest(taking.store, taking.system, taking.environment, taking.id)
    except MainstayError:
        return False
