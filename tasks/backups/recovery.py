"""Whether a recovery key is still to be had, and a word to people when nobody has shown that for long."""

from dataclasses import dataclass

from edge import clock
from edge.backups.keyring import RECOVERY, keyring
from edge.backups.proofs import recovery
from edge.backups.proofs.recovery import Shelf
from edge.settings import Settings, read_settings
from edge.store import open_backups, open_store
from edge.systems import read_system
from mainstay.backups.news import recovery_key_unused
from mainstay.backups.proofs.recovery import Standing
from mainstay.descriptor.system import System
from tasks.policies import converges, observes
from tasks.telling import tell_all_of


@dataclass(frozen=True)
class Unused:
    """A recovery key that nobody has used for long."""

    system: str
    environment: str
    standing: Standing


@observes("the recovery key of {system} {environment}")
def observe_recovery_key(system: str, environment: str) -> Unused | None:
    """None: somebody used it not long ago. Of a key that is not there yet every backup says so."""
    settings = read_settings()
    site, ring = read_system(settings, system), keyring(settings.home)
    keys = site.at(environment).backups.keys
    if keys.recovery is None and not ring.has_recovery_key:
        return None
    recipient = ring.sealed_to(keys)[RECOVERY]
    found = recovery.standing(open_store(settings), _shelf(settings, site, environment), recipient, clock.now())
    return Unused(system, environment, found) if found is not None and found.week is not None else None


@converges("tell of the recovery key of {unused.system} {unused.environment}")
def tell_unused(unused: Unused, nonce: str) -> None:
    """Once a week, by whichever round notices it first."""
    settings = read_settings()
    site, store = read_system(settings, unused.system), open_store(settings)
    if recovery.note_reminded(store, _shelf(settings, site, unused.environment), unused.standing, nonce):
        tell_all_of(site, store, recovery_key_unused(unused.system, unused.environment, unused.standing))


def _shelf(settings: Settings, site: System, name: str) -> Shelf:
    public = keyring(settings.home).may_sign(site.at(name).backups.keys)
    return Shelf(open_backups(settings), public, site.name, name)
