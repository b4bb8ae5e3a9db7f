"""The sets of an environment, as a person wants to see them."""

import json
from collections.abc import Iterator

import typer

from edge import clock
from edge.backups import catalogue
from edge.backups.catalogue import Catalogue, Kept
from edge.backups.keyring import keyring
from edge.settings import Settings
from edge.store import open_backups
from edge.systems import read_system
from mainstay.backups.proof_words import newest, proven_at, shown_proofs
from mainstay.backups.sets import RESTORED
from mainstay.backups.shown import shown_age, shown_bytes


def show(settings: Settings, system: str, environment: str, *, as_json: bool) -> bool:
    """Whether there is a set, and none that is bad."""
    read_system(settings, system).at(environment)
    store = open_backups(settings)
    found = catalogue.read_catalogue(store, keyring(settings.home).writer_public, system, environment)
    if as_json:
        typer.echo(json.dumps([_as_words(each) for each in found.kept], indent=2))
    else:
        for line in _lines(found, store.address):
            typer.echo(line)
    return bool(found.kept) and not found.strange and all(each.level is not None for each in found.kept)


def _lines(found: Catalogue, address: str) -> Iterator[str]:
    now = clock.now()
    if not found.kept:
        yield f"There are no sets in {address} yet."
    for each in found.kept:
        made = each.set
        age = shown_age(now - made.moment)
        on = f"  on {made.parent}" if made.parent else ""
        yield f"{made.id}  {age:>7} old  {shown_bytes(made.bytes):>9}  {shown_proofs(each.proofs, now)}{on}"
    for begun in found.unfinished:
        yield f"{begun.id}  begun by {begun.who} on {begun.machine} and not finished"
    yield from found.strange


def _as_words(each: Kept) -> dict[str, object]:
    made, restored = each.set, newest(each.proofs, RESTORED)
    return {
        "id": made.id,
        "kind": made.kind,
        "moment": made.moment.isoformat(),
        "consistency": made.consistency,
        "parent": made.parent,
        "bytes": made.bytes,
        "level": each.level,
        "proven_at": at.isoformat() if (at := proven_at(each.proofs)) else None,
        "gaps": restored.gaps if restored else (),
        "doubts": restored.doubts if restored else (),
        "version": made.version,
    }
