"""The steps that keep sets from being deleted: whether they may be is tried, and locks are made long enough."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from edge import clock
from edge.backups import catalogue
from edge.backups.catalogue import Catalogue
from edge.backups.copies import protecting
from edge.backups.retention.holds import read_holds
from edge.backups.signers import signers_of
from edge.settings import Settings, read_settings
from edge.store import open_sets, open_store
from edge.systems import read_system
from mainstay.backups.copies.locks import Lock, plan_locks
from mainstay.backups.copies.news import deletable, protecting_failed
from mainstay.backups.copies.protection import Protection
from mainstay.backups.listed import listed
from mainstay.backups.log.locked import plan_log_locks
from mainstay.backups.retention.keeping import plan_retention
from mainstay.store import Source
from tasks.policies import converges, observes, once
from tasks.telling import tell_all_of


@dataclass(frozen=True)
class Prolonged:
    sets: int
    segments: int  # of their log


def stores_of_sets(system: str, environment: str) -> tuple[Source, ...]:
    settings = read_settings()
    read_system(settings, system).at(environment)
    return ("first",) if settings.copy is None else ("first", "copy")


@converges("whether the {source} store may be deleted from here")
def try_to_delete(source: Source) -> tuple[Protection, bool]:
    """Found out by trying, and remembered. Whether it was safe before and is not any more."""
    settings = read_settings()
    store = open_store(settings)
    before, found = protecting.recall(store, source), protecting.find_out(open_sets(settings, source))
    protecting.remember(store, source, found)
    return found, before is not None and before.address == found.address and before.safe and not found.safe


@observes("until when the sets of {system} {environment} in the {source} store are to be locked")
def observe_locks(system: str, environment: str, source: Source) -> tuple[Lock, ...]:
    """None, where the store knows no locks."""
    settings = read_settings()
    if not protecting.can_lock(open_sets(settings, source)):
        return ()
    keep = read_system(settings, system).at(environment).backups.keep
    known, zone = _catalogue(settings, system, environment, source), ZoneInfo(settings.timezone)
    held = read_holds(open_sets(settings, source), system, environment)
    there = [listed(each.set, each.proofs, held.get(each.set.id, ())) for each in known.kept]
    return plan_locks(plan_retention(there, keep, clock.now(), zone, begun=known.unfinished), keep, zone)


@converges("the sets of {system} {environment} in the {source} store are locked as long as they must be")
def prolong_locks(system: str, environment: str, source: Source, locks: tuple[Lock, ...]) -> Prolonged:
    """And the log that they need as long as they. What had too short a lock."""
    settings = read_settings()
    store = open_sets(settings, source)
    until = {each.set: each.until for each in locks}
    known = [each.set for each in _catalogue(settings, system, environment, source).kept]
    return Prolonged(
        sum(protecting.prolong(store, made, until[made.id]) for made in known if made.id in until),
        protecting.prolong_log(store, system, environment, plan_log_locks(known, until)),
    )


@converges("people hear that sets of {system} {environment} can be deleted")
def tell_deletable(system: str, environment: str, found: Protection) -> None:
    settings = read_settings()
    notice = deletable(system, environment, found.sentence, f"{found.at:%Y-%m-%d}")
    tell_all_of(read_system(settings, system), open_store(settings), notice)


@once("people hear that what protects sets of {system} {environment} failed")
def tell_protect_failed(system: str, environment: str, why: str) -> None:
    settings = read_settings()
    notice = protecting_failed(system, environment, why, f"{clock.now():%Y-%m-%d}")
    tell_all_of(read_system(settings, system), open_store(settings), notice)


def _catalogue(settings: Settings, system: str, environment: str, source: Source) -> Catalogue:
    public = signers_of(settings, system, environment)
    return catalogue.read_catalogue(open_sets(settings, source), public, system, environment)
