"""The sets of an environment, as a person wants to see them."""

import json
from collections.abc import Iterator

import typer

from deployments.backup_warnings import KeyStanding, recovery_key_standing, warnings
from edge import clock
from edge.backups import catalogue
from edge.backups.catalogue import Catalogue, Kept
from edge.backups.deaths import alive
from edge.backups.keyring import keyring
from edge.settings import Settings
from edge.store import open_backups
from edge.systems import read_system
from mainstay.backups.sets import Begun
from mainstay.backups.shown import shown_age, shown_bytes

LEVELS = ("written", "complete", "read back", "restored")


def show(settings: Settings, system: str, environment: str, *, as_json: bool) -> bool:
    """Whether there is a set, and none that is bad."""
    site, ring = read_system(settings, system), keyring(settings.home)
    site.at(environment)
    store = open_backups(settings)
    public = ring.may_sign(site.at(environment).backups.keys)
    found = catalogue.read_catalogue(store, public, system, environment)
    amber = recovery_key_standing(settings, found)
    if as_json:
        typer.echo(json.dumps([_as_words(each, amber) for each in found.kept], indent=2))
    else:
        for line in (*_lines(found, store.address, amber), *warnings(settings, site, environment, found, amber)):
            typer.echo(line)
    sound = all(each.level is not None and not each.suspect for each in found.kept)
    return bool(found.kept) and not found.strange and sound


def _lines(found: Catalogue, address: str, key: KeyStanding) -> Iterator[str]:
    if not found.kept:
        yield f"There are no sets in {address} yet."
    for each in found.kept:
        made = each.set
        age = shown_age(clock.now() - made.moment)
        on = f"  on {made.parent}" if made.parent else ""
        yield f"{made.id}  {age:>7} old  {shown_bytes(made.bytes):>9}  {_proof(each)}{key.mark}{on}"
    for begun in found.unfinished:
        yield f"{begun.id}  begun by {begun.who} on {begun.machine} and not finished{_dead(begun)}"
    yield from found.strange


def _dead(begun: Begun) -> str:
    return {True: ", at work", False: ": its process is gone, there will be no such set", None: ""}[alive(begun)]


def _proof(each: Kept) -> str:
    if each.level is None:
        return f"BAD: {each.proofs[-1].sentence}"
    return f"{LEVELS[each.level]}, SUSPECT: {each.suspicion}" if each.suspect else LEVELS[each.level]


def _as_words(each: Kept, key: KeyStanding) -> dict[str, object]:
    made = each.set
    return {
        "id": made.id,
        "kind": made.kind,
        "moment": made.moment.isoformat(),
        "parent": made.parent,
        "bytes": made.bytes,
        "level": each.level,
        "suspect": each.suspect,
        "amber": bool(key.mark),
        "version": made.version,
    }
