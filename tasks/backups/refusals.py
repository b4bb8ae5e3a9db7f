"""A word to people when no backup can be begun: there is no set that could say so, and the clock asks in vain."""

from collections.abc import Iterator

from edge import clock
from edge.backups.pasts import note_refused
from edge.settings import Settings, read_settings
from edge.store import open_store
from edge.systems import read_readable
from mainstay.backups.news import backup_refused
from mainstay.backups.sets import Kind
from tasks.policies import once
from tasks.telling import tell_all_of


@once("people hear that a backup of {system} {environment} was refused")
def tell_refused(system: str, environment: str, kind: Kind, why: str) -> None:
    """Of each kind at most every four hours: a clock that comes every three minutes would say it all day."""
    _tell(read_settings(), system, environment, kind, why)


@once("people hear that the clock could begin nothing")
def tell_no_round(why: str) -> None:
    """Everybody, because it is nobody's backup alone."""
    settings = read_settings()
    for system, environment in _everywhere(settings):
        _tell(settings, system, environment, None, why)


def _tell(settings: Settings, system: str, environment: str, kind: Kind | None, why: str) -> None:
    """Of a system that is not described nobody could be told."""
    readable, _ = read_readable(settings)
    for site in readable:
        if site.name == system and environment in site.environments:
            store = open_store(settings)
            if note_refused(store, system, environment, kind, clock.now(), clock.new_nonce()):
                tell_all_of(site, store, backup_refused(system, environment, kind, why, clock.now()))


def _everywhere(settings: Settings) -> Iterator[tuple[str, str]]:
    """Where the clock takes anything at all."""
    readable, _ = read_readable(settings)
    for site in readable:
        for name, at in site.environments.items():
            if any((at.backups.full, at.backups.database, at.backups.files, at.backups.incremental)):
                yield site.name, name
